import { readFile } from 'node:fs/promises'
import type { V1Node, V1Pod, V1Service, V1ServicePort } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { ObjectName } from '../config/components.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { describeLabels } from '../clients/selectors.ts'
import { stacks, type Stack } from '../config/stacks.ts'
import { withLimit } from '../lib/eventually.ts'
import { countOf, messageOf } from '../lib/messages.ts'
import { readEvidence } from './evidence.ts'
import { scaleCommand } from './missingPods.ts'
import { explainSilentService, type SilentService } from './networkFaults.ts'
import { whyNoPod } from './nodes.ts'
import { explain, podName, podTrouble } from './pods.ts'
import { namespaceReader, readNamespace, selects, workloadShortfall } from './workloads.ts'
import type { Evidence, Namespace, Trouble, Workload } from './types.ts'

/** Why a Service does not answer; the troubles of its pods have their own remedies. */
type Finding = Readonly<{
  sentence: string
  remedy?: string
  troubles?: readonly Trouble[]
  /** Nothing is wrong with the Service and its pods: the network is left. */
  silent?: SilentService
}>
type Labels = Readonly<Record<string, string>>

const nodePortsOf = ({ spec }: V1Service) => (spec?.ports ?? []).flatMap(({ nodePort }) => nodePort ?? [])
const serviceName = ({ metadata }: V1Service) => `${metadata?.namespace}/${metadata?.name}`

/**
 * No Service has the node port.
 * @param wanted the stack whose values ask for it
 */
export const describeMissing = (
  port: number,
  services: readonly V1Service[],
  wanted: Stack | undefined,
): Finding => {
  const others = services.flatMap((service) =>
    nodePortsOf(service).map((one) => `${one} ${serviceName(service)}`),
  )
  const asks = wanted
    ? `; ${wanted.values?.join(' and ')} asks for one, in namespace ${wanted.namespace}`
    : ''
  return {
    sentence: `no Service has node port ${port}${asks}; the existing node ports are: ${others.sort().join(', ') || 'none'}`,
    remedy: wanted
      ? `\`helm -n ${wanted.namespace} status ${wanted.name}\` shows the state of its release; \`E2E_KEEP=1 npm test\` upgrades it if it differs`
      : `set it where values/ describe the Service: \`service: { type: NodePort, nodePort: ${port} }\``,
  }
}

/** The pod that matches most labels of the selector, and the labels in which it differs. */
const closestPod = (selector: Labels, pods: readonly V1Pod[]): string => {
  const missed = ({ metadata }: V1Pod) =>
    Object.keys(selector).filter((key) => metadata?.labels?.[key] !== selector[key])
  const [pod] = [...pods].sort((a, b) => missed(a).length - missed(b).length)
  if (!pod || missed(pod).length === Object.keys(selector).length) return 'no pod has any of these labels'
  const differing = missed(pod).map((key) => {
    const value = pod.metadata?.labels?.[key]
    return value === undefined ? `no label ${key}` : `${key}=${value}`
  })
  return `the closest is Pod ${podName(pod)}, which has ${differing.join(', ')}`
}

/** The workloads whose pods the selector matches. */
const workloadsOf = (selector: Labels, { workloads }: Namespace): readonly Workload[] =>
  workloads.filter(({ template }) => selects(selector, template ?? {}))

const shortfallsOf = (workloads: readonly Workload[], found: Namespace, evidence: Evidence) =>
  workloads.flatMap(
    ({ kind, metadata }) => workloadShortfall(found, `${kind}/${metadata.name}`, 0, evidence) ?? [],
  )

const withoutPods = (what: string, selector: Labels, found: Namespace, evidence: Evidence): Finding => {
  const workloads = workloadsOf(selector, found)
  if (workloads.length === 0)
    return {
      sentence: `${what} selects no pod: its selector is ${describeLabels(selector)}; ${closestPod(selector, found.pods)}`,
      remedy:
        'correct the selector of the Service, or the labels of the pods, where values/ or manifests/ set them',
    }
  const shortfalls = shortfallsOf(workloads, found, evidence)
  return {
    sentence: `${what} has no pod: ${shortfalls.map(({ sentence }) => sentence).join(', ')}`,
    troubles: shortfalls.flatMap(({ troubles }) => troubles),
  }
}

