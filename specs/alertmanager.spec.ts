import { expect } from 'vitest'
import { claimQuery } from './fixtures.ts'

claimQuery('alertmanager-ready', async ({ alertmanager }) => {
  const { cluster } = await alertmanager.status()
  // One replica forms no cluster: the chart switches gossip off, and the status is then "disabled".
  expect(['ready', 'disabled']).toContain(cluster.status)
})

claimQuery('alertmanager-watchdog', async ({ alertmanager }) => {
  const names = (await alertmanager.alerts()).map(({ labels }) => labels['alertname'])
  expect(names, 'alerts that Prometheus has sent').toContain('Watchdog')
})
