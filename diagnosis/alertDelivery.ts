import { describeMatchers } from '../clients/alertMatchers.ts'
import type { Alertmanager, Silence } from '../clients/alertmanager.ts'
import { alertReceiver, readReceived, type Notification, type Received } from '../clients/alertReceiver.ts'
import { HttpError } from '../clients/http.ts'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import type { Labels, Prometheus, Rule } from '../clients/prometheus.ts'
import { describeLabels } from '../clients/selectors.ts'
import { countOf, messageOf } from '../lib/messages.ts'
import { describeSeconds } from '../lib/progress.ts'
import { metricNames } from '../lib/promql.ts'
import { droppingRelabeling, explainAlert } from './alerting.ts'
import {
  describeRoute,
  inhibitionOf,
  matchedRoutes,
  operatorOf,
  parseConfiguration,
  sendsResolved,
  silencesOf,
  type AlertmanagerConfiguration,
  type MatchedRoute,
} from './alertRoutes.ts'
import { readFailedNotifications, readSendErrors, type FailedNotification } from './notificationLog.ts'
import { reapplyChart } from './remedies.ts'
import { explainBackends } from './services.ts'

/** An alert that must arrive at the alert receiver again and again, and what must arrive of it. */
export type ProvingAlert = Readonly<{ labels: Labels; annotations: Readonly<Record<string, RegExp>> }>

const external = { prometheus: 'monitoring/kube-prometheus-stack-prometheus' }
/** Fires for five seconds of every ten: manifests/alert-canary.yaml. */
export const canary: ProvingAlert = {
  labels: { alertname: 'E2ECanary', namespace: 'default', severity: 'none', ...external },
  annotations: {
    // The app has 50 to 200 users.
    summary: /^([5-9]\d|1\d\d|200) users are active$/,
    description: /^The shop in namespace default has users\./,
  },
}
/** Fires always; Alertmanager repeats it every five seconds. */
export const watchdog: ProvingAlert = {
  labels: { alertname: 'Watchdog', severity: 'none', ...external },
  annotations: { summary: /./ },
}

// Milliseconds. Twice the period of the canary: a proof is not older, so that it is one of this run, on a kept cluster too.
const recent = 20_000
// A firing that begins or ends is sent at once; Alertmanager repeats a firing whose end it has not heard of.
const prompt = 15_000

const nameOf = ({ labels }: ProvingAlert) => labels['alertname'] ?? ''
const seconds = (ms: number) => describeSeconds(ms / 1000)
const what = { firing: '', resolved: 'the resolution of ' }

type Shortfall = Readonly<{
  text: string
  /** It arrives, but is not what it should be. */
  isChanged?: true
}>

/** How the last notification of an alert is no proof that its firings or resolutions arrive; undefined if it is one. */
export const deliveryShortfall = (
  { now, notifications }: Received,
  alert: ProvingAlert,
  status: Notification['status'],
): Shortfall | undefined => {
  const name = nameOf(alert)
  const last = notifications.findLast(
    (one) => one.receiver === alertReceiver.name && one.labels['alertname'] === name && one.status === status,
  )
  const it = `${what[status]}${name}`
  if (!last) return { text: `${it} has not arrived at the alert receiver` }
  const age = now - last.receivedAt
  if (age > recent) return { text: `${it} arrived at the alert receiver ${seconds(age)} ago, and not since` }
  const began = Date.parse(status === 'firing' ? last.startsAt : last.endsAt)
  // Watchdog began when Prometheus started.
  if (alert === canary && last.receivedAt - began > prompt)
    return {
      text: `${it} arrives at the alert receiver, but it ${status === 'firing' ? 'began' : 'ended'} ${seconds(last.receivedAt - began)} before: none that is newer arrives`,
    }
  const differing = [
    ...Object.entries(alert.labels)
      .filter(([label, value]) => last.labels[label] !== value)
      .map(([label, value]) => `label ${label} is ${last.labels[label] ?? 'missing'}, not ${value}`),
    ...Object.entries(alert.annotations)
      .filter(([annotation, pattern]) => !pattern.test(last.annotations[annotation] ?? ''))
      .map(([annotation, pattern]) => {
        const text = last.annotations[annotation]
        return `annotation ${annotation} is ${text === undefined ? 'missing' : `${JSON.stringify(text)}, which does not match ${String(pattern)}`}`
      }),
  ]
  if (differing.length === 0) return undefined
  const text =
    `${it} arrives at the alert receiver changed: ${differing.join('; ')}\n` +
    '  remedy: `kubectl get prometheusrules -A -o yaml` shows the labels and annotations of its rule, ' +
    '`kubectl -n monitoring get prometheus -o yaml` the external labels and alert relabelings that Prometheus applies'
  return { text, isChanged: true }
}

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

