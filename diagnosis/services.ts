import { readFile } from 'node:fs/promises'
import type { V1Node, V1Pod, V1Service } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { withLimit } from '../lib/eventually.ts'
import { scaleCommand } from './missingPods.ts'
import { readEvidence } from './evidence.ts'
import { countOf, messageOf } from '../lib/messages.ts'
import { clusterOf, whyNoPod } from './nodes.ts'
import { explain, podTrouble } from './pods.ts'
import { stacks, type Stack } from '../config/stacks.ts'
import { namespaceReader, readNamespace, selects, workloadShortfall } from './workloads.ts'
import type { Evidence, Namespace, Trouble, Workload } from './types.ts'

/** What a Service lacks to answer; the troubles of its pods have their own remedies. */
type Finding = Readonly<{ sentence: string; remedy?: string; troubles?: readonly Trouble[] }>
type Labels = Readonly<Record<string, string>>

const labelsText = (labels: Labels) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')

const nodePortsOf = ({ spec }: V1Service) => (spec?.ports ?? []).flatMap(({ nodePort }) => nodePort ?? [])
const nameOf = ({ metadata }: V1Service | V1Pod) => `${metadata?.namespace}/${metadata?.name}`

/**
 * No Service has the node port.
 * @param wanted the stack whose values ask for it
 */
export const describeMissing = (
  port: number,
  services: readonly V1Service[],
  wanted: Stack | undefined,
): Finding => {
  const others = services.flatMap((service) => nodePortsOf(service).map((one) => `${one} ${nameOf(service)}`))
  const asks = wanted ? `; ${wanted.values} asks for one, in namespace ${wanted.namespace}` : ''
  return {
    sentence: `no Service has node port ${port}${asks}; node ports there are: ${others.sort().join(', ') || 'none'}`,
    remedy: wanted
      ? `\`helm -n ${wanted.namespace} status ${wanted.name}\` says what became of its chart; \`E2E_KEEP=1 npm test\` upgrades what differs`
      : `set it where values/ describe the Service: \`service: { type: NodePort, nodePort: ${port} }\``,
  }
}

/** The pod that has the most of the labels that the selector wants, and which of them it has otherwise. */
const nearest = (selector: Labels, pods: readonly V1Pod[]): string => {
  const missed = ({ metadata }: V1Pod) =>
    Object.keys(selector).filter((key) => metadata?.labels?.[key] !== selector[key])
  const [pod] = [...pods].sort((a, b) => missed(a).length - missed(b).length)
  if (!pod || missed(pod).length === Object.keys(selector).length) return 'no pod has any of these labels'
  const differing = missed(pod).map((key) => {
    const value = pod.metadata?.labels?.[key]
    return value === undefined ? `no label ${key}` : `${key}=${value}`
  })
  return `the nearest is Pod ${nameOf(pod)}, which has ${differing.join(', ')}`
}

/** The workloads that make the pods of a Service. */
const makersOf = (selector: Labels, { workloads }: Namespace): readonly Workload[] =>
  workloads.filter(({ template }) => selects(selector, template ?? {}))

const shortfallsOf = (makers: readonly Workload[], found: Namespace, evidence: Evidence) =>
  makers.flatMap(
    ({ kind, metadata }) => workloadShortfall(found, `${kind}/${metadata.name}`, 0, evidence) ?? [],
  )

const withoutPods = (what: string, selector: Labels, found: Namespace, evidence: Evidence): Finding => {
  const makers = makersOf(selector, found)
  if (makers.length === 0)
    return {
      sentence: `${what} selects no pod: its selector is ${labelsText(selector)}, and ${nearest(selector, found.pods)}`,
      remedy:
        'correct the selector of the Service, or the labels of the pods, where values/ or manifests/ set them',
    }
  const shortfalls = shortfallsOf(makers, found, evidence)
  return {
    sentence: `${what} has no pod: ${shortfalls.map(({ sentence }) => sentence).join(', ')}`,
    troubles: shortfalls.flatMap(({ troubles }) => troubles),
  }
}

