import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { LoggedContainer, OpenSearch } from '../clients/opensearch.ts'
import type { ObjectName } from '../config/components.ts'
import type { Server } from '../config/endpoints.ts'
import { withLimit } from '../lib/eventually.ts'
import { utcTime } from '../lib/messages.ts'
import { describeSeconds } from '../lib/progress.ts'
import { isDeletedDay, oldestDay } from './logDays.ts'
import { readRefusals } from './refusals.ts'
import { isPodOf, podsOf } from './componentPods.ts'
import { readIndexObstacles } from './logIndexSettings.ts'
import type { Collection, MissingLog } from './missingLogs.ts'
import { readVectorConfig } from './vectorConfig.ts'

/** A line is searchable this long after it was written, in milliseconds. Vector looks for files every 2 s, sends and OpenSearch refreshes every second. */
export const deliveryBoundMs = 20_000

// A kubelet that does not answer is the claim of others.
const kubeletLimitMs = 2500

type LogLine = Readonly<{ time: number; line: string }>

/** Lines of a log with timestamps. */
export const parseLogLines = (text: string): readonly LogLine[] =>
  text.split('\n').flatMap((row) => {
    const [, time, line = ''] = /^(\d{4}-\d\d-\d\dT\S+(?:Z|[+-]\d\d:\d\d)) ?(.*)$/.exec(row) ?? []
    return time === undefined ? [] : [{ time: Date.parse(time), line }]
  })

/** The log of a container; undefined if the kubelet does not answer in time. */
const readText = async (
  { get }: Kubernetes,
  { metadata }: V1Pod,
  container: string,
  options: string,
): Promise<string | undefined> => {
  const path = `/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}/log`
  const request = get(`${path}?container=${container}&${options}`)
  const text = await withLimit(request, kubeletLimitMs).catch(() => undefined)
  return typeof text === 'string' ? text : undefined
}

/** The lines of a log; none if the kubelet does not answer, because then nothing is known of the container. */
const readLog = async (
  kubernetes: Kubernetes,
  pod: V1Pod,
  container: string,
  options: string,
): Promise<readonly LogLine[]> =>
  parseLogLines((await readText(kubernetes, pod, container, `timestamps=true&${options}`)) ?? '')

/** The log of a container or, if it has restarted, of its previous run; undefined if the kubelet does not return it. */
export const containerText = (
  kubernetes: Kubernetes,
  pod: V1Pod,
  container: string,
): Promise<string | undefined> => {
  const { restartCount = 0 } = pod.status?.containerStatuses?.find(({ name }) => name === container) ?? {}
  return readText(kubernetes, pod, container, `previous=${restartCount > 0}`)
}

/** The containers that have run, or run. */
const startedContainers = ({ status }: V1Pod): readonly string[] =>
  [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ]
    .filter(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated)
    .map(({ name }) => name)

/** The last line of a container if a line that should be searchable by now is newer than its newest document. */
const missingLog = async (
  kubernetes: Kubernetes,
  pod: V1Pod,
  container: string,
  known: LoggedContainer | undefined,
  now: number,
): Promise<readonly MissingLog[]> => {
  const newest = known?.newest
  const due = now - deliveryBoundMs
  // Its documents have no time: that is another claim.
  if (known && newest === undefined) return []
  if (newest !== undefined && newest > due) return []
  const [last] = (await readLog(kubernetes, pod, container, 'tailLines=1')).slice(-1)
  if (!last || last.time <= (newest ?? 0)) return []
  const found = [{ pod, container, last, newest }]
  if (last.time <= due) return found
  // The last line is too young to tell; the first one that has no document may be older.
  const since = newest === undefined ? '' : `&sinceTime=${new Date(newest).toISOString().slice(0, 19)}Z`
  const lines = await readLog(kubernetes, pod, container, `limitBytes=65536${since}`)
  return lines.some(({ time }) => time > (newest ?? 0) && time <= due) ? found : []
}

// Another claim is about clocks that differ by a few seconds.
const futureMs = 10_000

/** The containers whose newest document lies in the future: its time is not the one at which the line was written. */
export const futureLogs = async (
  kubernetes: Kubernetes,
  opensearch: OpenSearch,
): Promise<readonly string[]> => {
  const [logged, now] = await Promise.all([opensearch.loggedContainers(), kubernetes.clock()])
  return logged.flatMap(({ namespace, pod, container, newest = 0 }) =>
    newest > now + futureMs
      ? [
          `container ${container} of Pod ${namespace}/${pod} has a document of ${utcTime(newest)}, ${describeSeconds((newest - now) / 1000)} in the future: searches of the last minutes do not find it\n` +
            '  remedy: look at what sets @timestamp in the transforms of values/vector.yaml: a time without a time zone is read as UTC, or the app writes a wrong time',
        ]
      : [],
  )
}

/** Every container that has written a line which OpenSearch does not have, in these namespaces or in any. */
export const findMissingLogs = async (
  kubernetes: Kubernetes,
  opensearch: OpenSearch,
  vector: ObjectName,
  namespaces?: readonly string[],
): Promise<readonly MissingLog[]> => {
  const [{ items }, logged, now] = await Promise.all([
    kubernetes.core.listPodForAllNamespaces(),
    opensearch.loggedContainers(),
    // The clock of this machine may differ from the clocks that stamp the lines; another claim checks that.
    kubernetes.clock(),
  ])
  const keyOf = (...names: readonly (string | undefined)[]) => names.join('/')
  const known = new Map(logged.map((one) => [keyOf(one.namespace, one.pod, one.container), one]))
  // Vector does not collect its own logs, and those of a pod that is being deleted may be gone at any moment.
  const pods = items
    .filter((pod) => !isPodOf(pod, vector) && !pod.metadata?.deletionTimestamp)
    .filter(({ metadata }) => namespaces?.includes(metadata?.namespace ?? '') ?? true)
  const found = pods.flatMap((pod) =>
    startedContainers(pod).map((container) => {
      const key = keyOf(pod.metadata?.namespace, pod.metadata?.name, container)
      return missingLog(kubernetes, pod, container, known.get(key), now)
    }),
  )
  const missing = (await Promise.all(found)).flat()
  if (missing.every(({ newest }) => newest !== undefined)) return missing
  const oldest = oldestDay(await opensearch.indices())
  return missing.filter(({ newest, last }) => newest !== undefined || !isDeletedDay(last.time, oldest))
}

// An error of this long ago may still be why a line is missing.
const recentMs = 120_000

export const readCollection = async (
  kubernetes: Kubernetes,
  vector: ObjectName,
  opensearch: OpenSearch,
  server: Server,
): Promise<Collection> => {
  const [config, pods, { items }, obstacles] = await Promise.all([
    readVectorConfig(kubernetes, vector),
    podsOf(kubernetes, vector),
    kubernetes.core.listNamespace(),
    readIndexObstacles(opensearch, deliveryBoundMs, server),
  ])
  const errors = await readRefusals(kubernetes, pods, Date.now() - recentMs)
  const namespaces = items.map(({ metadata }) => [metadata?.name ?? '', metadata?.labels ?? {}] as const)
  return {
    vector,
    opensearch: server,
    config,
    vectorPods: pods,
    namespaces: Object.fromEntries(namespaces),
    errors,
    obstacles,
  }
}
