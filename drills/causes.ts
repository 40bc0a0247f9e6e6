import type { V1Pod } from '@kubernetes/client-node'
import { timeOf } from '../diagnosis/evidence.ts'
import { podsOf, readLogs } from '../diagnosis/componentPods.ts'
import type { LineCount } from '../diagnosis/lineOracle.ts'
import { podName } from '../diagnosis/pods.ts'
import { discardsSince, readRefusals, saysLost } from '../diagnosis/refusals.ts'
import { describeVectorErrors } from '../diagnosis/vectorErrors.ts'
import { few, messageOf, utcTime } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import type { Clients } from '../specs/support/claim.ts'

/** The log files of a pod that have a lost line, by whether Vector can read them. */
export type LogFiles = Readonly<{ readable: readonly string[]; compressed: readonly string[] }>

/** What became of a line, by the log files that have it. */
export const fileCause = ({ node, writer, gaps }: LineCount, { readable, compressed }: LogFiles): string => {
  const line = `line ${gaps[0]?.split('–')[0]} of ${writer} on ${node}`
  if (readable.length > 0)
    return `${line} is still in ${readable.join(', ')}: Vector's checkpoint is beyond it, or its request was dropped`
  if (compressed.length > 0)
    return `${line} is only in ${compressed.join(', ')}: the kubelet rotated and compressed the file before Vector had read it`
  return `${line} is in no log file of its pod: the kubelet deleted the rotated file before Vector had read it, or the container runtime never wrote it`
}

const findFiles = async ({ node, pod, writer, gaps }: LineCount, within: number): Promise<LogFiles> => {
  const number = gaps[0]?.split('–')[0] ?? ''
  const find = `cd /var/log/pods/default_${pod}_*/ && zgrep -l -F ' writer=${writer} line=${number} ' */* || true`
  const { stdout } = await run('docker', ['exec', node, 'sh', '-c', find], { within })
  const files = stdout.split('\n').filter(Boolean)
  const isCompressed = (file: string) => file.endsWith('.gz')
  return { readable: files.filter((file) => !isCompressed(file)), compressed: files.filter(isCompressed) }
}

/** Whether Vector has restarted on a node since a time: what it held in memory is gone. */
const restartCause = (pod: V1Pod, since: number): readonly string[] => {
  const { state, lastState, restartCount = 0 } = pod.status?.containerStatuses?.[0] ?? {}
  const started = timeOf(state?.running?.startedAt) ?? 0
  if (started < since) return []
  const ended = lastState?.terminated
  const how = ended ? `ended with code ${ended.exitCode} and ` : ''
  return [
    `Vector on ${pod.spec?.nodeName} ${how}started at ${utcTime(started)}${restartCount > 0 ? ` (restart ${restartCount})` : ''}: what it had read and not sent is gone`,
  ]
}

/**
 * Why lines were lost: refused or dropped after retries, in the memory of a Vector that ended, or rotated unread.
 * @param since milliseconds since 1970
 */
export const lossCauses = async (
  { kubernetes, prometheus, components, servers }: Clients,
  lines: readonly LineCount[],
  since: number,
  within: number,
): Promise<readonly string[]> => {
  const losing = lines.filter(({ lost }) => lost > 0)
  if (losing.length === 0) return []
  const seconds = (Date.now() - since) / 1000
  const pods = await podsOf(kubernetes, components.vector)
  const nodes = losing.map(({ node }) => node)
  const own = pods.filter(({ spec }) => nodes.includes(spec?.nodeName ?? ''))
  const [counters, up, refusals, files] = await Promise.all([
    prometheus
      .history('{__name__="vector_component_discarded_events_total",job="vector"}', seconds)
      .catch(() => []),
    prometheus.history('up{job="vector"}', seconds).catch(() => []),
    readRefusals(kubernetes, own, since),
    Promise.all(
      losing.map((count) =>
        findFiles(count, within).then(
          (found) => fileCause(count, found),
          (error: unknown) => `the log files on ${count.node} could not be read: ${messageOf(error)}`,
        ),
      ),
    ),
  ])
  const discards = discardsSince(counters, up, own, since)
  return [
    ...discards.map(
      ({ pod, component, count }) =>
        `Vector has discarded ${count} events: component ${component} of Pod ${podName(pod)}`,
    ),
    // The last of each pod: the others say the same.
    ...describeVectorErrors(
      [...new Map(refusals.filter(saysLost).map((one) => [one.pod, one])).values()],
      servers.opensearch,
    ).slice(0, 3),
    ...own.flatMap((pod) => restartCause(pod, since)),
    few(files, 4, '\n'),
  ]
}

/** What Vector says of the requests that it sends again, the same text once. */
export const retryWarnings = (lines: readonly string[]): readonly string[] => [
  ...new Set(
    lines.flatMap((line) => {
      const [, text] = /vector::sinks::util::retries: (.*)/.exec(line) ?? []
      // Vector says once that it leaves out what it repeats.
      return text === undefined || text.startsWith('Internal log') ? [] : [text.slice(0, 300)]
    }),
  ),
]

/**
 * Why lines came late: what Vector says of its requests to OpenSearch.
 * @param since milliseconds since 1970
 */
export const delayCauses = async (
  { kubernetes, components }: Pick<Clients, 'kubernetes' | 'components'>,
  since: number,
): Promise<readonly string[]> => {
  const sinceSeconds = Math.ceil((Date.now() - since) / 1000)
  const lines = await readLogs(kubernetes, components.vector, { sinceSeconds, tailLines: 1000 })
  return retryWarnings(lines)
    .slice(-2)
    .map((text) => `Vector says: ${text}`)
}
