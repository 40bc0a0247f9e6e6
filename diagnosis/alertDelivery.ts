import type { Alertmanager } from '../clients/alertmanager.ts'
import { alertReceiver, readReceived, type Notification, type Received } from '../clients/alertReceiver.ts'
import type { OperatedComponents } from '../config/components.ts'
import type { Servers } from '../config/endpoints.ts'
import { HttpError } from '../clients/http.ts'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import { messageOf } from '../lib/messages.ts'
import { selectorsOf } from '../lib/promql.ts'
import { droppingRelabeling, explainAlert, parseSending } from './alerting.ts'
import { describeLoss } from './alertLoss.ts'
import { arrivingLabels, deliveryShortfall, nameOf, recent, type ProvingAlert } from './alertProof.ts'
import { parseConfiguration } from './alertRoutes.ts'
import { readFailedNotifications, readSendErrors } from './notificationLog.ts'
import { explainBackends } from './services.ts'

/** What the alert receiver got. If it does not answer, the error says why. */
export const receivedOrWhyNot = async (kubernetes: Kubernetes): Promise<Received> => {
  try {
    return await readReceived(kubernetes)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    throw new Error(
      [
        `the alert receiver does not answer: ${messageOf(error)}`,
        ...(await explainReceiver(kubernetes)),
      ].join('\n'),
      { cause: error },
    )
  }
}

const explainReceiver = async (kubernetes: Kubernetes): Promise<readonly string[]> => {
  try {
    return await explainBackends(kubernetes, [await kubernetes.core.readNamespacedService(alertReceiver)])
  } catch (error) {
    if (apiStatus(error) !== 404) throw error
    return [
      `there is no Service ${alertReceiver.namespace}/${alertReceiver.name}\n` +
        '  remedy: `E2E_KEEP=1 npm test` applies manifests/alert-receiver.yaml',
    ]
  }
}

type Clients = Readonly<{
  kubernetes: Kubernetes
  prometheus: Prometheus
  alertmanager: Alertmanager
  components: OperatedComponents
  servers: Servers
}>

/** What all alerts share on their way. */
const readStations = async ({ kubernetes, prometheus, alertmanager, components }: Clients) => {
  const [rules, discovered, sending, states, sendErrors, { config }, active, silences, muting, failed] =
    await Promise.all([
      prometheus.rules(),
      prometheus.alertmanagers(),
      prometheus.loadedConfig(),
      prometheus.query(`last_over_time(ALERTS[${recent / 1000}s])`),
      readSendErrors(kubernetes, components.prometheus),
      alertmanager.status(),
      alertmanager.alerts(),
      alertmanager.silences(),
      alertmanager.mutingIntervals(),
      readFailedNotifications(kubernetes, components.alertmanager),
    ])
  return {
    rules,
    discovered,
    sending: parseSending(sending),
    states: states.map(({ labels }) => labels),
    sendErrors,
    configuration: parseConfiguration(config.original),
    active: active.map(({ labels }) => labels),
    silences,
    mutingIntervals: muting,
    failed,
  }
}
type Stations = Awaited<ReturnType<typeof readStations>>

// Until the first alerts arrive, three claims ask every second.
const stationsLastMs = 3000
const known = new WeakMap<Kubernetes, Readonly<{ at: number; stations: Promise<Stations> }>>()
const recentStations = (clients: Clients): Promise<Stations> => {
  const last = known.get(clients.kubernetes)
  if (last && Date.now() - last.at < stationsLastMs) return last.stations
  const stations = readStations(clients)
  known.set(clients.kubernetes, { at: Date.now(), stations })
  return stations
}

const missingMetrics = async (prometheus: Prometheus, query: string): Promise<readonly string[]> => {
  const names = [...new Set(selectorsOf(query).flatMap(({ metric }) => metric ?? []))]
  if (names.length === 0) return []
  const found = await prometheus.query(`count by (__name__) ({__name__=~"${names.join('|')}"})`)
  return names.filter((name) => !found.some(({ labels }) => labels['__name__'] === name))
}

/** Why an alert does not arrive at the alert receiver. */
const explainLoss = async (
  clients: Clients,
  alert: ProvingAlert,
  status: Notification['status'],
): Promise<readonly string[]> => {
  const { kubernetes, prometheus, components, servers } = clients
  const labels = arrivingLabels(alert, components.prometheus)
  const name = nameOf(alert)
  const { rules, discovered, sending, ...stations } = await recentStations(clients)
  const rule = rules.find((one) => one.name === name)
  if (!rule || discovered.length === 0)
    return explainAlert(kubernetes, components.prometheus, prometheus, name)
  const states = stations.states.flatMap(({ alertname, alertstate = '' }) =>
    alertname === name ? [alertstate] : [],
  )
  const losses = describeLoss(
    {
      ...stations,
      prometheus: components.prometheus,
      alertmanager: components.alertmanager,
      url: servers.alertmanager?.url ?? '',
      labels,
      rule,
      states,
      missingMetrics: states.length > 0 ? [] : await missingMetrics(prometheus, rule.query),
      droppedBy: droppingRelabeling(sending, labels),
    },
    status,
  )
  if (losses.length > 0) return losses
  const isKnown = stations.active.some((active) => active['alertname'] === name)
  return [
    `${name} fires in Prometheus, which logs no error and sends to ${discovered.join(', ')}; ` +
      `${isKnown ? 'Alertmanager has it' : 'Alertmanager does not have it at this moment'} and logs no failed notification\n` +
      `  remedy: \`kubectl -n ${components.alertmanager.namespace} logs -l app.kubernetes.io/name=alertmanager -c alertmanager\` shows what Alertmanager does`,
  ]
}

/** Why an alert's firings or resolutions do not arrive at the alert receiver; empty if they do. */
export const deliveryShortfalls = async (
  clients: Clients,
  alert: ProvingAlert,
  status: Notification['status'],
): Promise<readonly string[]> => {
  const shortfall = deliveryShortfall(
    await receivedOrWhyNot(clients.kubernetes),
    alert,
    status,
    clients.components.prometheus,
  )
  if (shortfall === undefined) return []
  const { text, isChanged } = shortfall
  return isChanged ? [text] : [text, ...(await explainLoss(clients, alert, status))]
}
