import type { V1Node, V1Pod, V1PodCondition } from '@kubernetes/client-node'
import { describeLabels } from '../clients/selectors.ts'
import { nodeCause, untolerated } from './nodes.ts'
import { explainMessage, type Kinds } from './patterns.ts'
import { pvcCause } from './volumes.ts'
import type { Cause, Evidence } from './types.ts'

type Context = Readonly<{ pod: V1Pod; nodes: readonly V1Node[] }>

const nameOf = ({ metadata }: V1Node) => metadata?.name ?? ''
const list = (words: readonly string[]) => [...new Set(words)].join(', ')

/** `23.5Gi` for `24684092Ki` */
const readable = (quantity: string) =>
  quantity.replace(/^(\d{7,})Ki$/, (_, kibibytes) => `${(Number(kibibytes) / 1024 ** 2).toFixed(1)}Gi`)

const insufficient = (resource: string, { pod, nodes }: Context): Cause => {
  const { initContainers = [], containers = [] } = pod.spec ?? {}
  const requests = [...initContainers, ...containers].flatMap(({ name, resources }) => {
    const request = resources?.requests?.[resource]
    return request === undefined ? [] : [`${request} for container ${name}`]
  })
  const capacity = list(nodes.flatMap(({ status }) => status?.allocatable?.[resource] ?? []).map(readable))
  const compared = [`it asks for ${list(requests)}`, ...(capacity ? [`a whole node has ${capacity}`] : [])]
  return {
    cause: `too little ${resource} left (${compared.join(', ')})`,
    remedy: `lower resources.requests.${resource} where values/ or manifests/ set it, or free some: \`kubectl describe nodes\` shows which pods use it`,
  }
}

const tainted = ({ pod, nodes }: Context): Cause => {
  const taints = nodes.flatMap((node) =>
    untolerated(node, pod.spec?.tolerations ?? [])
      // The scheduler counts cordoned nodes separately.
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

const mismatched = ({ pod, nodes }: Context): Cause => {
  const selector = describeLabels(pod.spec?.nodeSelector)
  const node = nodes.map(nameOf).find((name) => !name.endsWith('-control-plane')) ?? 'NODE'
  return {
    cause: `labels that do not match its ${selector ? `nodeSelector ${selector}` : 'node affinity'}`,
    remedy:
      `correct its ${selector ? 'nodeSelector' : 'affinity'} where values/ or manifests/ set it` +
      (selector ? `, or label a node: \`kubectl label node ${node} ${selector.replaceAll(',', '')}\`` : ''),
  }
}

const hostPortTaken = ({ pod }: Context): Cause => {
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? [])
  const taken = list(ports.flatMap(({ hostPort }) => hostPort?.toString() ?? []))
  return {
    cause: `another pod on its host port ${taken}`,
    remedy: `run one such pod per node, or drop hostPort ${taken} where values/ or manifests/ set it`,
  }
}

const cordoned = ({ nodes }: Context): Cause => {
  const names = nodes.filter(({ spec }) => spec?.unschedulable).map(nameOf)
  return {
    cause: `been cordoned${names.length > 0 ? ` (${list(names)})` : ''}`,
    remedy: `\`kubectl uncordon ${names.join(' ') || 'NODE'}\``,
  }
}

/** What the scheduler says about some nodes; each cause completes "1 has" and "2 have". */
const kinds: Kinds<Context, Cause> = [
  [/^Insufficient (\S+)/, ([, resource = ''], context) => insufficient(resource, context)],
  [/untolerated taint/, (_, context) => tainted(context)],
  [/node affinity\/selector/, (_, context) => mismatched(context)],
  [/free ports/, (_, context) => hostPortTaken(context)],
  [/were unschedulable/, (_, context) => cordoned(context)],
  [
    /pod anti-affinity/,
    () => ({
      cause: 'a pod that its anti-affinity excludes',
      remedy: 'run no more replicas than nodes, or drop podAntiAffinity where values/ or manifests/ set it',
    }),
  ],
  [
    /^(?:node\(s\) )?(.*)/,
    ([, text], { pod }) => ({
      cause: `this problem: ${text}`,
      remedy: `\`kubectl -n ${pod.metadata?.namespace} describe pod ${pod.metadata?.name}\` shows the scheduler's whole message`,
    }),
  ],
]

/**
 * Why a pod cannot be scheduled.
 * @param condition its PodScheduled condition, which is False
 */
export const schedulingCause = (
  pod: V1Pod,
  condition: V1PodCondition,
  evidence: Evidence | undefined,
): Cause => {
  const message = condition.message ?? condition.reason ?? 'no reason given'
  const [, count, reasons = ''] = /^0\/(\d+) nodes are available: (.*?)(?:\. |$)/s.exec(message) ?? []
  const pvc = /claim/i.test(reasons) ? pvcCause(pod, evidence) : undefined
  if (pvc) return pvc
  if (condition.reason === 'SchedulingGated') {
    const gates = list((pod.spec?.schedulingGates ?? []).map(({ name }) => name))
    return { cause: `waits for its scheduling gates: ${gates}`, remedy: 'whoever set them must remove them' }
  }
  const context = { pod, nodes: evidence?.nodes ?? [] }
  const found = [...reasons.matchAll(/(\d+) ((?:node|Insufficient|Too many)[^,]*)/g)].map(
    ([, nodes, text = '']) => ({ text, nodes, ...explainMessage(kinds, text, context) }),
  )
  if (found.length === 0) return { cause: `cannot be scheduled: ${reasons || message}` }
  // Hardly any pod tolerates the taint of the control plane: the remedy is for the other nodes.
  const { remedy } = found.find(({ text }) => !text.includes('untolerated taint')) ?? found[0] ?? {}
  const each = found.map(({ nodes, cause }) => `${nodes} ${nodes === '1' ? 'has' : 'have'} ${cause}`)
  return {
    cause: `cannot be scheduled: of ${count} ${count === '1' ? 'node' : 'nodes'} ${each.join(', ')}`,
    ...(remedy !== undefined && { remedy }),
  }
}
