import { expect, test } from 'vitest'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { Prometheus } from '../../clients/prometheus.ts'
import { observeUsage } from './usage.ts'

const labels = { namespace: 'monitoring', pod: 'opensearch-dashboards-7d9-x', container: 'main' }

test('the highest use by a pod of each workload, with its limit or the size of the smallest node', async () => {
  const kubernetes = {
    get: async () => ({
      items: ['4Gi', '8Gi'].map((memory) => ({ status: { allocatable: { memory, cpu: '2' } } })),
    }),
  } as unknown as Kubernetes
  const query = async (expr: string) => {
    const value = (now: number) => [{ labels: { ...labels, persistentvolumeclaim: 'data-0' }, value: now }]
    if (expr.includes('working_set'))
      return [...value(100), { labels: { ...labels, pod: 'other-1' }, value: 7 }]
    if (expr.includes('cpu')) return value(0.5)
    return value(expr.includes('capacity') ? 1000 : 10)
  }
  const objects = {
    'Deployment monitoring/opensearch-dashboards': { resources: { main: { 'limits cpu': '500m' } } },
  }
  const images = {
    'Deployment monitoring/opensearch-dashboards: main': 'a',
    'StatefulSet monitoring/opensearch: main': 'b',
  }
  const usage = await observeUsage(kubernetes, { query } as unknown as Prometheus, { objects, images }, 60)
  expect(usage).toEqual({
    'CPU of Deployment monitoring/opensearch-dashboards: main': { used: 0.5, limit: 0.5 },
    'memory of Deployment monitoring/opensearch-dashboards: main': { used: 100, limit: 2 ** 32 },
    'volume monitoring/data-0': { used: 10, limit: 1000 },
  })
})
