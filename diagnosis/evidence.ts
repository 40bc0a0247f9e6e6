import type {
  CoreV1Event,
  V1Node,
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1StorageClass,
} from '@kubernetes/client-node'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import type { Evidence } from './types.ts'
import { messageOf } from '../lib/messages.ts'

/** The API server returns timestamps as text, its client as Date. */
export const timeOf = (timestamp: Date | string | undefined): number | undefined =>
  timestamp === undefined ? undefined : new Date(timestamp).getTime()

/** The object that a trouble is about. */
export const objectOf = (kind: string, { namespace = '', name = '' }: V1ObjectMeta = {}) => ({
  kind,
  namespace,
  name,
})

/** Reads the evidence for all namespaces: always six short lists, however many objects have a trouble. */
export const readEvidence = async ({ get }: Kubernetes): Promise<Evidence> => {
  const list = async <T>(path: string) => ((await get(path)) as { items: T[] }).items
  const eventsWith = (selector: string) =>
    list<CoreV1Event>(`/api/v1/events?fieldSelector=${encodeURIComponent(selector)}`)
  const [warnings, pulls, aboutPvcs, nodes, pvcs, storageClasses] = await Promise.all([
    eventsWith('type=Warning'),
    eventsWith('reason=Pulling'),
    eventsWith('involvedObject.kind=PersistentVolumeClaim'),
    list<V1Node>('/api/v1/nodes'),
    list<V1PersistentVolumeClaim>('/api/v1/persistentvolumeclaims'),
    list<V1StorageClass>('/apis/storage.k8s.io/v1/storageclasses'),
  ])
  return { events: [...warnings, ...pulls, ...aboutPvcs], nodes, pvcs, storageClasses }
}

const eventTime = ({ lastTimestamp, eventTime, metadata }: CoreV1Event) =>
  timeOf(lastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0

/** The events about an object that have one of these reasons, or any reason if none is given; the newest first. */
export const eventsOf = (
  evidence: Evidence | undefined,
  kind: string,
  metadata: V1ObjectMeta | undefined,
  ...reasons: readonly string[]
): readonly CoreV1Event[] =>
  (evidence?.events ?? [])
    .filter(
      ({ involvedObject, reason = '' }) =>
        involvedObject.kind === kind &&
        involvedObject.namespace === metadata?.namespace &&
        involvedObject.name === metadata?.name &&
        (reasons.length === 0 || reasons.includes(reason)),
    )
    .sort((a, b) => eventTime(b) - eventTime(a))

/** The last lines of a container's log: of the previous run if there was one, else of the current one. */
export type Log = Readonly<{ previous: boolean; lines: readonly string[] }>
const noLog: Log = { previous: false, lines: [] }

const longestLine = 300

/** @returns no lines if there are none; one line with the reason if they cannot be read */
export const readLog = async (
  { core }: Kubernetes,
  { namespace, name, container }: Readonly<{ namespace: string; name: string; container: string }>,
): Promise<Log> => {
  const read = (previous: boolean) =>
    core
      .readNamespacedPodLog({ namespace, name, container, previous, tailLines: 10 })
      .catch((error: unknown) =>
        // 400 if there was no previous run or the container has not started, 404 if the pod no longer exists.
        apiStatus(error) === 400 || apiStatus(error) === 404 ? '' : `cannot be read: ${messageOf(error)}`,
      )
  for (const previous of [true, false]) {
    const text = (await read(previous)).trim()
    // The kubelet answers this with status 200 if the log has just been rotated.
    if (text && !text.startsWith('unable to retrieve container logs'))
      return { previous, lines: text.split('\n').map((line) => line.slice(0, longestLine)) }
  }
  return noLog
}
