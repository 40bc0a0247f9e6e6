import type { V1EndpointSlice } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { expectedPools, type MonitoredCluster, type ServiceMonitor } from './serviceMonitors.ts'
import type { Target } from '../clients/prometheus.ts'
import { jobShortfalls, targetShortfalls } from './targets.ts'

const namespace = 'default'
const release = { release: 'kube-prometheus-stack' }

/** A ServiceMonitor of one endpoint, as far as the expected targets follow from it. */
const monitor = ({ labels = release, port = 'metrics', app = 'shop' } = {}): ServiceMonitor => ({
  metadata: { name: 'shop', namespace, labels },
  spec: { selector: { matchLabels: { app } }, endpoints: [{ port }] },
})

/** One ServiceMonitor, one Service and its endpoints on port 8000. */
const cluster = (
  one: ServiceMonitor,
  endpoints: Readonly<Record<string, boolean>> = { '10.244.1.2': true, '10.244.2.3': true },
  rejections: Readonly<Record<string, string>> = {},
): MonitoredCluster => ({
  rejections,
  podMonitors: [],
  podSelection: {
    ...{ reader: 'Prometheus', kind: 'PodMonitor', field: 'podMonitorSelector' },
    selector: { matchLabels: release },
    namespaces: [namespace],
  },
  pods: [],
  monitors: [one],
  selection: {
    ...{ reader: 'Prometheus', kind: 'ServiceMonitor', field: 'serviceMonitorSelector' },
    selector: { matchLabels: release },
    namespaces: [namespace],
  },
  services: [
    {
      metadata: { name: 'shop', namespace, labels: { app: 'shop', tier: 'front' } },
      spec: {
        ports: [
          { name: 'http', port: 5000 },
          { name: 'metrics', port: 8000 },
        ],
      },
    },
  ],
  slices: [
    {
      addressType: 'IPv4',
      metadata: { name: 'shop-x7k2p', namespace, labels: { 'kubernetes.io/service-name': 'shop' } },
      ports: [
        { name: 'http', port: 5000 },
        { name: 'metrics', port: 8000 },
      ],
      endpoints: Object.entries(endpoints).map(([ip, ready]) => ({ addresses: [ip], conditions: { ready } })),
    },
  ],
})

const target = (host: string, more: Partial<Target> = {}): Target => ({
  scrapePool: 'serviceMonitor/default/shop/0',
  labels: { job: 'shop' },
  scrapeUrl: `http://${host}/metrics`,
  health: 'up',
  lastError: '',
  lastScrape: '2026-11-23T10:00:00.5Z',
  scrapeInterval: '15s',
  ...more,
})
const both = [target('10.244.1.2:8000'), target('10.244.2.3:8000')]

/** For arrays of texts. */
const matching = (text: RegExp): unknown => expect.stringMatching(text)

test('the scrape pools that follow from a ServiceMonitor', () => {
  expect(expectedPools(cluster(monitor()))).toEqual([
    {
      kind: 'ServiceMonitor',
      monitor: 'default/shop',
      scrapePool: 'serviceMonitor/default/shop/0',
      services: [{ job: 'shop', service: cluster(monitor()).services[0] }],
      addresses: ['10.244.1.2:8000', '10.244.2.3:8000'],
      notReady: [],
    },
  ])
})

const rejection = 'endpoints[0]: scrapeTimeout "30s" greater than scrapeInterval "10s"'
const rejected = cluster(monitor(), undefined, { 'default/shop': rejection })
const unselected = cluster(monitor({ labels: { release: 'other' } }))
const withoutService = cluster(monitor({ app: 'shops' }))
// As the API server sends the slice of a Service without pods; the client's types do not know it.
const scaledToZero = {
  ...cluster(monitor()),
  slices: cluster(monitor()).slices.map(
    ({ metadata }) => ({ metadata, endpoints: null, ports: null }) as unknown as V1EndpointSlice,
  ),
}
const down = target('10.244.2.3:8000', { health: 'down', lastError: 'connection refused' })
const gone = target('10.244.3.4:8000')
const other = target('10.244.1.2:9100', { scrapePool: 'node-exporter', labels: { job: 'node-exporter' } })

test.each([
  ['all up', cluster(monitor()), both, []],
  ['not selected', unselected, [], [/Prometheus selects .*-stack.* labels are release=other\n.*remedy/]],
  ['rejected', rejected, [], [/the operator rejects it: endpoints\[0\]: scrapeTimeout/]],
  ['rejected before, now up', rejected, both, []],
  ['no Service', withoutService, [], [/no Service matches its selector .*"shops".* in default\n  remedy/]],
  [
    'no port',
    cluster(monitor({ port: 'metric' })),
    [],
    [/no port named metric, its ports are http, metrics/],
  ],
  ['no endpoint', cluster(monitor(), {}), [], [/no ready endpoint$/]],
  ['no pod', scaledToZero, [], [/no ready endpoint$/]],
  [
    'not ready',
    cluster(monitor(), { '10.244.2.3': false }),
    [down],
    [/no ready endpoint$/, / is down: connection refused/],
  ],
  ['missing', cluster(monitor()), both.slice(1), [/default\/shop: 10\.244\.1\.2:8000 .*\/default\/shop\/0/]],
  [
    'down, and not scraped yet',
    cluster(monitor()),
    [down, target('10.244.1.2:8000', { health: 'unknown' })],
    [/1\.2:8000\/metrics has not been scraped yet/, /2\.3:8000\/metrics is down: connection refused/],
  ],
  [
    'one endpoint is not ready',
    cluster(monitor(), { '10.244.1.2': true, '10.244.2.3': false }),
    both,
    [/2\.3:8000\/metrics is a target whose endpoint is not ready/],
  ],
  [
    'unexpected',
    cluster(monitor()),
    [...both, gone, other],
    // The configuration may have jobs that no monitor makes.
    [/^shop http:\S+3\.4:8000\S+ of serviceMonitor/],
  ],
])('targets: %s', (_, monitored, targets, shortfalls) => {
  expect(targetShortfalls(expectedPools(monitored), targets)).toEqual(shortfalls.map(matching))
})