/** The stations of an alert on its way from its rule to the receiver. */
export type Delivery = Readonly<{
  labels: Labels
  rule: Rule | undefined
  /** Whether the rule fired in the last 20 s. */
  fired: boolean
  /** Metrics of its expression that have no series. */
  missingMetrics: readonly string[]
  sendErrors: readonly string[]
  /** The step of Prometheus' alert relabeling that drops it. */
  droppedBy: string | undefined
  configuration: AlertmanagerConfiguration
  /** The labels of the alerts that Alertmanager has. */
  active: readonly Labels[]
  silences: readonly Silence[]
  /** Time intervals that mute a route right now. */
  mutingIntervals: readonly string[]
  failed: readonly FailedNotification[]
}>

const correctConfiguration =
  'correct alertmanager.config in values/kube-prometheus-stack.yaml (Secret monitoring/alertmanager-kube-prometheus-stack-alertmanager), ' +
  `or the AlertmanagerConfig behind it; ${reapplyChart}`

const describeFiring = ({ labels, rule, fired, missingMetrics }: Delivery): readonly string[] => {
  const name = labels['alertname']
  if (!rule) return []
  if (rule.health === 'err')
    return [
      `rule ${name} of group ${rule.group} cannot be evaluated: ${rule.lastError}\n  remedy: correct its PrometheusRule; \`kubectl get prometheusrules -A\` lists them`,
    ]
  if (fired) return []
  const missing = missingMetrics.length > 0 ? `: there is no metric ${missingMetrics.join(', ')}` : ''
  return [
    `rule ${name} of group ${rule.group} has not fired for ${seconds(recent)}: its expression, ${rule.query}, has had no result${missing}\n` +
      '  remedy: see app-targets for whether the app is scraped, and prometheus-rules for whether rules are evaluated',
  ]
}

const describeSilence = (name: string, { id, createdBy, comment, endsAt, matchers }: Silence) =>
  `${name} is silenced until ${endsAt} by ${createdBy || 'somebody'} (${JSON.stringify(comment)}): silence ${id} has the matchers ` +
  `${describeMatchers(matchers.map((one) => ({ ...one, operator: operatorOf(one) })))}\n` +
  `  remedy: \`curl -X DELETE http://127.0.0.1:30903/api/v2/silence/${id}\` ends it`

