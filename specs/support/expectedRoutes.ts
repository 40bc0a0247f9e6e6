import { alertReceiver } from '../../clients/alertReceiver.ts'
import { canary, watchdog } from '../../diagnosis/alertProof.ts'
import type { ExpectedRoute } from '../../diagnosis/alertRoutes.ts'

// The chart's own receiver, which sends nothing to anybody.
const none = ['null']

/** Where each kind of alert goes with the values of this repository. */
export const expectedRoutes: readonly ExpectedRoute[] = [
  { alert: 'Watchdog', labels: watchdog.labels, receivers: [alertReceiver.name] },
  { alert: 'the canary', labels: canary.labels, receivers: [alertReceiver.name] },
  {
    alert: 'a critical alert of the stack',
    labels: { alertname: 'KubeStateMetricsListErrors', severity: 'critical', namespace: 'monitoring' },
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
