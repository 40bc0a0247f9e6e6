import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from './clients/kubernetes.ts'
import { eventually, HopelessError } from './eventually.ts'
import { describeTrouble, explainTrouble, podTrouble, type Trouble } from './readiness.ts'

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
  if (desired === 0)
    return { sentence: `${name} wants no pods: it is scaled to 0, or no node suits it`, troubles: [] }
  if (current && ready === desired) return undefined
  const troubles = pods
    .filter((pod) => selects(selector, pod))
    .flatMap((pod) => podTrouble(pod, patientSince) ?? [])
  const rollout = current ? '' : ', its rollout is under way'
  return { sentence: `${name}: ${ready} of ${desired} pods Ready${rollout}`, troubles }
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

// Until then a pod that is not Ready is only on its way, and needs no explaining.
const explainAfter = 20_000

type Waiting = Readonly<{
  /** Milliseconds. */
  within: number
  read: ReturnType<typeof namespaceReader>
  /** When all nodes were there, Infinity until then: only from then on a pod may wait in vain for one. */
  allNodesSince: () => number
}>

/**
 * Waits until every workload named has all its pods Ready, of its newest revision.
 * @param workloads as `Kind/name`
 * @throws WaitError that names each workload that is not ready, and for each of its pods the cause with the evidence;
 *   early where the cause will not pass by itself
 */
export const workloadsReady = async (
  kubernetes: Kubernetes,
  { namespace, workloads }: Readonly<{ namespace: string; workloads: readonly string[] }>,
  { within, read, allNodesSince }: Waiting,
): Promise<void> => {
  const explain = async (trouble: Trouble) =>
    trouble.hopeless || Date.now() - trouble.since > explainAfter
      ? explainTrouble(kubernetes, trouble)
      : describeTrouble(trouble)
  await eventually(
    `${workloads.join(', ')} in ${namespace} ${workloads.length === 1 ? 'is' : 'are'} ready`,
    async () => {
      const found = await read(namespace)
      const shortfalls = workloads.flatMap((name) => workloadShortfall(found, name, allNodesSince()) ?? [])
      if (shortfalls.length === 0) return
      const troubles = shortfalls.flatMap((shortfall) => shortfall.troubles)
      const hopeless = troubles.filter((trouble) => trouble.hopeless)
      const explained = await Promise.all((hopeless.length > 0 ? hopeless : troubles).map(explain))
      if (hopeless.length > 0) throw new HopelessError(explained.join('\n'))
      throw new Error([...shortfalls.map(({ sentence }) => sentence), ...explained].join('\n'))
    },
    { within },
  )
}