const secondsOf = (duration: string): number => {
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
  return [...duration.matchAll(/(\d+)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  )
}
// Seconds. The canary fires for five, and Watchdog must be repeated more often than a proof may be old.
const longestWait = 5
const longestRepeat = 10

const describeTimes = (name: string, route: MatchedRoute, muting: readonly string[]): readonly string[] => {
  const { muteTimeIntervals, activeTimeIntervals, groupWait, groupInterval, repeatInterval } = route
  const inForce = (intervals: readonly string[]) =>
    intervals.some((interval) => muting.includes(interval)) ? 'is' : 'may be'
  const isLate = secondsOf(groupWait) > longestWait || secondsOf(groupInterval) > longestWait
  const isSilent = name === nameOf(watchdog) && secondsOf(repeatInterval) > longestRepeat
  return [
    ...(muteTimeIntervals.length > 0
      ? [`${inForce(muteTimeIntervals)} muted now by mute_time_intervals ${muteTimeIntervals.join(', ')}`]
      : []),
    ...(activeTimeIntervals.length > 0
      ? [
          `${inForce(activeTimeIntervals)} muted now, outside its active_time_intervals ${activeTimeIntervals.join(', ')}`,
        ]
      : []),
    ...(isLate
      ? [
          `waits ${groupWait} before it sends the first notification of a group (group_wait) and ${groupInterval} before the next (group_interval); each must be at most ${longestWait} s`,
        ]
      : []),
    ...(isSilent
      ? [
          `repeats an alert that goes on firing after ${repeatInterval} (repeat_interval), which must be at most ${longestRepeat} s`,
        ]
      : []),
  ].map((how) => `${describeRoute(route)}, which takes ${name}, ${how}\n  remedy: ${correctConfiguration}`)
}

const describeRouting = (
  { labels, configuration, mutingIntervals }: Delivery,
  status: Notification['status'],
): readonly string[] => {
  const name = labels['alertname'] ?? ''
  const routes = matchedRoutes(configuration, labels)
  const ours = routes.find(({ receiver }) => receiver === alertReceiver.name)
  if (!ours)
    return [
      `Alertmanager does not send ${name} to ${alertReceiver.name}: ${routes.map((route) => `${describeRoute(route)} sends it to ${route.receiver}`).join('; ')}\n  remedy: ${correctConfiguration}`,
    ]
  return [
    ...describeTimes(name, ours, mutingIntervals),
    ...(status === 'resolved' && !sendsResolved(configuration, alertReceiver.name)
      ? [
          `receiver ${alertReceiver.name} has send_resolved: false, so Alertmanager sends it no resolution\n  remedy: ${correctConfiguration}`,
        ]
      : []),
  ]
}

const describeInhibition = ({ labels, configuration, active }: Delivery): readonly string[] => {
  const found = inhibitionOf(configuration, labels, active)
  return found
    ? [
        `${labels['alertname']} is inhibited by alert ${found.source['alertname']} (${describeLabels(found.source)}): inhibit rule ${found.rule}\n  remedy: resolve that alert, or ${correctConfiguration}`,
      ]
    : []
}

export const describeFailed = ({ receiver, integration, error }: FailedNotification): string =>
  `Alertmanager cannot notify receiver ${receiver} through ${integration}: ${error}\n` +
  `  remedy: check that the receiver runs and that its URL, credentials and certificates are right: ${
    receiver.includes('/')
      ? `AlertmanagerConfig ${receiver.split('/').slice(0, 2).join('/')} holds them`
      : 'alertmanager.config in values/kube-prometheus-stack.yaml holds them'
  }`

export const describeSendErrors = (errors: readonly string[]): readonly string[] =>
  errors.length === 0
    ? []
    : [
        `Prometheus could not send alerts to Alertmanager in the last 20 s: ${errors.slice(0, 3).join('; ')}${errors.length > 3 ? `; and ${countOf(errors.length - 3, 'more error')}` : ''}\n` +
          '  remedy: check spec.alerting of the Prometheus resource (`kubectl -n monitoring get prometheus -o yaml`), and that Alertmanager answers there',
      ]

/** Where an alert is lost, station by station; empty if every station looks right. */
export const describeLoss = (delivery: Delivery, status: Notification['status']): readonly string[] => {
  const { labels, silences, failed, sendErrors, droppedBy } = delivery
  const name = labels['alertname'] ?? ''
  const notFiring = describeFiring(delivery)
  if (notFiring.length > 0) return notFiring
  return [
    ...(droppedBy === undefined
      ? []
      : [
          `Prometheus drops ${name} before it sends it: alert relabeling ${droppedBy}\n` +
            '  remedy: correct prometheus.prometheusSpec.additionalAlertRelabelConfigs in values/kube-prometheus-stack.yaml, or the Secret that it names',
        ]),
    ...describeSendErrors(sendErrors),
    ...silencesOf(silences, labels).map((silence) => describeSilence(name, silence)),
    ...describeInhibition(delivery),
    ...describeRouting(delivery, status),
    // We have just asked the receiver for what it got.
    ...failed
      .filter(({ receiver }) => receiver === alertReceiver.name)
      .map(
        (failure) =>
          `the alert receiver answers the API server, but ${describeFailed(failure)}; its URL is http://alert-receiver.monitoring:8080/`,
      ),
  ]
}

type Servers = Readonly<{ kubernetes: Kubernetes; prometheus: Prometheus; alertmanager: Alertmanager }>

const missingOf = async (prometheus: Prometheus, query: string): Promise<readonly string[]> => {
  const names = metricNames(query)
  if (names.length === 0) return []
  const found = await prometheus.query(`count by (__name__) ({__name__=~"${names.join('|')}"})`)
  return names.filter((name) => !found.some(({ labels }) => labels['__name__'] === name))
}

const readDelivery = async (
  { kubernetes, prometheus, alertmanager }: Servers,
  labels: Labels,
): Promise<Delivery> => {
  const name = labels['alertname'] ?? ''
  const [rules, sending, fired, errors, { config }, active, silences, mutingIntervals, failed] =
    await Promise.all([
      prometheus.rules(),
      prometheus.configuration(),
      prometheus.query(`last_over_time(ALERTS{alertname="${name}", alertstate="firing"}[${recent / 1000}s])`),
      readSendErrors(kubernetes),
      alertmanager.status(),
      alertmanager.alerts(),
      alertmanager.silences(),
      alertmanager.mutingIntervals(),
      readFailedNotifications(kubernetes),
    ])
  const rule = rules.find((one) => one.name === name)
  return {
    labels,
    rule,
    fired: fired.length > 0,
    missingMetrics: rule && fired.length === 0 ? await missingOf(prometheus, rule.query) : [],
    sendErrors: errors,
    droppedBy: droppingRelabeling(sending, labels),
    configuration: parseConfiguration(config.original),
    active: active.map((alert) => alert.labels),
    silences,
    mutingIntervals,
    failed,
  }
}

/** Why an alert does not arrive at the alert receiver. */
const explainLoss = async (
  servers: Servers,
  { labels }: ProvingAlert,
  status: Notification['status'],
): Promise<readonly string[]> => {
  const { kubernetes, prometheus } = servers
  const name = labels['alertname'] ?? ''
  const [delivery, discovered] = await Promise.all([
    readDelivery(servers, labels),
    prometheus.alertmanagers(),
  ])
  if (!delivery.rule || discovered.length === 0) return explainAlert(kubernetes, prometheus, name)
  const losses = describeLoss(delivery, status)
  if (losses.length > 0) return losses
  const isKnown = delivery.active.some((active) => active['alertname'] === name)
  return [
    `${name} fires in Prometheus, which logs no error and sends to ${discovered.join(', ')}; ` +
      `${isKnown ? 'Alertmanager has it' : 'Alertmanager does not have it at this moment'} and logs no failed notification\n` +
      '  remedy: `kubectl -n monitoring get prometheus -o yaml` shows alert relabelings that may drop it, ' +
      '`kubectl -n monitoring logs -l app.kubernetes.io/name=alertmanager -c alertmanager` what Alertmanager does',
  ]
}

/** Why an alert's firings or resolutions do not arrive at the alert receiver; empty if they do. */
export const deliveryShortfalls = async (
  servers: Servers,
  alert: ProvingAlert,
  status: Notification['status'],
): Promise<readonly string[]> => {
  const shortfall = deliveryShortfall(await receivedOrWhyNot(servers.kubernetes), alert, status)
  if (shortfall === undefined) return []
  const { text, isChanged } = shortfall
  return isChanged ? [text] : [text, ...(await explainLoss(servers, alert, status))]
}
