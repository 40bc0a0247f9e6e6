import { expect } from 'vitest'
import { explainAlert } from '../diagnosis/alerting.ts'
import { area, expectNone } from './support/claim.ts'

const testClaim = area('Alertmanager', ['kube-prometheus-stack'])

testClaim(
  'alertmanager-ready',
  'the API answers on the host port and its cluster has settled',
  {},
  async ({ alertmanager }) => {
    const { cluster } = await alertmanager.status()
    // With one replica the chart disables gossip, and the status is "disabled".
    expect(['ready', 'disabled']).toContain(cluster.status)
  },
)

testClaim(
  'alertmanager-watchdog',
  'the Watchdog alert has arrived from Prometheus',
  {},
  async ({ alertmanager, kubernetes, prometheus, components }) => {
    const names = (await alertmanager.alerts()).map(({ labels }) => labels['alertname'] ?? '')
    if (names.includes('Watchdog')) return
    expectNone([
      `Alertmanager has no alert Watchdog; it has: ${[...new Set(names)].join(', ') || 'none'}`,
      ...(await explainAlert(kubernetes, components.prometheus, prometheus, 'Watchdog')),
    ])
  },
)
