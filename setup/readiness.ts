import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { apiStatus, type Kubernetes } from './clients/kubernetes.ts'

/** Why a pod is not well. */
export type Trouble = Readonly<{
  namespace: string
  pod: string
  /** When the pod was accepted by a node or the scheduler, in milliseconds since 1970. */
  since: number
  cause: string
  /** Waiting longer will not mend it. */
  hopeless: boolean
  /** The container whose log tells more. */
  container?: string
}>
type Cause = Pick<Trouble, 'cause' | 'hopeless' | 'container'>

// How long a pod may wait for a node: nodes join, and free what they hold, within seconds.
const schedulingPatience = 20_000

// What the shell and the kernel mean by them; a program's own codes say nothing to others.
const exitCodes: Readonly<Record<number, string>> = {
  126: 'the command is not executable',
  127: 'the command was not found',
  128: 'the command could not be started',
  137: 'killed (SIGKILL)',
  139: 'crashed (SIGSEGV)',
  143: 'ended by SIGTERM',
}

/** `exit code 137: out of memory, its limit is 256Mi` */
const describeExit = (status: V1ContainerStatus, container: V1Container | undefined): string => {
  const ended = status.state?.terminated ?? status.lastState?.terminated
  if (!ended) return 'no exit code known'
  if (ended.reason === 'OOMKilled') {
    const limit = container?.resources?.limits?.['memory']
    return `exit code ${ended.exitCode}: out of memory${limit === undefined ? '' : `, its limit is ${limit}`}`
  }
  return [`exit code ${ended.exitCode}`, exitCodes[ended.exitCode], ended.message?.trim()]
    .filter(Boolean)
    .join(': ')
}

const pullFailures = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'])
const pullRemedy =
  'is the name right, and can the nodes reach its registry, or the one that E2E_REGISTRY_MIRROR names?'
const startFailures = new Set(['CrashLoopBackOff', 'RunContainerError', 'StartError'])