const dropping = { relabelings: [{ action: 'keep' }] }
test.each([
  ['relabelings that drop some', { port: 'metrics', ...dropping }],
  ['no port', {}],
  ['the port of a container', { targetPort: 'metrics' }],
])('a monitor with %s has at least one target', (_, endpoint) => {
  const { metadata, spec } = monitor()
  const pools = expectedPools(cluster({ metadata, spec: { ...spec, endpoints: [endpoint] } }))
  expect(targetShortfalls(pools, both.slice(1))).toEqual([])
  expect(targetShortfalls(pools, [])).toEqual([
    matching(/^ServiceMonitor default\/shop has no target: what it selects has no port/),
  ])
})

test('a PodMonitor by number of port', () => {
  const pod = {
    metadata: { name: 'shop-1', namespace, labels: { app: 'shop' } },
    spec: { containers: [{ name: 'app', ports: [{ name: 'metrics', containerPort: 8000 }] }] },
    status: { podIP: '10.244.1.2', conditions: [{ type: 'Ready', status: 'True' }] },
  }
  const withPort = (portNumber: number): MonitoredCluster => ({
    ...cluster(monitor()),
    monitors: [],
    pods: [pod],
    podMonitors: [
      {
        metadata: { name: 'shop', namespace, labels: release },
        spec: { selector: { matchLabels: { app: 'shop' } }, podMetricsEndpoints: [{ portNumber }] },
      },
    ],
  })
  expect(expectedPools(withPort(8000))).toMatchObject([{ addresses: ['10.244.1.2:8000'] }])
  expect(expectedPools(withPort(8001))).toMatchObject([
    { obstacle: matching(/^Pod shop-1 has no port 8001, its ports are metrics \(8000\)\n/) },
  ])
})

test('Probes and ScrapeConfigs that discover nothing', () => {
  const jobs = ['serviceMonitor/default/shop/0', 'probe/default/page', 'scrapeConfig/default/legacy', 'hosts']
  const found = target('legacy:9100', { scrapePool: 'scrapeConfig/default/legacy' })
  expect(targetShortfalls([], [found], jobs)).toEqual([
    matching(/^Probe default\/page has no target: it discovers nothing/),
  ])
})

test('Services selected by expression, in the named namespaces', () => {
  const { metadata, spec } = monitor()
  const selecting = (operator: string, matchNames: readonly string[]): ServiceMonitor => ({
    metadata,
    spec: {
      ...spec,
      selector: { matchExpressions: [{ key: 'app', operator, values: ['shop'] }] },
      namespaceSelector: { matchNames },
    },
  })
  const found = (operator: string, names = [namespace]) =>
    expectedPools(cluster(selecting(operator, names))).flatMap(({ addresses }) => addresses).length
  expect(['In', 'Exists', 'NotIn', 'DoesNotExist'].map((operator) => found(operator))).toEqual([2, 2, 0, 0])
  expect(found('In', ['monitoring'])).toBe(0)
})

const [first = target('none')] = both

test.each([
  ['two up', cluster(monitor()), both, []],
  [
    'no ServiceMonitor',
    { ...cluster(monitor()), monitors: [] },
    [],
    [[/^job shop: 0 targets are up, 2 expected\n.*no ServiceMonitor makes job shop\n  remedy/, []]],
  ],
  ['no Service', withoutService, [], [[/no ServiceMonitor makes job shop\n.*no Service matches/, []]]],
  ['not selected', unselected, [], [[/Prometheus selects/, ['shop']]]],
  ['one pod', cluster(monitor(), { '10.244.1.2': true }), [first], [[/1 target is up, 2 exp/, ['shop']]]],
  ['one down', cluster(monitor()), [first, down], [[/2\.3:8000\/metrics is down: connection refused/, []]]],
  ['one missing', cluster(monitor()), [first], [[/default\/shop: 10\.244\.2\.3:8000/, []]]],
  [
    'too many',
    cluster(monitor()),
    [...both, gone, other],
    [
      [/job shop: 3 targets are up, 2 expected$/, ['shop']],
      [
        /job node-exporter: 1 target is up, 0 expected\n.*no stack of this project makes job node-exporter/,
        [],
      ],
    ],
  ],
  [
    'scraped twice',
    cluster(monitor()),
    [...both, { ...first, scrapePool: 'serviceMonitor/default/copy/0' }],
    [[/3 targets are up, 2 expected\n.*and by ServiceMonitor default\/copy/, []]],
  ],
] as const)('job shop should have two targets: %s', (_, monitored, targets, shortfalls) => {
  const found = jobShortfalls({ shop: 2 }, expectedPools(monitored), targets)
  expect(found.map(({ text, services }) => [text, services.map(({ metadata }) => metadata?.name)])).toEqual(
    shortfalls.map(([text, services]) => [matching(text), services]),
  )
})

test("a job that is the value of the Service's label", () => {
  const { metadata, spec } = monitor()
  const jobOf = (jobLabel: string) =>
    expectedPools(cluster({ metadata, spec: { ...spec, jobLabel } })).flatMap(({ services }) =>
      services.map(({ job }) => job),
    )
  expect([jobOf('tier'), jobOf('no-such-label')]).toEqual([['front'], ['shop']])
})
