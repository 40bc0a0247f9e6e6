import { describeMatchers } from '../clients/alertMatchers.ts'
import type { Silence } from '../clients/alertmanager.ts'
import { alertReceiver, type Notification } from '../clients/alertReceiver.ts'
import { operatedWorkload, type ObjectName } from '../config/components.ts'
import type { Labels, Rule } from '../clients/prometheus.ts'
import { describeLabels } from '../clients/selectors.ts'
import { countOf } from '../lib/messages.ts'
import { describeSeconds } from '../lib/progress.ts'
import { nameOf, recent, watchdog } from './alertProof.ts'
import {
  describeRoute,
  inhibitionOf,
  matchedRoutes,
  operatorOf,
  sendsResolved,
  silencesOf,
  type AlertmanagerConfiguration,
  type MatchedRoute,
} from './alertRoutes.ts'
import type { FailedNotification } from './notificationLog.ts'
import { reapplyChart } from './remedies.ts'
import { durationSeconds } from '../lib/promql.ts'

/** The stations of an alert on its way from its rule to the receiver. */
export type Delivery = Readonly<{
  /** The names of the resources. */
  prometheus: ObjectName
  alertmanager: ObjectName
  /** The URL of Alertmanager. */
  url: string
  labels: Labels
  rule: Rule
  /** The states that its rule had in the last 20 s, other than inactive. */
  states: readonly string[]
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

const correctConfiguration = ({ alertmanager }: Pick<Delivery, 'alertmanager'>): string =>
  `correct alertmanager.config in values/kube-prometheus-stack.yaml (Secret ${alertmanager.namespace}/${operatedWorkload('Alertmanager', alertmanager).name}), ` +
  `or the AlertmanagerConfig behind it; ${reapplyChart}`

const describeFiring = ({ labels, rule, states, missingMetrics }: Delivery): readonly string[] => {
  const name = labels['alertname']
  if (rule.health === 'err')
    return [
      `rule ${name} of group ${rule.group} cannot be evaluated: ${rule.lastError}\n  remedy: correct its PrometheusRule; \`kubectl get prometheusrules -A\` lists them`,
    ]
  if (states.includes('firing')) return []
  if (states.includes('pending'))
    return [
      `rule ${name} of group ${rule.group} is pending and has not fired for ${describeSeconds(recent / 1000)}: it fires only after ${rule.duration} s (for)\n` +
        '  remedy: correct its PrometheusRule; `kubectl get prometheusrules -A` lists them',
    ]
  const missing = missingMetrics.length > 0 ? `: there is no metric ${missingMetrics.join(', ')}` : ''
  return [
    `rule ${name} of group ${rule.group} has not fired for ${describeSeconds(recent / 1000)}: its expression, ${rule.query}, has had no result${missing}\n` +
      '  remedy: see app-targets for whether the app is scraped, and prometheus-rules for whether rules are evaluated',
  ]
}

/** @param url that of Alertmanager */
const describeSilence = (name: string, url: string, { id, createdBy, comment, endsAt, matchers }: Silence) =>
  `${name} is silenced until ${endsAt} by ${createdBy || 'somebody'} (${JSON.stringify(comment)}): silence ${id} has the matchers ` +
  `${describeMatchers(matchers.map((one) => ({ ...one, operator: operatorOf(one) })))}\n` +
  `  remedy: \`curl -X DELETE ${url}/api/v2/silence/${id}\` ends it`

// Seconds. The canary fires for five, and Watchdog must be repeated more often than a proof may be old.
const longestWait = 5
const longestRepeat = 10

const describeTimes = (name: string, route: MatchedRoute, delivery: Delivery): readonly string[] => {
  const { mutingIntervals: muting } = delivery
  const { muteTimeIntervals, activeTimeIntervals, groupWait, groupInterval, repeatInterval } = route
  const inForce = (intervals: readonly string[]) =>
    intervals.some((interval) => muting.includes(interval)) ? 'is' : 'may be'
  const isLate = durationSeconds(groupWait) > longestWait || durationSeconds(groupInterval) > longestWait
  const isSilent = name === nameOf(watchdog) && durationSeconds(repeatInterval) > longestRepeat
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
  ].map(
    (how) =>
      `${describeRoute(route)}, which takes ${name}, ${how}\n  remedy: ${correctConfiguration(delivery)}`,
  )
}

const describeRouting = (delivery: Delivery, status: Notification['status']): readonly string[] => {
  const { labels, configuration } = delivery
  const name = labels['alertname'] ?? ''
  const routes = matchedRoutes(configuration, labels)
  const ours = routes.find(({ receiver }) => receiver === alertReceiver.name)
  if (!ours)
    return [
      `Alertmanager does not send ${name} to ${alertReceiver.name}: ${routes.map((route) => `${describeRoute(route)} sends it to ${route.receiver}`).join('; ')}\n  remedy: ${correctConfiguration(delivery)}`,
    ]
  return [
    ...describeTimes(name, ours, delivery),
    ...(status === 'resolved' && !sendsResolved(configuration, alertReceiver.name)
      ? [
          `receiver ${alertReceiver.name} has send_resolved: false, so Alertmanager sends it no resolution\n  remedy: ${correctConfiguration(delivery)}`,
        ]
      : []),
  ]
}

const describeInhibition = (delivery: Delivery): readonly string[] => {
  const { labels, configuration, active } = delivery
  const found = inhibitionOf(configuration, labels, active)
  return found
    ? [
        `${labels['alertname']} is inhibited by alert ${found.source['alertname']} (${describeLabels(found.source)}): inhibit rule ${found.rule}\n  remedy: resolve that alert, or ${correctConfiguration(delivery)}`,
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

export const describeSendErrors = (
  errors: readonly string[],
  { namespace }: ObjectName,
): readonly string[] =>
  errors.length === 0
    ? []
    : [
        `Prometheus could not send alerts to Alertmanager in the last 20 s: ${errors.slice(0, 3).join('; ')}${errors.length > 3 ? `; and ${countOf(errors.length - 3, 'more error')}` : ''}\n` +
          `  remedy: check spec.alerting of the Prometheus resource (\`kubectl -n ${namespace} get prometheus -o yaml\`), and that Alertmanager answers there`,
      ]

const describeDrop = (alert: string, step: string): string =>
  `Prometheus drops ${alert} before it sends it: alert relabeling ${step}\n` +
  '  remedy: correct prometheus.prometheusSpec.additionalAlertRelabelConfigs in values/kube-prometheus-stack.yaml, or the Secret that it names'

/** What keeps an alert with these labels from every receiver, whatever the routes say. */
export const describeMuting = (
  alert: string,
  labels: Labels,
  { silences, droppedBy, url }: Pick<Delivery, 'silences' | 'droppedBy' | 'url'>,
): readonly string[] => [
  ...(droppedBy === undefined ? [] : [describeDrop(alert, droppedBy)]),
  ...silencesOf(silences, labels).map((silence) => describeSilence(alert, url, silence)),
]

/** Where an alert is lost, station by station; empty if every station looks right. */
export const describeLoss = (delivery: Delivery, status: Notification['status']): readonly string[] => {
  const { labels, failed, sendErrors } = delivery
  const name = labels['alertname'] ?? ''
  const notFiring = describeFiring(delivery)
  if (notFiring.length > 0) return notFiring
  return [
    ...describeMuting(name, labels, delivery),
    ...describeSendErrors(sendErrors, delivery.prometheus),
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
