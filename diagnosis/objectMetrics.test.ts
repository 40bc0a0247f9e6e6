import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import { describeShortfalls, kindShortfalls, parseCalls, readSettings } from './objectMetrics.ts'

const sample = (name: string, labels: Readonly<Record<string, string>>) => ({
  labels: { __name__: name, job: 'kube-state-metrics', ...labels },
  value: 1,
})
const secret = (name: string) => ({ name, namespace: 'default' })

// From the telemetry port of kube-state-metrics 2.20.
const telemetry = `# TYPE kube_state_metrics_list_total counter
kube_state_metrics_list_total{resource="*v1.Secret",result="error"} 12
kube_state_metrics_list_total{resource="*v1.Node",result="success"} 1
# TYPE kube_state_metrics_watch_total counter
kube_state_metrics_watch_total{resource="*v1.Secret",result="error"} 3
kube_state_metrics_watch_total{resource="*v1.Node",result="success"} 2
`

test('the kinds that kube-state-metrics lists, and what narrows them', () => {
  const { resources, narrowing } = readSettings([
    '--port=8080',
    '--resources=pods,nodes',
    '--metric-labels-allowlist=pods=[*]',
    '--namespaces=monitoring',
  ])
  expect(resources).toEqual(['pods', 'nodes'])
  expect(narrowing).toEqual(['--namespaces=monitoring'])
  expect(readSettings([]).resources).toContain('endpointslices')
})

test('its own count of requests', () => {
  expect([...parseCalls(telemetry)]).toEqual([
    ['Secret', { succeeded: 0, failed: 15 }],
    ['Node', { succeeded: 3, failed: 0 }],
  ])
})

test('objects are compared by name, those outside of namespaces without the namespace of the target', () => {
  const objects = {
    secrets: [secret('a'), secret('b')],
    nodes: [{ name: 'worker' }],
    cronjobs: [],
    leases: [{ name: 'l', namespace: 'default' }],
  }
  const complete = [
    sample('kube_secret_info', { namespace: 'default', secret: 'a' }),
    sample('kube_secret_info', { namespace: 'default', secret: 'b' }),
    sample('kube_node_info', { namespace: 'monitoring', node: 'worker' }),
    sample('kube_lease_renew_time', { namespace: 'default', lease: 'l' }),
    sample('kube_lease_owner', { namespace: 'default', lease: 'l' }),
  ]
  expect(kindShortfalls(objects, complete)).toEqual([])
  const other = sample('kube_secret_info', { namespace: 'default', secret: 'c' })
  expect(kindShortfalls(objects, [...complete.slice(1), other])).toEqual([
    { resource: 'secrets', inApi: 2, inPrometheus: 2, missing: ['default/a'], surplus: ['default/c'] },
  ])
})

const shortfalls = kindShortfalls({ secrets: [secret('a'), secret('b')] }, [])
const known = {
  deployment: ourComponents.kubeStateMetrics,
  settings: readSettings([]),
  calls: parseCalls(''),
  forbidden: {},
  series: [sample('kube_node_info', {})],
}
const account = 'system:serviceaccount:monitoring:kube-prometheus-stack-kube-state-metrics'

test.each([
  [
    'forbidden',
    { forbidden: { secrets: `${account} may not list and watch them` } },
    /refuses secrets: .*ClusterRole/s,
  ],
  ['failing', { calls: parseCalls(telemetry) }, /cannot list: secrets \(15 of 15 requests failed\)/],
  ['narrowed', { settings: readSettings(['--total-shards=2']) }, /is started with --total-shards=2/],
  [
    'without honorLabels',
    { series: [sample('kube_pod_info', { exported_namespace: 'x' })] },
    /honorLabels: true/,
  ],
  ['not scraped', { series: [] }, /no series of kube-state-metrics at all/],
  ['dropped', {}, /lists secrets without an error, and none of its series arrives/],
])('why objects are missing: %s', (_, more, cause) => {
  const [text = ''] = describeShortfalls(shortfalls, { ...known, ...more })
  expect(text).toContain('\nsecrets: 0 in Prometheus, 2 in the API; missing: default/a, default/b\n')
  expect(text).toMatch(cause)
  expect(text).toContain('  remedy: ')
})