/** Whether the pods declare the target port of the Service. */
const describeTarget = (
  service: V1Service,
  { targetPort, port: own, nodePort: port = 0 }: V1ServicePort,
  [pod, ...others]: readonly [V1Pod, ...V1Pod[]],
): Finding => {
  const what = `Service ${serviceName(service)} (node port ${port})`
  const target = targetPort ?? own
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? [])
  const declared = ports.find(({ name, containerPort }) => name === target || containerPort === target)
  if (!declared) {
    const existing = ports.map(({ name, containerPort }) => [name, containerPort].filter(Boolean).join(' '))
    return {
      sentence: `${what} forwards to port ${target} of its pods, but Pod ${podName(pod)} declares ${existing.join(', ') || 'no ports'}`,
      remedy:
        'correct targetPort of the Service, or the ports of the container, where values/ or manifests/ set them',
    }
  }
  const ready = [pod, ...others].map((one) => `Pod ${podName(one)}`).join(', ')
  return {
    sentence: `${what} is healthy: it forwards to port ${declared.containerPort} of ${ready}, which ${others.length === 0 ? 'is' : 'are'} Ready`,
    silent: {
      what: `Service ${serviceName(service)}`,
      pod,
      podPort: declared.containerPort,
      clusterIP: service.spec?.clusterIP ?? '',
      port: own,
      nodePort: port,
    },
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
  const what = `Service ${serviceName(service)} (node port ${port})`
  const pods = found.pods.filter((pod) => selects(selector, pod))
  if (pods.length === 0) return withoutPods(what, selector, found, evidence)
  const troubles = pods.flatMap((pod) => podTrouble(pod, 0, evidence) ?? [])
  const [ready, ...others] = pods.filter((pod) => podTrouble(pod) === undefined)
  if (!ready) return { sentence: `${what} has 0 of ${countOf(pods.length, 'pod')} Ready`, troubles }
  const wanted = ports.find(({ nodePort }) => nodePort === port) ?? { port, nodePort: port }
  return describeTarget(service, wanted, [ready, ...others])
}

const describeMissingPod = (node: V1Node, daemonSet: Workload): Finding => {
  const { cause, remedy } = whyNoPod(node, daemonSet)
  const { namespace, name } = daemonSet.metadata
  return {
    sentence: `node ${node.metadata?.name} has no pod of DaemonSet ${namespace}/${name}: ${cause}`,
    remedy,
  }
}

const describeReadyPods = (what: string, count: number, workloads: readonly Workload[]): Finding => {
  const wanted = workloads.map(
    ({ kind, metadata, desired }) => `, ${kind}/${metadata.name} asks for ${desired}`,
  )
  const commands = workloads
    .filter(({ kind }) => kind !== 'DaemonSet')
    .map((workload) => scaleCommand(workload, workload.desired + 1))
  return {
    sentence: `${what} has ${countOf(count, 'pod')} that ${count === 1 ? 'is' : 'are'} Ready${wanted.join('')}`,
    ...(commands.length > 0 && { remedy: `if that is too few, ${commands.join(', ')}` }),
  }
}

/**
 * How many pods a Service has, and why others are missing or not Ready. Empty for a Service without a selector: its
 * endpoints are managed elsewhere.
 */
