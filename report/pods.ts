import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { podTrouble } from '../diagnosis/pods.ts'

/** When a pod came how far; milliseconds since 1970, undefined where it has not come that far. */
export type PodTimeline = Readonly<{
  namespace: string
  name: string
  node: string
  created: number
  scheduled: number | undefined
  /** When the last of its images was on the node; undefined as well where they all had been there before. */
  imagesPulled: number | undefined
  /** When the last of its containers was started, for its latest run. */
  started: number | undefined
  ready: number | undefined
  restarts: number
  /** Why it is not well, as podTrouble() says. */
  trouble: string | undefined
}>

/** Undefined for 1970 as well: containerd's time of a container that it could not start. */
const instant = (time: Date | string | undefined): number | undefined =>
  time === undefined ? undefined : new Date(time).getTime() || undefined

/** The latest of them; undefined where one is missing, or there is none. */
const latest = (times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined)
  return known.length === times.length && known.length > 0 ? Math.max(...known) : undefined
}

const timelineOf = (pod: V1Pod, pulls: readonly CoreV1Event[]): PodTimeline => {
  const { phase, conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const since = (type: string) => {
    const condition = conditions.find((one) => one.type === type && one.status === 'True')
    return instant(condition?.lastTransitionTime)
  }
  const runs = containerStatuses.map(
    ({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated,
  )
  const scheduled = since('PodScheduled')
  // The API server hears of a static pod, etcd say, after the kubelet has taken it.
  const created = Math.min(instant(pod.metadata?.creationTimestamp) ?? Infinity, scheduled ?? Infinity)
  return {
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    node: pod.spec?.nodeName ?? '',
    created,
    scheduled,
    imagesPulled: latest(pulls.map(({ lastTimestamp }) => instant(lastTimestamp))),
    started: latest(runs.map((run) => instant(run?.startedAt))),
    ready:
      phase === 'Succeeded'
        ? latest(runs.map((run) => (run && 'finishedAt' in run ? instant(run.finishedAt) : undefined)))
        : since('Ready'),
    restarts: [...initContainerStatuses, ...containerStatuses].reduce(
      (sum, { restartCount }) => sum + restartCount,
      0,
    ),
    trouble: podTrouble(pod)?.cause,
  }
}

/**
 * When each pod came how far. The API server tells whole seconds. A pod that has done its work counts as ready from
 * then on.
 * @param events those of pods; others are passed over. They are kept for an hour: of a pod that is older, it is not
 *   known when its images were pulled
 */
export const podTimelines = (
  pods: readonly V1Pod[],
  events: readonly CoreV1Event[],
): readonly PodTimeline[] => {
  // The kubelet says "Pulled" as well of what "is already present".
  const pulls = events.filter(
    ({ reason, message }) => reason === 'Pulled' && message?.includes('Successfully pulled image'),
  )
  // By uid: a StatefulSet's pods have the name of those before them.
  const pullsOf = Map.groupBy(pulls, ({ involvedObject }) => involvedObject.uid)
  return pods.map((pod) => timelineOf(pod, pullsOf.get(pod.metadata?.uid) ?? []))
}

/** @throws the API server's errors */
export const readPodTimelines = async ({ core }: Kubernetes): Promise<readonly PodTimeline[]> => {
  const [pods, events] = await Promise.all([
    core.listPodForAllNamespaces(),
    core.listEventForAllNamespaces({ fieldSelector: 'involvedObject.kind=Pod,reason=Pulled' }),
  ])
  return podTimelines(pods.items, events.items)
}
