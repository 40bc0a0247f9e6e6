import { expect, test } from 'vitest'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { observeObjects } from './objects.ts'

test('a Role without rules, for which the API server returns null', async () => {
  const role = { metadata: { name: 'grafana', namespace: 'monitoring' }, rules: null }
  const get = async (path: string) => ({ items: path.endsWith('/roles') ? [role] : [] })
  const { objects } = await observeObjects({ get } as unknown as Kubernetes)
  expect(objects).toEqual({ 'Role monitoring/grafana': { rules: [] } })
})

test('a ServiceMonitor: which series it drops', async () => {
  const drop = {
    action: 'drop',
    regex: 'container_network_.*;cali.*',
    sourceLabels: ['__name__', 'interface'],
  }
  const endpoints = [
    { port: 'https-metrics', metricRelabelings: [drop] },
    { port: 'https-metrics', path: '/metrics/probes' },
  ]
  const metadata = { name: 'kubelet', namespace: 'monitoring' }
  const get = async (path: string) => ({
    items: path.endsWith('/servicemonitors') ? [{ metadata, spec: { endpoints } }] : [],
  })
  const { objects } = await observeObjects({ get } as unknown as Kubernetes)
  expect(objects).toEqual({
    'ServiceMonitor monitoring/kubelet': {
      'https-metrics /metrics': { 'drop container_network_.*;cali.*': '__name__;interface' },
      'https-metrics /metrics/probes': {},
    },
  })
})
