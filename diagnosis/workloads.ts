import type { V1DaemonSet, V1Deployment, V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { matches } from '../clients/selectors.ts'
import { eventually, GiveUpError } from '../lib/eventually.ts'
import { admissionErrorTrouble, awaitsDeletionTrouble, noPodsWantedTrouble } from './missingPods.ts'
import { readEvidence, timeOf } from './evidence.ts'
import { describeEvidence, explain, podTrouble } from './pods.ts'
import type { Evidence, Namespace, Trouble, Workload } from './types.ts'

export const deploymentOf = ({ metadata = {}, spec, status }: V1Deployment): Workload => {
  const failure = status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  return {
    kind: 'Deployment',
    metadata,
    selector: spec?.selector.matchLabels ?? {},
    template: spec?.template,
    current: status?.observedGeneration === metadata.generation,
    desired: spec?.replicas ?? 1,
    // Pods of the newest revision count, and only once no older ones are left.
    ready: (status?.replicas ?? 0) === (status?.updatedReplicas ?? 0) ? (status?.readyReplicas ?? 0) : 0,
    ...(failure?.status === 'True'
      ? { admissionError: { message: failure.message ?? '', since: timeOf(failure.lastTransitionTime) } }
      : {}),
  }
}

export const statefulSetOf = ({ metadata = {}, spec, status }: V1StatefulSet): Workload => ({
  kind: 'StatefulSet',
  metadata,
  selector: spec?.selector.matchLabels ?? {},
  template: spec?.template,
  current:
    status?.observedGeneration === metadata.generation && status?.currentRevision === status?.updateRevision,
  onDelete: spec?.updateStrategy?.type === 'OnDelete' && status?.observedGeneration === metadata.generation,
  desired: spec?.replicas ?? 1,
  ready: status?.readyReplicas ?? 0,
})

export const daemonSetOf = ({ metadata = {}, spec, status }: V1DaemonSet): Workload => ({
  kind: 'DaemonSet',
  metadata,
  selector: spec?.selector.matchLabels ?? {},
  template: spec?.template,
  current:
    status?.observedGeneration === metadata.generation &&
    (status?.updatedNumberScheduled ?? 0) === status?.desiredNumberScheduled,
  onDelete: spec?.updateStrategy?.type === 'OnDelete' && status?.observedGeneration === metadata.generation,
  desired: status?.desiredNumberScheduled ?? 0,
  ready: status?.numberReady ?? 0,
})

export const readNamespace = async ({ apps, core }: Kubernetes, namespace: string): Promise<Namespace> => {
  const [deployments, statefulSets, daemonSets, pods] = await Promise.all([
    apps.listNamespacedDeployment({ namespace }),
    apps.listNamespacedStatefulSet({ namespace }),
    apps.listNamespacedDaemonSet({ namespace }),
    core.listNamespacedPod({ namespace }),
  ])
  return {
    pods: pods.items,
    workloads: [
      ...deployments.items.map(deploymentOf),
      ...statefulSets.items.map(statefulSetOf),
      ...daemonSets.items.map(daemonSetOf),
    ],
  }
}

export const selects = (
  selector: Readonly<Record<string, string>>,
  { metadata }: Pick<V1Pod, 'metadata'>,
): boolean => matches({ matchLabels: selector }, metadata?.labels)

const revisionOf = ({ metadata }: V1Pod): string =>
  metadata?.labels?.['pod-template-hash'] ?? metadata?.labels?.['controller-revision-hash'] ?? ''
const createdAt = ({ metadata }: V1Pod) => timeOf(metadata?.creationTimestamp) ?? 0
const newestRevision = (pods: readonly V1Pod[]): string | undefined =>
  [...pods].sort((a, b) => createdAt(b) - createdAt(a)).map(revisionOf)[0]

type Shortfall = Readonly<{
  sentence: string
  troubles: readonly Trouble[]
  /** There are too few pods; only the evidence shows why they cannot be created. */
  lacksPods: boolean
}>

/**
 * Why a workload is not ready; undefined if it is.
 * @param name as `Kind/name`
 * @param evidence makes the causes exact
 */
export const workloadShortfall = (
  { workloads, pods }: Namespace,
  name: string,
  patientSince = 0,
  evidence?: Evidence,
): Shortfall | undefined => {
  const workload = workloads.find(({ kind, metadata }) => `${kind}/${metadata.name}` === name)
  if (!workload) return { sentence: `${name} does not exist`, troubles: [], lacksPods: false }
  const { current, onDelete = false, desired, ready, selector } = workload
  if (desired === 0)
    return { sentence: `${name} wants no pods`, troubles: [noPodsWantedTrouble(workload)], lacksPods: false }
  if (current && ready === desired) return undefined
  const own = pods.filter((pod) => selects(selector, pod))
  // The rollout replaces the pods of earlier revisions: their troubles end with them.
  const newest = current ? newestRevision(own) : undefined
  const troublesOf = (pod: V1Pod): readonly Trouble[] => {
    const trouble = podTrouble(pod, patientSince, evidence)
    if (!trouble) return []
    return revisionOf(pod) === newest ? [trouble] : [{ ...trouble, hopeless: false }]
  }
  const lacksPods = own.length < desired
  const isStuck = !current && onDelete && ready === desired
  const rollout = current ? '' : isStuck ? ', of an earlier revision' : ', its rollout is under way'
  return {
    sentence: `${name}: ${ready} of ${desired} pods Ready${rollout}`,
    troubles: [
      ...(isStuck ? [awaitsDeletionTrouble(workload)] : []),
      ...(lacksPods ? [admissionErrorTrouble(workload, evidence)] : []).filter(
        (trouble) => trouble !== undefined,
      ),
      ...own.flatMap(troublesOf),
    ],
    lacksPods,
  }
}

/**
 * Reads namespaces for concurrent waits. Calls within a second share one answer, unless the caller has changed something
 * in the meantime.
 */
export const namespaceReader = (kubernetes: Kubernetes) => {
  const latest = new Map<string, Readonly<{ at: number; answer: Promise<Namespace> }>>()
  /** @param notBefore the answer must be younger than this, in milliseconds since 1970 */
  return (namespace: string, notBefore: number): Promise<Namespace> => {
    const known = latest.get(namespace)
    if (known && known.at >= notBefore && Date.now() - known.at < 1000) return known.answer
    const answer = readNamespace(kubernetes, namespace)
    latest.set(namespace, { at: Date.now(), answer })
    return answer
  }
}

/** Why these workloads (`Kind/name`) are not ready, with the evidence; empty if they are. */
export const explainWorkloads = async (
  kubernetes: Kubernetes,
  { namespace, workloads }: Readonly<{ namespace: string; workloads: readonly string[] }>,
): Promise<readonly string[]> => {
  const [found, evidence] = await Promise.all([
    readNamespace(kubernetes, namespace),
    readEvidence(kubernetes),
  ])
  const shortfalls = workloads.flatMap((name) => workloadShortfall(found, name, 0, evidence) ?? [])
  return [
    ...shortfalls.map(({ sentence }) => sentence),
    ...(await explain(
      kubernetes,
      shortfalls.flatMap(({ troubles }) => troubles),
    )),
  ]
}

// A pod that has been not Ready for less than this, in milliseconds, is still starting.
const explainAfter = 20_000

type Waiting = Readonly<{
  /** Milliseconds. */
  within: number
  read: ReturnType<typeof namespaceReader>
  /** When all nodes had joined, Infinity until then: before that a pod may wait for one. */
  allNodesSince: () => number
}>

/**
 * Waits until every named workload has all pods of its newest revision Ready; call it after the change.
 * @param workloads as `Kind/name`
 * @throws WaitError with each workload that is not ready and the causes of its troubles, with evidence; early if they
 *   will not recover by themselves
 */
export const waitForWorkloads = async (
  kubernetes: Kubernetes,
  { namespace, workloads }: Readonly<{ namespace: string; workloads: readonly string[] }>,
  { within, read, allNodesSince }: Waiting,
): Promise<void> => {
  const shortfallsOf = (found: Namespace, evidence?: Evidence) =>
    workloads.flatMap((name) => workloadShortfall(found, name, allNodesSince(), evidence) ?? [])
  const changedAt = Date.now()
  const needsEvidence = ({ troubles, lacksPods }: Shortfall) =>
    lacksPods ||
    troubles.some(({ hopeless = false, since = 0 }) => hopeless || Date.now() - since > explainAfter)

  await eventually(
    `${workloads.join(', ')} in ${namespace} ${workloads.length === 1 ? 'is' : 'are'} ready`,
    async () => {
      const found = await read(namespace, changedAt)
      const withoutEvidence = shortfallsOf(found)
      if (withoutEvidence.length === 0) return
      const evidence = withoutEvidence.some(needsEvidence) ? await readEvidence(kubernetes) : undefined
      const shortfalls = evidence ? shortfallsOf(found, evidence) : withoutEvidence
      const troubles = shortfalls.flatMap((shortfall) => shortfall.troubles)
      const hopeless = troubles.filter((trouble) => trouble.hopeless)
      const shown = hopeless.length > 0 ? hopeless : troubles
      const explained = evidence
        ? await explain(kubernetes, shown)
        : shown.map((one) => describeEvidence(one))
      if (hopeless.length > 0) throw new GiveUpError(explained.join('\n'))
      throw new Error([...shortfalls.map(({ sentence }) => sentence), ...explained].join('\n'))
    },
    { within },
  )
}
