import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { apiStatus, type Kubernetes } from './clients/kubernetes.ts'
import { eventually, HopelessError } from './eventually.ts'

/** Why a pod is not well. */
export type Trouble = Readonly<{
  /** `Pod monitoring/name`. */
  object: string
  cause: string
  /** Waiting longer will not mend it. */
  hopeless: boolean
  /** The container whose log tells more. */
  container?: string
}>

// How long a pod may wait for a node: nodes join, and free what they hold, within seconds.
const schedulingPatience = 20_000

const exitCodes: Readonly<Record<number, string>> = {
  1: 'the program failed',
  2: 'the program or its shell refused its arguments',
  126: 'the command is not executable',
  127: 'the command was not found',
  128: 'the command could not be started',
  137: 'killed (SIGKILL)',
  139: 'crashed (SIGSEGV)',
  143: 'ended by SIGTERM',
}

/** `exit code 137: out of memory (limit 256Mi)` */
const describeExit = (status: V1ContainerStatus, container: V1Container | undefined): string => {
  const ended = status.state?.terminated ?? status.lastState?.terminated
  if (!ended) return 'no exit code known'
  if (ended.reason === 'OOMKilled') {
    const limit = container?.resources?.limits?.['memory']
    return `exit code ${ended.exitCode}: out of memory${limit === undefined ? '' : `, its limit is ${limit}`}`
  }
  const words = exitCodes[ended.exitCode]
  const detail = ended.message?.trim()
  return [`exit code ${ended.exitCode}`, words, detail].filter(Boolean).join(': ')
}

const pullFailures = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'])

