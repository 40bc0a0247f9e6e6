import { alertReceiver, type Notification, type Received } from '../clients/alertReceiver.ts'
import type { ObjectName } from '../config/components.ts'
import type { Labels } from '../clients/prometheus.ts'
import { describeSeconds } from '../lib/progress.ts'

/** An alert that must arrive at the alert receiver again and again, and what must arrive of it. */
export type ProvingAlert = Readonly<{ labels: Labels; annotations: Readonly<Record<string, RegExp>> }>

/** The labels with which it arrives: Prometheus adds the name of its resource. */
export const arrivingLabels = ({ labels }: ProvingAlert, { namespace, name }: ObjectName): Labels => ({
  ...labels,
  prometheus: `${namespace}/${name}`,
})

/** Fires for five seconds of every ten: manifests/alert-canary.yaml. */
export const canary: ProvingAlert = {
  labels: { alertname: 'E2ECanary', namespace: 'default', severity: 'none' },
  annotations: {
    // The app has 50 to 200 users.
    summary: /^([5-9]\d|1\d\d|200) users are active$/,
    description: /^The shop in namespace default has users\./,
  },
}
/** Fires always; Alertmanager repeats it every five seconds. */
export const watchdog: ProvingAlert = {
  labels: { alertname: 'Watchdog', severity: 'none' },
  annotations: { summary: /./ },
}

/** Milliseconds. Twice the period of the canary: no proof is older, so that on a kept cluster, too, it is one of this run. */
export const recent = 20_000
// A firing that begins or ends is sent at once; Alertmanager repeats a firing whose end it has not heard of.
const prompt = 15_000

export const nameOf = ({ labels }: ProvingAlert) => labels['alertname'] ?? ''
const seconds = (ms: number) => describeSeconds(ms / 1000)
const what = { firing: '', resolved: 'the resolution of ' }

type Shortfall = Readonly<{
  text: string
  /** It arrives, but is not what it should be. */
  isChanged?: true
}>

/**
 * How the last notification of an alert is no proof that its firings or resolutions arrive; undefined if it is one.
 * @param object the name of the Prometheus resource
 */
export const deliveryShortfall = (
  { now, notifications }: Received,
  alert: ProvingAlert,
  status: Notification['status'],
  object: ObjectName,
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
    ...Object.entries(arrivingLabels(alert, object))
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
    `\`kubectl -n ${object.namespace} get prometheus -o yaml\` the external labels and alert relabelings that Prometheus applies`
  return { text, isChanged: true }
}
