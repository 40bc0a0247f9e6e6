import type { V1Node, V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { Labels, Sample, Target } from '../clients/prometheus.ts'
import { containerMetrics, explainSilentContainers, nodeShortfalls, silentContainers } from './coverage.ts'

const node = (name: string, address: string): V1Node => ({
  metadata: { name },
  status: { addresses: [{ type: 'InternalIP', address }] },
})
const nodes = [node('worker', '172.18.0.3'), node('worker2', '172.18.0.4')]
const addresses = ['172.18.0.3', '172.18.0.4']

const target = (job: string, url: string, more: Partial<Target> = {}): Target => ({
  scrapePool: `serviceMonitor/monitoring/${job}/1`,
  labels: { job },
  scrapeUrl: url,
  health: 'up',
  lastError: '',
  lastScrape: '2026-11-28T09:16:00Z',
  scrapeInterval: '5s',
  ...more,
})
const targets = addresses.flatMap((address) => [
  target('node-exporter', `http://${address}:9100/metrics`),
  target('kubelet', `https://${address}:10250/metrics`),
  target('kubelet', `https://${address}:10250/metrics/cadvisor`),
])

const sample = (name: string, labels: Labels): Sample => ({
  labels: { __name__: name, ...labels },
  value: 1,
})
const series = addresses.flatMap((address) => [
  sample('node_uname_info', { instance: `${address}:9100` }),
  sample('kubelet_node_name', { instance: `${address}:10250` }),
  sample('machine_memory_bytes', { instance: `${address}:10250` }),
])

test('every node is reported', () => {
  expect(nodeShortfalls(nodes, series, targets)).toEqual([])
})

test('every node is reported under its name, which relabelings make its instance', () => {
  const names = new Map(nodes.map(({ metadata }, index) => [addresses[index] ?? '', metadata?.name ?? '']))
  const renamed = (address: string) => names.get(address.replace(/:.*/, '')) ?? address
  const samples = series.map(({ labels, value }) => ({
    labels: { ...labels, instance: renamed(labels['instance'] ?? '') },
    value,
  }))
  const relabeled = targets.map((one) => ({
    ...one,
    labels: { ...one.labels, instance: renamed(new URL(one.scrapeUrl).host) },
  }))
  expect(nodeShortfalls(nodes, samples, relabeled)).toEqual([])
})

test.each([
  ['no target', [], /job node-exporter has no target \/metrics at 172\.18\.0\.4/],
  [
    'a target that is down',
    [target('node-exporter', 'http://172.18.0.4:9100/metrics', { health: 'down', lastError: 'EOF' })],
    /is down: EOF/,
  ],
  [
    'a target that lacks the metric',
    [target('node-exporter', 'http://172.18.0.4:9100/metrics')],
    /is up but has no node_uname_info: metricRelabelings of serviceMonitor\/monitoring\/node-exporter\/1/,
  ],
])('node-exporter says nothing about a node: %s', (_, own, cause) => {
  const others = targets.filter(({ scrapeUrl }) => scrapeUrl !== 'http://172.18.0.4:9100/metrics')
  const [text, ...more] = nodeShortfalls(
    nodes,
    series.filter(({ labels }) => labels['instance'] !== '172.18.0.4:9100'),
    [...others, ...own],
  )
  expect(text).toMatch(/^node-exporter reports nothing about node worker2: /)
  expect(text).toMatch(cause)
  expect(more).toEqual([])
})

test('one line if no node is reported', () => {
  const others = series.filter(({ labels }) => labels['__name__'] !== 'kubelet_node_name')
  expect(nodeShortfalls(nodes, others, targets)).toEqual([
    expect.stringMatching(
      /^the kubelet reports none of the nodes: its target \S+ is up but has no kubelet_node_name/,
    ),
  ])
})

const now = Date.parse('2026-11-28T10:00:00Z')
const pod = (name: string, onNode: string, startedAt: string | undefined): V1Pod => ({
  metadata: { name, namespace: 'default' },
  spec: { nodeName: onNode, containers: [] },
  status: {
    containerStatuses: [
      {
        name: 'main',
        image: '',
        imageID: '',
        ready: true,
        restartCount: 0,
        state:
          startedAt === undefined
            ? { terminated: { exitCode: 0 } }
            : { running: { startedAt: new Date(startedAt) } },
      },
    ],
  },
})
const old = '2026-11-28T09:00:00Z'
const pods = [pod('a', 'worker', old), pod('b', 'worker', old), pod('c', 'worker2', old)]
const seen = (...names: readonly string[]) =>
  containerMetrics.flatMap((metric) =>
    names.map((name) => sample(metric, { namespace: 'default', pod: name, container: 'main' })),
  )

test('young and ended containers need no series', () => {
  const others = [pod('young', 'worker', '2026-11-28T09:59:30Z'), pod('ended', 'worker', undefined)]
  expect(silentContainers([...pods, ...others], seen('a', 'b', 'c'), now)).toEqual([])
})

test.each([
  ['', /the kubelet of worker does not report it either/],
  [
    'container_cpu_usage_seconds_total{container="main",cpu="total",id="/x",image="i",name="n",namespace="default",pod="b"} 1 1',
    /the kubelet of worker reports it, and Prometheus drops it: metricRelabelings of serviceMonitor\/monitoring\/kubelet\/1/,
  ],
])('a container without series: what the kubelet answers says why', async (answer, cause) => {
  const silent = silentContainers(pods, seen('a', 'c'), now)
  const get = async () => answer
  const kubernetes = { get } as unknown as Parameters<typeof explainSilentContainers>[0]
  const [first, second] = await explainSilentContainers(kubernetes, silent, nodes, targets)
  expect(first).toMatch(
    /^1 of 2 containers on worker .* has no container_cpu_usage_seconds_total: default\/b\/main\n/,
  )
  expect(first).toMatch(cause)
  expect(second).toMatch(/has no container_memory_working_set_bytes: default\/b\/main$/)
})

test('a whole node without series', () => {
  expect(silentContainers(pods, seen('c'), now)).toMatchObject([
    { node: 'worker', of: 2, missing: [{ pod: 'a' }, { pod: 'b' }] },
    { node: 'worker', of: 2 },
  ])
})