/** Where the Service sends what comes to it: a port of these pods, if they say that they have it. */
const describeTarget = (
  what: string,
  target: number | string,
  pods: readonly V1Pod[],
  port: number,
): Finding => {
  const [pod] = pods
  const ports = (pod?.spec?.containers ?? []).flatMap((container) => container.ports ?? [])
  const declared = ports.find(({ name, containerPort }) => name === target || containerPort === target)
  const has = ports
    .map(({ name, containerPort }) => [name, containerPort].filter(Boolean).join(' '))
    .join(', ')
  if (!pod || !declared)
    return {
      sentence: `${what} leads to port ${target} of its pods, which ${typeof target === 'string' ? 'have none of this name' : 'do not declare it'}: ${pod ? nameOf(pod) : 'the pod'} has ${has || 'no ports'}`,
      remedy:
        'correct targetPort of the Service, or the ports of the container, where values/ or manifests/ set them',
    }
  const proxy = `/api/v1/namespaces/${pod.metadata?.namespace}/pods/${pod.metadata?.name}:${declared.containerPort}/proxy/`
  const controlPlane = `${clusterOf(pod.spec?.nodeName ?? '')}-control-plane`
  return {
    sentence:
      `${what} is well: it leads to port ${declared.containerPort} of ` +
      `${pods.map((one) => `Pod ${nameOf(one)}`).join(', ')}, which ${pods.length === 1 ? 'is' : 'are'} Ready`,
    remedy:
      `does the program answer within the cluster: \`kubectl get --raw ${proxy}\`; ` +
      `does the port of this machine lead there: \`docker port ${controlPlane} ${port}/tcp\` (extraPortMappings of kind-config.yaml, made with the cluster)`,
  }
}

/** Why the Service that has this node port may not answer there. */
export const describeService = (
  port: number,
  service: V1Service,
  found: Namespace,
  evidence: Evidence,
): Finding => {
  const { selector = {}, ports = [] } = service.spec ?? {}
  const what = `Service ${nameOf(service)} (node port ${port})`
  const pods = found.pods.filter((pod) => selects(selector, pod))
  if (pods.length === 0) return withoutPods(what, selector, found, evidence)
  const troubles = pods.map((pod) => podTrouble(pod, 0, evidence))
  const ready = pods.filter((_, index) => troubles[index] === undefined)
  if (ready.length === 0)
    return {
      sentence: `${what} has no pod that is Ready, of ${pods.length}`,
      troubles: troubles.filter((trouble) => trouble !== undefined),
    }
  const { targetPort, port: own } = ports.find(({ nodePort }) => nodePort === port) ?? {}
  return describeTarget(what, targetPort ?? own ?? port, ready, port)
}

const describeAbsence = (node: V1Node, daemonSet: Workload): Finding => {
  const { cause, remedy } = whyNoPod(node, daemonSet)
  const { namespace, name } = daemonSet.metadata
  return {
    sentence: `node ${node.metadata?.name} has no pod of DaemonSet ${namespace}/${name}: ${cause}`,
    remedy,
  }
}

const describeWell = (what: string, pods: readonly V1Pod[], makers: readonly Workload[]): Finding => {
  const asked = makers.map(({ kind, metadata, desired }) => `, ${kind}/${metadata.name} asks for ${desired}`)
  const commands = makers
    .filter(({ kind }) => kind !== 'DaemonSet')
    .map((maker) => scaleCommand(maker, maker.desired + 1))
  return {
    sentence: `${what} has ${countOf(pods.length, 'pod')} that ${pods.length === 1 ? 'is' : 'are'} Ready${asked.join('')}`,
    ...(commands.length > 0 ? { remedy: `where that is too few, ${commands.join(', ')}` } : {}),
  }
}

/**
 * How many pods a Service has, and what keeps others from it. Nothing where it has no selector: somebody else keeps its
 * endpoints.
 */
