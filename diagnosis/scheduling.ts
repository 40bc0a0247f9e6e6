import type { V1Node, V1Pod, V1PodCondition } from '@kubernetes/client-node'
import { nodeCause, untolerated } from './nodes.ts'
import { pvcCause } from './volumes.ts'
import type { Cause, Evidence } from './types.ts'

type Reason = Readonly<{ cause: string; remedy: string }>

const nameOf = ({ metadata }: V1Node) => metadata?.name ?? ''
const list = (words: readonly string[]) => [...new Set(words)].join(', ')

/** `cpu 64` of each container that asks for some of it. */
const requestsOf = ({ spec }: V1Pod, resource: string): readonly string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap(({ name, resources }) => {
    const request = resources?.requests?.[resource]
    return request === undefined ? [] : [`${request} for container ${name}`]
  })

/** `23.5Gi` for `24684092Ki` */
const readable = (quantity: string) =>
  quantity.replace(/^(\d{7,})Ki$/, (_, kibibytes) => `${(Number(kibibytes) / 1024 ** 2).toFixed(1)}Gi`)

const insufficient = (pod: V1Pod, resource: string, nodes: readonly V1Node[]): Reason => {
  const asked = list(requestsOf(pod, resource))
  const had = list(nodes.flatMap(({ status }) => status?.allocatable?.[resource] ?? []).map(readable))
  return {
    cause: `too little ${resource} left${asked ? ` (it asks for ${asked}${had ? `, a whole node has ${had}` : ''})` : ''}`,
    remedy: `lower resources.requests.${resource} where values/ or manifests/ set it, or free some: \`kubectl describe nodes\` says who holds it`,
  }
}

const tainted = (pod: V1Pod, nodes: readonly V1Node[]): Reason => {
  const taints = nodes.flatMap((node) =>
    untolerated(node, pod.spec?.tolerations ?? [])
      // Of a cordoned node, which the scheduler counts by itself.
      .filter((taint) => !taint.startsWith('node.kubernetes.io/unschedulable'))
      .map((taint) => ({ node, taint })),
  )
  const down = taints.find(({ taint }) => /^node\.kubernetes\.io\/(unreachable|not-ready)/.test(taint))
  const named = list(taints.map(({ node, taint }) => `${nameOf(node)}: ${taint}`))
  return {
    cause: `a taint that it does not tolerate${named ? ` (${named})` : ''}`,
    remedy:
      (down && nodeCause(down.node)?.remedy) ??
      'add a toleration for the taint where values/ or manifests/ set tolerations',
  }
}

const mismatched = ({ spec }: V1Pod, nodes: readonly V1Node[]): Reason => {
  const selector = Object.entries(spec?.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`)
  const wanted = selector.length > 0 ? `nodeSelector ${selector.join(', ')}` : 'node affinity'
  const node = nodes.map(nameOf).find((name) => !name.endsWith('-control-plane')) ?? 'NODE'
  return {
    cause: `labels that do not match its ${wanted}`,
    remedy:
      `correct its ${selector.length > 0 ? 'nodeSelector' : 'affinity'} where values/ or manifests/ set it` +
      (selector.length > 0 ? `, or label a node: \`kubectl label node ${node} ${selector.join(' ')}\`` : ''),
  }
}

const portsTaken = ({ spec }: V1Pod): Reason => {
  const ports = list(
    (spec?.containers ?? []).flatMap(({ ports = [] }) =>
      ports.flatMap(({ hostPort }) => hostPort?.toString() ?? []),
    ),
  )
  return {
    cause: `another pod on its host port ${ports}`,
    remedy: `run one such pod per node, or drop hostPort ${ports} where values/ or manifests/ set it`,
  }
}

/** What the scheduler says of some nodes, as what these nodes have. */
const reasonOf = (text: string, pod: V1Pod, nodes: readonly V1Node[]): Reason => {
  const resource = /^Insufficient (\S+)/.exec(text)?.[1]
  if (resource !== undefined) return insufficient(pod, resource, nodes)
  if (text.includes('untolerated taint')) return tainted(pod, nodes)
  if (text.includes('node affinity/selector')) return mismatched(pod, nodes)
  if (text.includes('free ports')) return portsTaken(pod)
  if (text.includes('were unschedulable')) {
    const cordoned = nodes.filter(({ spec }) => spec?.unschedulable).map(nameOf)
    return {
      cause: `been cordoned${cordoned.length > 0 ? ` (${list(cordoned)})` : ''}`,
      remedy: `\`kubectl uncordon ${cordoned.join(' ') || 'NODE'}\``,
    }
  }
  if (text.includes('pod anti-affinity'))
    return {
      cause: 'a pod that its anti-affinity keeps it away from',
      remedy: 'run no more replicas than nodes, or drop podAntiAffinity where values/ or manifests/ set it',
    }
  return {
    cause: `this against it: ${text.replace(/^node\(s\) /, '')}`,
    remedy: `\`kubectl -n ${pod.metadata?.namespace} describe pod ${pod.metadata?.name}\` has all that the scheduler says`,
  }
}

/**
 * Why no node takes a pod.
 * @param condition its PodScheduled condition, which is False
 */
export const schedulingCause = (
  pod: V1Pod,
  condition: V1PodCondition,
  evidence: Evidence | undefined,
): Cause => {
  const message = condition.message ?? condition.reason ?? 'no reason given'
  const [, count, said = ''] = /^0\/(\d+) nodes are available: (.*?)(?:\. |$)/s.exec(message) ?? []
  const pvc = /claim/i.test(said) ? pvcCause(pod, evidence) : undefined
  if (pvc) return pvc
  if (condition.reason === 'SchedulingGated') {
    const gates = list((pod.spec?.schedulingGates ?? []).map(({ name }) => name))
    return { cause: `waits for its scheduling gates: ${gates}`, remedy: 'whoever set them must remove them' }
  }
  const reasons = [...said.matchAll(/(\d+) ((?:node|Insufficient|Too many)[^,]*)/g)].map(
    ([, nodes, text = '']) => ({
      text,
      nodes,
      ...reasonOf(text, pod, evidence?.nodes ?? []),
    }),
  )
  if (reasons.length === 0) return { cause: `cannot be scheduled: ${said || message}` }
  // Nearly every pod keeps away from the control plane; what keeps it from the other nodes is what can be mended.
  const mended = reasons.find(({ text }) => !text.includes('untolerated taint')) ?? reasons[0]
  const each = reasons.map(({ nodes, cause }) => `${nodes} ${nodes === '1' ? 'has' : 'have'} ${cause}`)
  return {
    cause: `cannot be scheduled: of ${count} ${count === '1' ? 'node' : 'nodes'} ${each.join(', ')}`,
    ...(mended ? { remedy: mended.remedy } : {}),
  }
}