const containerCause = (
  what: string,
  status: V1ContainerStatus,
  container: V1Container | undefined,
): Cause | undefined => {
  const { waiting, terminated, running } = status.state ?? {}
  if (waiting?.reason && pullFailures.has(waiting.reason)) {
    return {
      cause: `${what}: image ${status.image} cannot be pulled: ${waiting.message ?? waiting.reason}; ${pullRemedy}`,
      // The first failure may be a passing one; in back-off a second try has failed as well.
      hopeless: waiting.reason !== 'ErrImagePull',
    }
  }
  if ((waiting?.reason && startFailures.has(waiting.reason)) || (terminated?.exitCode ?? 0) !== 0) {
    const restarts = status.restartCount
    return {
      cause:
        `${what} ${restarts > 0 ? 'keeps crashing' : 'crashed'}: ${describeExit(status, container)}` +
        (restarts > 0 ? `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : ''),
      hopeless: restarts >= 2,
      container: status.name,
    }
  }
  if (waiting?.message) return { cause: `${what}: ${waiting.reason}: ${waiting.message}`, hopeless: false }
  if (running && !status.ready) {
    const probe = container?.startupProbe && !status.started ? 'startup' : 'readiness'
    return {
      cause: `${what} runs, its ${probe} probe has not passed`,
      hopeless: false,
      container: status.name,
    }
  }
  return undefined
}

const isReady = (pod: V1Pod) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

const causeOf = (pod: V1Pod, patientSince: number): Cause => {
  const { phase, conditions = [], message, reason } = pod.status ?? {}
  if (pod.metadata?.deletionTimestamp) return { cause: 'is being deleted', hopeless: false }
  if (phase === 'Failed' && reason) return { cause: `${reason}: ${message ?? 'no message'}`, hopeless: false }

  const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    const since = Math.max(new Date(scheduled.lastTransitionTime ?? 0).getTime(), patientSince)
    return {
      cause: `cannot be scheduled: ${scheduled.message ?? scheduled.reason ?? 'no reason given'}`,
      hopeless: Date.now() - since > schedulingPatience,
    }
  }

  const { initContainers = [], containers = [] } = pod.spec ?? {}
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  const causes = (statuses: V1ContainerStatus[], specs: V1Container[], kind: string) =>
    statuses.flatMap((status) => {
      const spec = specs.find(({ name }) => name === status.name)
      return containerCause(`${kind} ${status.name}`, status, spec) ?? []
    })
  const found = [
    ...causes(initContainerStatuses, initContainers, 'init container'),
    ...causes(containerStatuses, containers, 'container'),
  ]
  // One container that crashes says more than another that waits for it.
  return (
    found.find(({ hopeless }) => hopeless) ??
    found[0] ?? {
      cause: `is ${phase ?? 'of no known phase'}, its containers have not started`,
      hopeless: false,
    }
  )
}

export const podName = (pod: V1Pod) => `${pod.metadata?.namespace}/${pod.metadata?.name}`

/**
 * What keeps a pod from being Ready, or undefined where it is Ready or has done its work.
 * @param patientSince when all nodes were there, in milliseconds since 1970: before that no pod waits in vain for one
 */
export const podTrouble = (pod: V1Pod, patientSince = 0): Trouble | undefined => {
  if (pod.status?.phase === 'Succeeded' || (isReady(pod) && !pod.metadata?.deletionTimestamp))
    return undefined
  return {
    namespace: pod.metadata?.namespace ?? '',
    pod: pod.metadata?.name ?? '',
    since: new Date(pod.status?.startTime ?? pod.metadata?.creationTimestamp ?? 0).getTime(),
    ...causeOf(pod, patientSince),
  }
}

export const describeTrouble = ({ namespace, pod, cause }: Trouble) => `Pod ${namespace}/${pod}: ${cause}`

/** The last lines of the container that a trouble points at: of the run that crashed, else of the one that runs. */
const lastLog = async (
  { core }: Kubernetes,
  { namespace, pod, container }: Trouble,
): Promise<readonly string[]> => {
  if (container === undefined) return []
  const read = (previous: boolean) =>
    core
      .readNamespacedPodLog({ namespace, name: pod, container, previous, tailLines: 10 })
      .catch((error: unknown) => {
        // 400 where there was no run before or the container has not started, 404 where the pod is gone by now.
        if (apiStatus(error) === 400 || apiStatus(error) === 404) return ''
        throw error
      })
  const texts = [await read(true), await read(false)]
  // What the kubelet answers with 200 where the log of a container has just been rotated away.
  const text = texts.find((one) => one.trim() && !one.startsWith('unable to retrieve container logs'))
  return text?.trim().split('\n') ?? []
}

/** The newest warning about the pod: why a volume is not mounted, what a probe answered. */
const lastWarning = async ({ core }: Kubernetes, { namespace, pod }: Trouble): Promise<readonly string[]> => {
  const { items } = await core.listNamespacedEvent({
    namespace,
    fieldSelector: `involvedObject.kind=Pod,involvedObject.name=${pod},type=Warning`,
  })
  const time = (event: (typeof items)[number]) =>
    new Date(event.lastTimestamp ?? event.eventTime ?? 0).getTime()
  const newest = items.sort((a, b) => time(b) - time(a))[0]
  return newest ? [`${newest.reason}: ${newest.message}`] : []
}

/** A trouble with the evidence for it: the newest warning about the pod and the last lines of its log. */
export const explainTrouble = async (kubernetes: Kubernetes, trouble: Trouble): Promise<string> => {
  const [warning, log] = await Promise.all([lastWarning(kubernetes, trouble), lastLog(kubernetes, trouble)])
  return [
    describeTrouble(trouble),
    ...warning.map((line) => `  warning: ${line.trim()}`),
    ...log.map((line) => `  log: ${line}`),
  ].join('\n')
}

/** The troubles of these pods, each with its evidence. */
export const explainTroubles = (kubernetes: Kubernetes, pods: readonly V1Pod[]): Promise<readonly string[]> =>
  Promise.all(
    pods.flatMap((pod) => podTrouble(pod) ?? []).map((trouble) => explainTrouble(kubernetes, trouble)),
  )