export const describeBackends = (
  service: V1Service,
  found: Namespace,
  evidence: Evidence,
): readonly Finding[] => {
  const selector = service.spec?.selector
  if (!selector) return []
  const what = `${service.kind ?? 'Service'} ${serviceName(service)}`
  const pods = found.pods.filter((pod) => selects(selector, pod))
  if (pods.length === 0) return [withoutPods(what, selector, found, evidence)]
  const workloads = workloadsOf(selector, found)
  const missingPods = workloads
    .filter(({ kind }) => kind === 'DaemonSet')
    .flatMap((daemonSet) =>
      evidence.nodes
        .filter(({ metadata }) => !pods.some(({ spec }) => spec?.nodeName === metadata?.name))
        .map((node) => describeMissingPod(node, daemonSet)),
    )
  const podTroubles = pods.flatMap((pod) => podTrouble(pod, 0, evidence) ?? [])
  const workloadTroubles = shortfallsOf(workloads, found, evidence)
    .flatMap((shortfall) => shortfall.troubles)
    .filter(({ kind }) => kind !== 'Pod')
  const troubles = [...workloadTroubles, ...podTroubles]
  if (troubles.length > 0) {
    const sentence = `${what} has ${pods.length - podTroubles.length} of ${countOf(pods.length, 'pod')} Ready`
    return [...missingPods, { sentence, troubles }]
  }
  return missingPods.length > 0 ? missingPods : [describeReadyPods(what, pods.length, workloads)]
}

/** The stack whose values ask for this node port. */
const stackWith = async (port: number): Promise<Stack | undefined> => {
  for (const stack of stacks) {
    if (stack.values === undefined) continue
    const files = await Promise.all(stack.values.map((file) => readFile(file, 'utf8')))
    const values = JSON.stringify(files.map((text) => parse(text) as unknown))
    if (new RegExp(`nodePort":${port}\\b`, 'i').test(values)) return stack
  }
  return undefined
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

const describeFinding = async (
  kubernetes: Kubernetes,
  { sentence, remedy, troubles = [], silent }: Finding,
): Promise<string> => {
  const located = silent && (await explainSilentService(kubernetes, silent))
  const todo = located?.remedy ?? remedy
  return [
    sentence,
    ...(located ? [located.cause] : []),
    ...(await explain(kubernetes, troubles)),
    ...(todo === undefined ? [] : [`  remedy: ${todo}`]),
  ].join('\n')
}

/** How many pods these Services have, and why others are missing or not Ready, with evidence and remedies. */
export const explainBackends = async (
  kubernetes: Kubernetes,
  services: readonly V1Service[],
): Promise<readonly string[]> => {
  if (services.length === 0) return []
  const read = namespaceReader(kubernetes)
  const evidence = await readEvidence(kubernetes)
  const findings = services.map(async (service) =>
    describeBackends(service, await read(service.metadata?.namespace ?? '', 0), evidence),
  )
  return Promise.all((await Promise.all(findings)).flat().map((one) => describeFinding(kubernetes, one)))
}

// Milliseconds. If the control plane hangs, so does the API server.
const limit = 10_000

/**
 * Why nothing answers at a URL of this machine that maps to a node port.
 * Never throws: it reports when the API server does not answer either.
 * @returns one or more lines, with evidence and remedy
 */
export const explainEndpoint = async (kubernetes: Kubernetes, url: string): Promise<string> => {
  const explained = async () =>
    describeFinding(kubernetes, await findingOf(kubernetes, Number(new URL(url).port)))
  return withLimit(explained(), limit).catch(
    (error: unknown) =>
      `the API server did not provide the cause: ${messageOf(error)}\n` +
      '  remedy: `docker ps --all --filter label=io.x-k8s.kind.cluster` shows whether the control plane is running, paused or exited',
  )
}

/** Why a Service does not answer: the state of the pods behind it. Never rejects. */
export const explainService = async (kubernetes: Kubernetes, name: ObjectName): Promise<string> => {
  const explained = async () => {
    const shortfalls = await explainBackends(kubernetes, [await kubernetes.core.readNamespacedService(name)])
    return shortfalls.join('\n') || `the pods behind Service ${name.namespace}/${name.name} are Ready`
  }
  return withLimit(explained(), limit).catch(
    (error: unknown) => `the API server did not provide the cause: ${messageOf(error)}`,
  )
}