const containerTrouble = (
  status: V1ContainerStatus,
  container: V1Container | undefined,
): Omit<Trouble, 'object'> | undefined => {
  const what = `container ${status.name}`
  const waiting = status.state?.waiting
  if (waiting?.reason && pullFailures.has(waiting.reason)) {
    return {
      cause: `${what}: image ${status.image} cannot be pulled: ${waiting.message ?? waiting.reason}`,
      // The first failure may be a passing one; in back-off a second try has failed as well.
      hopeless: waiting.reason !== 'ErrImagePull',
    }
  }
  const crashed = waiting?.reason === 'CrashLoopBackOff' || (status.state?.terminated?.exitCode ?? 0) !== 0
  if (crashed) {
    const restarts = status.restartCount
    return {
      cause:
        `${what} ${waiting ? 'keeps crashing (CrashLoopBackOff)' : 'ended'}: ${describeExit(status, container)}` +
        `${restarts > 0 ? `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : ''}`,
      hopeless: restarts >= 2,
      container: status.name,
    }
  }
  if (waiting?.reason && waiting.reason !== 'PodInitializing') {
    return {
      cause: `${what}: ${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}`,
      hopeless: false,
    }
  }
  if (status.state?.running && !status.ready) {
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

export const podName = (pod: V1Pod) => `${pod.metadata?.namespace}/${pod.metadata?.name}`

/**
 * What keeps a pod from being Ready, or undefined where it is Ready or has done its work.
 * @param patientSince when all nodes were there, in milliseconds since 1970: before that no pod waits in vain for one
 */
export const podTrouble = (pod: V1Pod, patientSince = 0): Trouble | undefined => {
  const object = `Pod ${podName(pod)}`
  const { phase, conditions = [], message, reason } = pod.status ?? {}
  if (phase === 'Succeeded') return undefined
  if (pod.metadata?.deletionTimestamp) return { object, cause: 'is being deleted', hopeless: false }
  if (isReady(pod)) return undefined
  if (phase === 'Failed' && reason)
    return { object, cause: `${reason}: ${message ?? ''}`.trim(), hopeless: false }

  const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    const since = Math.max(new Date(scheduled.lastTransitionTime ?? 0).getTime(), patientSince)
    return {
      object,
      cause: `cannot be scheduled: ${scheduled.message ?? scheduled.reason ?? 'no reason given'}`,
      hopeless: Date.now() - since > schedulingPatience,
    }
  }

  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  for (const status of statuses) {
    const trouble = containerTrouble(
      status,
      containers.find(({ name }) => name === status.name),
    )
    if (trouble) return { object, ...trouble }
  }
  return { object, cause: `is ${phase ?? 'not known'}, its containers have not started`, hopeless: false }
}

/** A Deployment, StatefulSet or DaemonSet: how many pods there should be and how many are Ready and current. */
export type Workload = Readonly<{
  /** `Deployment/name` */
  name: string
  selector: Readonly<Record<string, string>>
  current: boolean
  desired: number
  ready: number
}>

/** All workloads and pods of a namespace. */
export type Namespace = Readonly<{ workloads: readonly Workload[]; pods: readonly V1Pod[] }>

const readNamespace = async ({ apps, core }: Kubernetes, namespace: string): Promise<Namespace> => {
  const [deployments, statefulSets, daemonSets, pods] = await Promise.all([
    apps.listNamespacedDeployment({ namespace }),
    apps.listNamespacedStatefulSet({ namespace }),
    apps.listNamespacedDaemonSet({ namespace }),
    core.listNamespacedPod({ namespace }),
  ])
  return {
    pods: pods.items,
    workloads: [
      ...deployments.items.map(({ metadata, spec, status }) => ({
        name: `Deployment/${metadata?.name}`,
        selector: spec?.selector.matchLabels ?? {},
        current: status?.observedGeneration === metadata?.generation,
        desired: spec?.replicas ?? 1,
        // Of the newest revision only, and none of the older ones left beside them.
        ready: (status?.replicas ?? 0) === (status?.updatedReplicas ?? 0) ? (status?.readyReplicas ?? 0) : 0,
      })),
      ...statefulSets.items.map(({ metadata, spec, status }) => ({
        name: `StatefulSet/${metadata?.name}`,
        selector: spec?.selector.matchLabels ?? {},
        current:
          status?.observedGeneration === metadata?.generation &&
          status?.currentRevision === status?.updateRevision,
        desired: spec?.replicas ?? 1,
        ready: status?.readyReplicas ?? 0,
      })),
      ...daemonSets.items.map(({ metadata, spec, status }) => ({
        name: `DaemonSet/${metadata?.name}`,
        selector: spec?.selector.matchLabels ?? {},
        current:
          status?.observedGeneration === metadata?.generation &&
          (status?.updatedNumberScheduled ?? 0) === status?.desiredNumberScheduled,
        desired: status?.desiredNumberScheduled ?? 0,
        ready: status?.numberReady ?? 0,
      })),
    ],
  }
}

const selects = (selector: Readonly<Record<string, string>>, pod: V1Pod) =>
  Object.entries(selector).every(([key, value]) => pod.metadata?.labels?.[key] === value)

/** What a workload lacks: nothing (undefined), or a sentence and the troubles of its pods. */
export const workloadShortfall = (
  { workloads, pods }: Namespace,
  name: string,
  patientSince = 0,
): { sentence: string; troubles: readonly Trouble[] } | undefined => {
  const workload = workloads.find((one) => one.name === name)
  if (!workload) return { sentence: `${name} does not exist`, troubles: [] }
  const { current, desired, ready, selector } = workload
  if (current && ready === desired && desired > 0) return undefined
  const troubles = pods
    .filter((pod) => selects(selector, pod))
    .flatMap((pod) => podTrouble(pod, patientSince) ?? [])
  const rollout = current ? '' : ', its rollout is under way'
  return { sentence: `${name}: ${ready} of ${desired} pods Ready${rollout}`, troubles }
}

type Waiting = Readonly<{
  within: number
  read: ReturnType<typeof namespaceReader>
  allNodesSince: () => number
}>

/** The last lines of the container that a trouble points at: of the run that crashed, else of the one that runs. */
export const lastLog = async (
  { core }: Kubernetes,
  { object, container }: Trouble,
): Promise<readonly string[]> => {
  const [namespace, name] = object.replace('Pod ', '').split('/')
  if (container === undefined || namespace === undefined || name === undefined) return []
  const read = (previous: boolean) =>
    core
      .readNamespacedPodLog({ namespace, name, container, previous, tailLines: 10 })
      .catch((error: unknown) => {
        // 400 is the answer where there was no run before, or where the container has not started.
        if (apiStatus(error) === 400 || apiStatus(error) === 404) return ''
        throw error
      })
  const text = (await read(true)) || (await read(false))
  return text.trim() ? text.trim().split('\n') : []
}

const describeTrouble = async (kubernetes: Kubernetes, trouble: Trouble): Promise<string> => {
  const lines = await lastLog(kubernetes, trouble)
  return [`${trouble.object}: ${trouble.cause}`, ...lines.map((line) => `  | ${line}`)].join('\n')
}

/** Reads namespaces for many who wait at once: those who ask within a second of each other share one answer. */
export const namespaceReader = (kubernetes: Kubernetes) => {
  const latest = new Map<string, Readonly<{ at: number; answer: Promise<Namespace> }>>()
  return (namespace: string): Promise<Namespace> => {
    const known = latest.get(namespace)
    if (known && Date.now() - known.at < 1000) return known.answer
    const answer = readNamespace(kubernetes, namespace)
    latest.set(namespace, { at: Date.now(), answer })
    return answer
  }
}

/**
 * Waits until every workload named has all its pods Ready, of its newest revision.
 * @param workloads as `Kind/name`
 * @param allNodesSince when all nodes were there, Infinity until then: only from then on a pod may wait in vain for one
 * @throws WaitError that names each workload that is not ready, and for each of its pods the cause with the last log
 *   lines; early where the cause will not pass by itself
 */
export const workloadsReady = async (
  kubernetes: Kubernetes,
  { namespace, workloads }: Readonly<{ namespace: string; workloads: readonly string[] }>,
  { within, read, allNodesSince }: Waiting,
): Promise<void> => {
  await eventually(
    `${workloads.join(', ')} in ${namespace} ${workloads.length === 1 ? 'is' : 'are'} ready`,
    async () => {
      const found = await read(namespace)
      const shortfalls = workloads.flatMap((name) => workloadShortfall(found, name, allNodesSince()) ?? [])
      if (shortfalls.length === 0) return
      const lines = shortfalls.flatMap(({ sentence, troubles }) => [
        sentence,
        ...troubles.map(({ object, cause }) => `  ${object}: ${cause}`),
      ])
      const hopeless = shortfalls.flatMap(({ troubles }) => troubles).filter((trouble) => trouble.hopeless)
      if (hopeless.length === 0) throw new Error(lines.join('\n'))
      const causes = await Promise.all(hopeless.map((trouble) => describeTrouble(kubernetes, trouble)))
      throw new HopelessError(causes.join('\n'))
    },
    { within },
  )
}
