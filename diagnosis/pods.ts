import type { V1Pod } from '@kubernetes/client-node'
import { forHowLong } from '../lib/progress.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { containerCauses, startCause } from './containers.ts'
import { objectOf, readEvidence, readLog, timeOf, type Log } from './evidence.ts'
import { nodeCause } from './nodes.ts'
import { schedulingCause } from './scheduling.ts'
import type { Cause, Evidence, Trouble } from './types.ts'
import { few } from '../lib/messages.ts'

// Milliseconds that a pod may stay unschedulable: nodes join and other pods end within seconds.
const schedulingPatience = 20_000

const conditionOf = ({ status }: V1Pod, wanted: string) =>
  status?.conditions?.find(({ type }) => type === wanted)
export const isReady = (pod: V1Pod) => conditionOf(pod, 'Ready')?.status === 'True'

const deletionCause = ({ metadata }: V1Pod): Cause => {
  const { namespace, name, finalizers = [], deletionGracePeriodSeconds: grace = 0 } = metadata ?? {}
  const kubectl = `kubectl -n ${namespace}`
  if (Date.now() < (timeOf(metadata?.deletionTimestamp) ?? 0))
    return { cause: `is being deleted: its containers have ${grace} s to stop` }
  return finalizers.length > 0
    ? {
        cause: `is being deleted, but its finalizers block this: ${finalizers.join(', ')}`,
        remedy: `\`${kubectl} patch pod ${name} --type=merge --patch='{"metadata":{"finalizers":null}}'\``,
      }
    : {
        cause: `is being deleted, but its containers did not stop within ${grace} s`,
        remedy: `\`${kubectl} delete pod ${name} --force\``,
      }
}

const causeOf = (pod: V1Pod, patientSince: number, evidence: Evidence | undefined): Cause => {
  const { phase, message, reason } = pod.status ?? {}
  const node = evidence?.nodes.find(({ metadata }) => metadata?.name === pod.spec?.nodeName)
  const onNode = node && nodeCause(node)
  // Everything else in the pod's status is outdated.
  if (onNode) return { ...onNode, cause: `its ${onNode.cause}` }
  if (pod.metadata?.deletionTimestamp) return deletionCause(pod)
  if (phase === 'Failed' && reason)
    return {
      cause: `${reason}: ${message?.trim().replace(/\.$/, '') ?? 'no message'}`,
      remedy:
        (reason === 'Evicted' ? 'raise the limit, or free disk or memory on its node; ' : '') +
        `the pod object stays until \`kubectl -n ${pod.metadata?.namespace} delete pod ${pod.metadata?.name}\``,
    }

  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status === 'False') {
    const since = Math.max(timeOf(scheduled.lastTransitionTime) ?? 0, patientSince)
    const hopeless = Date.now() - since > schedulingPatience
    return { ...schedulingCause(pod, scheduled, evidence), hopeless }
  }

  const causes = containerCauses(pod, evidence)
  // A crashing container is the cause; others may only wait for it.
  const found = causes.find(({ hopeless }) => hopeless) ?? causes[0]
  if (found) return found
  const { containerStatuses = [] } = pod.status ?? {}
  return containerStatuses.length > 0 && containerStatuses.every(({ ready }) => ready)
    ? { cause: `its containers are ready, but it is not: node ${pod.spec?.nodeName} may be down` }
    : startCause(pod, evidence)
}

export const podName = (pod: V1Pod) => `${pod.metadata?.namespace}/${pod.metadata?.name}`

const stateOf = (pod: V1Pod): Pick<Trouble, 'state' | 'since'> => {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0, creationTimestamp } = pod.metadata ?? {}
  const deletedBy = timeOf(deletionTimestamp)
  if (deletedBy !== undefined) return { state: 'terminating', since: deletedBy - grace * 1000 }
  const changed = conditionOf(pod, 'Ready') ?? conditionOf(pod, 'PodScheduled')
  return { state: 'not Ready', since: timeOf(changed?.lastTransitionTime ?? creationTimestamp) }
}

/**
 * Why a pod is not Ready; undefined if it is Ready or has completed.
 * @param patientSince when all nodes had joined, in milliseconds since 1970: until then a pod may wait for one
 * @param evidence makes the cause exact; without it, the cause comes from the pod alone
 */
export const podTrouble = (pod: V1Pod, patientSince = 0, evidence?: Evidence): Trouble | undefined => {
  if (pod.status?.phase === 'Succeeded' || (isReady(pod) && !pod.metadata?.deletionTimestamp))
    return undefined
  return {
    ...objectOf('Pod', pod.metadata),
    ...stateOf(pod),
    ...causeOf(pod, patientSince, evidence),
  }
}

/** `Pod monitoring/vector-x7k2p: container vector keeps crashing: exit code 78, 3 restarts in 41 s (not Ready for 41 s)` */
export const describeTrouble = ({ kind, namespace, name, cause, state, since }: Trouble): string =>
  `${kind} ${namespace}/${name}: ${cause} (${state}${forHowLong(since)})`

const mostOthers = 10
const describeOthers = (others: readonly Trouble[]) =>
  few(
    others.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
    mostOthers,
  )

/** A trouble with its log and remedy, and the names of other objects with the same cause. */
export const describeEvidence = (trouble: Trouble, log?: Log, others: readonly Trouble[] = []): string =>
  [
    describeTrouble(trouble),
    ...(others.length > 0 ? [`  same cause: ${describeOthers(others)}`] : []),
    ...(log && log.lines.length > 0
      ? [
          `  log of ${trouble.container}${log.previous ? ', previous run' : ''}:`,
          ...log.lines.map((line) => `  | ${line}`),
        ]
      : []),
    ...(trouble.remedy === undefined ? [] : [`  remedy: ${trouble.remedy}`]),
  ].join('\n')

/** The troubles, each with its evidence; one text for all that have the same cause. */
export const explain = (kubernetes: Kubernetes, troubles: readonly Trouble[]): Promise<readonly string[]> =>
  Promise.all(
    [...Map.groupBy(troubles, ({ cause }) => cause).values()].map(async ([first, ...others]) => {
      if (!first) return ''
      const { container } = first
      const log = container === undefined ? undefined : await readLog(kubernetes, { ...first, container })
      return describeEvidence(first, log, others)
    }),
  )

/** The troubles of these pods, each with its evidence; one text for all that have the same cause. */
export const explainTroubles = async (
  kubernetes: Kubernetes,
  pods: readonly V1Pod[],
): Promise<readonly string[]> => {
  if (pods.every((pod) => podTrouble(pod) === undefined)) return []
  const evidence = await readEvidence(kubernetes)
  return explain(
    kubernetes,
    pods.flatMap((pod) => podTrouble(pod, 0, evidence) ?? []),
  )
}
