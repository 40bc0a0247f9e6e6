import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { podTrouble } from '../diagnosis/pods.ts'

/** When a pod reached each phase, in milliseconds since 1970; undefined if it has not. */
export type PodTimeline = Readonly<{
  namespace: string
  name: string
  node: string
  created: number
  scheduled: number | undefined
  /** When its last image was pulled; undefined if all images were on the node already. */
  imagesPulled: number | undefined
  /** When its last container started, for the latest time. */
  started: number | undefined
  ready: number | undefined
  restarts: number
  /** The cause that podTrouble() finds. */
  trouble: string | undefined
}>

// A container that containerd could not start has started in 1970.
const instant = (time: Date | string | undefined): number | undefined =>
  time === undefined ? undefined : new Date(time).getTime() || undefined

/** The latest time; undefined if one is missing, or there is none. */
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
  // The API server learns of a static pod, such as etcd, after the kubelet has scheduled it.
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
 * The timeline of each pod, in whole seconds, as the API server reports them. A pod that succeeded counts as ready.
 * @param events are kept for an hour: it is unknown when an older pod pulled its images
 */
export const podTimelines = (
  pods: readonly V1Pod[],
  events: readonly CoreV1Event[],
): readonly PodTimeline[] => {
  // An image that is already present has a Pulled event too.
  const pulls = events.filter(
    ({ reason, message }) => reason === 'Pulled' && message?.includes('Successfully pulled image'),
  )
  // By uid, since a StatefulSet reuses the names of its pods.
  const pullsOf = Map.groupBy(pulls, ({ involvedObject }) => involvedObject.uid)
  return pods.map((pod) => timelineOf(pod, pullsOf.get(pod.metadata?.uid) ?? []))
}