export const describeBackends = (
  service: V1Service,
  found: Namespace,
  evidence: Evidence,
): readonly Finding[] => {
  const selector = service.spec?.selector
  if (!selector) return []
  const what = `Service ${nameOf(service)}`
  const pods = found.pods.filter((pod) => selects(selector, pod))
  if (pods.length === 0) return [withoutPods(what, selector, found, evidence)]
  const makers = makersOf(selector, found)
  const absences = makers
    .filter(({ kind }) => kind === 'DaemonSet')
    .flatMap((daemonSet) =>
      evidence.nodes
        .filter(({ metadata }) => !pods.some(({ spec }) => spec?.nodeName === metadata?.name))
        .map((node) => describeAbsence(node, daemonSet)),
    )
  const troubles = pods.flatMap((pod) => podTrouble(pod, 0, evidence) ?? [])
  const ofMakers = shortfallsOf(makers, found, evidence)
    .flatMap((shortfall) => shortfall.troubles)
    .filter(({ kind }) => kind !== 'Pod')
  const ill = [...ofMakers, ...troubles]
  if (ill.length > 0) {
    const sentence = `${what} has ${pods.length - troubles.length} of ${countOf(pods.length, 'pod')} Ready`
    return [...absences, { sentence, troubles: ill }]
  }
  return absences.length > 0 ? absences : [describeWell(what, pods, makers)]
}

/** The stack whose values ask for this node port. */
const stackWith = async (port: number): Promise<Stack | undefined> => {
  const asking = await Promise.all(
    stacks.map(async (stack) => {
      if (stack.values === undefined) return []
      const values = JSON.stringify(parse(await readFile(stack.values, 'utf8')))
      return new RegExp(`nodePort":${port}\\b`, 'i').test(values) ? [stack] : []
    }),
  )
  return asking.flat()[0]
}

const findingOf = async (kubernetes: Kubernetes, port: number): Promise<Finding> => {
  const { items } = await kubernetes.core.listServiceForAllNamespaces()
  const service = items.find((one) => nodePortsOf(one).includes(port))
  if (!service) return describeMissing(port, items, await stackWith(port))
  const [found, evidence] = await Promise.all([
    readNamespace(kubernetes, service.metadata?.namespace ?? ''),
    readEvidence(kubernetes),
  ])
  return describeService(port, service, found, evidence)
}

const describeFinding = ({ sentence, remedy }: Finding, causes: readonly string[]): string =>
  [sentence, ...causes, ...(remedy === undefined ? [] : [`  remedy: ${remedy}`])].join('\n')

/** How many pods these Services have, and what keeps others from them, with evidence and remedies. */
export const explainBackends = async (
  kubernetes: Kubernetes,
  services: readonly V1Service[],
): Promise<readonly string[]> => {
  if (services.length === 0) return []
  const read = namespaceReader(kubernetes)
  const [evidence, ...namespaces] = await Promise.all([
    readEvidence(kubernetes),
    ...services.map(({ metadata }) => read(metadata?.namespace ?? '', 0)),
  ])
  const findings = namespaces.flatMap((found, index) => {
    const service = services[index]
    return service ? describeBackends(service, found, evidence) : []
  })
  const texts = findings.map(async (finding) =>
    describeFinding(finding, await explain(kubernetes, finding.troubles ?? [])),
  )
  return Promise.all(texts)
}

// Where the control plane hangs, so does the API server.
const limit = 10_000

/**
 * Why nothing answers at a URL of this machine that leads to a node port: what the Service behind it lacks.
 * Never throws: where the API server does not answer either, it says so.
 * @returns one or more lines, with evidence and remedy
 */
export const explainEndpoint = async (kubernetes: Kubernetes, url: string): Promise<string> => {
  const explained = async () => {
    const finding = await findingOf(kubernetes, Number(new URL(url).port))
    return describeFinding(finding, await explain(kubernetes, finding.troubles ?? []))
  }
  return withLimit(explained(), limit).catch(
    (error: unknown) =>
      `the API server tells nothing about it: ${messageOf(error)}\n` +
      '  remedy: `docker ps --all --filter label=io.x-k8s.kind.cluster` says whether the control plane runs, is paused, or has exited',
  )
}
