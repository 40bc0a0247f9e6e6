import type { Kubernetes } from '../clients/kubernetes.ts'
import { operatedWorkload, type ObjectName } from '../config/components.ts'
import { parseLogfmt } from '../lib/logfmt.ts'
import { countOf } from '../lib/messages.ts'
import type { Reader } from './monitoringObjects.ts'
import { readLogs } from './componentPods.ts'

/** The fields of a log line of Prometheus or Alertmanager, in logfmt or JSON. */
type Line = Readonly<Record<string, string>>

const parseLine = (text: string): Line => {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text) as Line
    } catch {
      return {}
    }
  }
  return parseLogfmt(text)
}

/** What Alertmanager cannot deliver. */
export type FailedNotification = Readonly<{
  receiver: string
  /** `webhook[0]` */
  integration: string
  error: string
  /** Milliseconds since 1970. */
  at: number
}>

const attemptFailed = 'Notify attempt failed, will retry later'
const gaveUp =
  /(?:^|: )(?<receiver>[^:]+)\/(?<integration>\w+\[\d+\]): notify retry canceled[^:]*: (?<error>.*)$/s

const failureOf = ({
  msg = '',
  receiver = '',
  integration = '',
  err = '',
  time = '',
}: Line): readonly FailedNotification[] => {
  const at = Date.parse(time)
  if (msg === attemptFailed) return [{ receiver, integration, error: err, at }]
  const groups = msg === 'Notify for alerts failed' ? gaveUp.exec(err)?.groups : undefined
  const { receiver: name = '', integration: which = '', error = '' } = groups ?? {}
  return groups ? [{ receiver: name, integration: which, error, at }] : []
}

/**
 * The last failure of each integration in Alertmanager's log since it loaded its configuration, unless a later attempt
 * succeeded. It logs a success only after a failed attempt of the same notification.
 */
export const failedNotifications = (log: string): readonly FailedNotification[] => {
  const failed = new Map<string, FailedNotification>()
  for (const line of log.split('\n').map(parseLine)) {
    if (line['msg'] === 'Completed loading of configuration file') failed.clear()
    if (line['msg'] === 'Notify success') failed.delete(`${line['receiver']}/${line['integration']}`)
    for (const failure of failureOf(line)) failed.set(`${failure.receiver}/${failure.integration}`, failure)
  }
  return [...failed.values()]
}

/** Why Prometheus could not send alerts, by its log: each error once. */
export const sendErrors = (log: string): readonly string[] => {
  const errors = log
    .split('\n')
    .map(parseLine)
    .filter(({ component, level = '' }) => component === 'notifier' && /^(warn|error)$/i.test(level))
    .map(({ alertmanager = '', msg = '', err = msg }) =>
      err.includes(alertmanager) ? err : `${alertmanager}: ${err}`,
    )
  return [...Map.groupBy(errors, (error) => error)].map(
    ([error, all]) => `${error}${all.length > 1 ? ` (${countOf(all.length, 'time')})` : ''}`,
  )
}

const readLogOf = async (
  kubernetes: Kubernetes,
  reader: Reader,
  object: ObjectName,
  sinceSeconds: number,
): Promise<string> => {
  const workload = operatedWorkload(reader, object)
  const lines = { container: reader.toLowerCase(), sinceSeconds, tailLines: 500 }
  return (await readLogs(kubernetes, workload, lines)).join('\n')
}

/**
 * What Alertmanager could not deliver in the last five minutes, the longest default interval between two tries.
 * @param object the name of its resource
 */
export const readFailedNotifications = async (
  kubernetes: Kubernetes,
  object: ObjectName,
): Promise<readonly FailedNotification[]> =>
  failedNotifications(await readLogOf(kubernetes, 'Alertmanager', object, 300))

/**
 * Why Prometheus could not send alerts in the last 20 s; the canary alone makes it send every 5 s.
 * @param object the name of its resource
 */
export const readSendErrors = async (
  kubernetes: Kubernetes,
  object: ObjectName,
): Promise<readonly string[]> => sendErrors(await readLogOf(kubernetes, 'Prometheus', object, 20))
