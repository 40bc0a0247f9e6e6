import { alertReceiver } from '../../clients/alertReceiver.ts'
import type { ObjectName } from '../../config/components.ts'
import { arrivingLabels, canary, watchdog } from '../../diagnosis/alertProof.ts'
import type { ExpectedRoute } from '../../diagnosis/alertRoutes.ts'

// The chart's own receiver, which sends nothing to anybody.
const none = ['null']

/**
 * Where each kind of alert goes with the values of this repository.
 * @param prometheus the name of the Prometheus resource
 */
export const expectedRoutes = (prometheus: ObjectName): readonly ExpectedRoute[] => [
  { alert: 'Watchdog', labels: arrivingLabels(watchdog, prometheus), receivers: [alertReceiver.name] },
  { alert: 'the canary', labels: arrivingLabels(canary, prometheus), receivers: [alertReceiver.name] },
  {
    alert: 'a critical alert of the stack',
    labels: {
      alertname: 'KubeStateMetricsListErrors',
      severity: 'critical',
      namespace: prometheus.namespace,
    },
    receivers: none,
  },
  {
    alert: 'a warning about an app',
    labels: { alertname: 'KubePodCrashLooping', severity: 'warning', namespace: 'default', pod: 'shop-0' },
    receivers: none,
  },
  {
    alert: 'an alert of info',
    labels: { alertname: 'CPUThrottlingHigh', severity: 'info', namespace: 'default' },
    receivers: none,
  },
  {
    alert: 'the inhibitor of alerts of info',
    labels: { alertname: 'InfoInhibitor', severity: 'none', namespace: 'default' },
    receivers: none,
  },
  {
    // Many of a node or of the whole cluster have no namespace.
    alert: 'an alert without namespace',
    labels: { alertname: 'KubeAPIErrorBudgetBurn', severity: 'critical' },
    receivers: none,
  },
]
