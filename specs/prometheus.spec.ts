import { expect } from 'vitest'
import { expectedPools, readMonitoredCluster } from '../setup/clients/monitors.ts'
import { nodeCount } from '../setup/cluster.ts'
import { claimQuery, expectNone, run } from './fixtures.ts'
import { inventory, targetShortfalls } from './targets.ts'

claimQuery('prometheus-page', async ({ prometheus }) => {
  expect(await prometheus.page()).toContain('text/html')
  expect(await prometheus.version()).toMatch(/^3\./)
})

claimQuery('prometheus-targets', async ({ kubernetes, prometheus }) => {
  const [cluster, targets] = await Promise.all([readMonitoredCluster(kubernetes), prometheus.targets()])
  expectNone(targetShortfalls(expectedPools(cluster), targets))
})

claimQuery('prometheus-inventory', async ({ prometheus }) => {
  const up = (await prometheus.targets()).filter(({ health }) => health === 'up')
  const counted = Object.entries(Object.groupBy(up, ({ labels }) => labels['job'] ?? ''))
  const { 'custom-metrics-app': app, ...stack } = inventory
  expect(Object.fromEntries(counted.map(([job, targets]) => [job, targets?.length]))).toEqual(
    run.stacks.includes('custom-metrics-app') ? { ...stack, 'custom-metrics-app': app } : stack,
  )
})

claimQuery('prometheus-rules', async ({ prometheus }) => {
  const rules = await prometheus.rules()
  expect(rules.length, 'rules that Prometheus has loaded').toBeGreaterThan(0)
  const failing = rules.filter(({ health }) => health === 'err')
  // Some groups are evaluated every few minutes only: what their turn has not come to yet is evaluated here.
  const waiting = rules.filter(({ health }) => health === 'unknown')
  const asked = await Promise.all(
    waiting.map(async (rule) => {
      const lastError = await prometheus.query(rule.query).then(
        () => '',
        (error: unknown) => String(error),
      )
      return { ...rule, lastError }
    }),
  )
  expectNone(
    [...failing, ...asked.filter(({ lastError }) => lastError !== '')].map(
      ({ group, name, lastError }) => `rule ${name} of group ${group} cannot be evaluated: ${lastError}`,
    ),
  )
})

claimQuery('promql-pods', async ({ kubernetes, prometheus }) => {
  const [pods, counted] = await Promise.all([
    kubernetes.core.listPodForAllNamespaces(),
    prometheus.query('count(kube_pod_info)'),
  ])
  expect(counted.map(({ value }) => value)).toEqual([pods.items.length])
})

claimQuery('promql-pods-by-namespace', async ({ kubernetes, prometheus }) => {
  const [pods, counted] = await Promise.all([
    kubernetes.core.listPodForAllNamespaces(),
    prometheus.query('count by (namespace) (kube_pod_info)'),
  ])
  const byNamespace = Object.entries(Object.groupBy(pods.items, ({ metadata }) => metadata?.namespace ?? ''))
  expect(Object.fromEntries(counted.map(({ labels, value }) => [labels['namespace'], value]))).toEqual(
    Object.fromEntries(byNamespace.map(([namespace, items]) => [namespace, items?.length])),
  )
})

claimQuery('promql-node-cpu', async ({ prometheus }) => {
  const busy = await prometheus.query(
    '100 - (avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100)',
  )
  expect(busy.length, 'series, one for each node').toBe(await nodeCount())
  expectNone(
    busy
      .filter(({ value }) => !(value >= 0 && value <= 100))
      .map(({ labels, value }) => `${labels['instance']}: ${value} % is not between 0 and 100`),
  )
})
