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
  monitors: [one],
  selector: { matchLabels: release },
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

const shortfalls = (monitored: MonitoredCluster, targets: readonly Target[]) =>
  targetShortfalls(expectedPools(monitored), targets).join('\n')

test('all there and up', () => {
  expect(expectedPools(cluster(monitor()))).toEqual([
    {
      monitor: 'default/shop',
      scrapePool: 'serviceMonitor/default/shop/0',
      services: [{ job: 'shop', service: cluster(monitor()).services[0] }],
      addresses: ['10.244.1.2:8000', '10.244.2.3:8000'],
      notReady: [],
    },
  ])
  expect(shortfalls(cluster(monitor()), both)).toBe('')
})

test('a ServiceMonitor that Prometheus does not select', () => {
  expect(shortfalls(cluster(monitor({ labels: { release: 'other' } })), [])).toMatchInlineSnapshot(
    `
    "ServiceMonitor default/shop has no target: Prometheus selects ServiceMonitors by {"matchLabels":{"release":"kube-prometheus-stack"}}, and this one's labels are release=other
      remedy: label it so where values/ or manifests/ describe it"
  `,
  )
})

test('a ServiceMonitor that the operator rejects, until it has all its targets', () => {
  const rejections = { 'default/shop': 'endpoints[0]: scrapeTimeout "30s" greater than scrapeInterval "10s"' }
  const rejected = cluster(monitor(), undefined, rejections)
  expect(shortfalls(rejected, [])).toMatchInlineSnapshot(`
    "ServiceMonitor default/shop has no target: the operator rejects it: endpoints[0]: scrapeTimeout "30s" greater than scrapeInterval "10s"
      remedy: correct it where values/ or manifests/ describe it"
  `)
  expect(jobs(rejected, [])).toMatchInlineSnapshot(`
    "job shop: 0 targets are up, 2 expected
    ServiceMonitor default/shop has no target: the operator rejects it: endpoints[0]: scrapeTimeout "30s" greater than scrapeInterval "10s"
      remedy: correct it where values/ or manifests/ describe it"
  `)
  expect(shortfalls(rejected, both)).toBe('')
})

test('a ServiceMonitor without a Service', () => {
  expect(shortfalls(cluster(monitor({ app: 'shops' })), [])).toMatchInlineSnapshot(
    `
    "ServiceMonitor default/shop has no target: no Service matches its selector {"matchLabels":{"app":"shops"}} in default
      remedy: correct the selector, or the labels of the Service, where values/ or manifests/ set them"
  `,
  )
})

test('a ServiceMonitor that names a port which the Service has not', () => {
  expect(shortfalls(cluster(monitor({ port: 'metric' })), [])).toMatchInlineSnapshot(
    `
    "ServiceMonitor default/shop has no target: Service shop has no port named metric, its ports are http, metrics
      remedy: name one of these in the ServiceMonitor, or name the port of the Service so, where values/ or manifests/ do"
  `,
  )
})

test('a Service whose endpoints are not ready, and one without endpoints', () => {
  const notReady = cluster(monitor(), { '10.244.1.2': false })
  const refused = target('10.244.1.2:8000', { health: 'down', lastError: 'connection refused' })
  expect(shortfalls(notReady, [refused])).toMatchInlineSnapshot(`
    "ServiceMonitor default/shop has no target: Service shop has no ready endpoint
    shop http://10.244.1.2:8000/metrics is down: connection refused"
  `)
  expect(shortfalls(cluster(monitor(), {}), [])).toMatchInlineSnapshot(
    `"ServiceMonitor default/shop has no target: Service shop has no ready endpoint"`,
  )
})

test('a target that is missing', () => {
  expect(shortfalls(cluster(monitor()), both.slice(1))).toMatchInlineSnapshot(
    `"ServiceMonitor default/shop: 10.244.1.2:8000 is no target of serviceMonitor/default/shop/0"`,
  )
})

test('targets that are down, or not scraped yet', () => {
  const down = target('10.244.1.2:8000', {
    health: 'down',
    lastError: 'Get "http://10.244.1.2:8000/metrics": context deadline exceeded',
  })
  const unknown = target('10.244.2.3:8000', { health: 'unknown' })
  expect(shortfalls(cluster(monitor()), [down, unknown])).toMatchInlineSnapshot(`
    "shop http://10.244.1.2:8000/metrics is down: Get "http://10.244.1.2:8000/metrics": context deadline exceeded
    shop http://10.244.2.3:8000/metrics has not been scraped yet"
  `)
})

test('a target of an endpoint that is not ready, beside one that is', () => {
  const monitored = cluster(monitor(), { '10.244.1.2': true, '10.244.2.3': false })
  expect(shortfalls(monitored, both)).toMatchInlineSnapshot(
    `"shop http://10.244.2.3:8000/metrics is a target whose endpoint is not ready"`,
  )
})

test('targets that follow from no ServiceMonitor', () => {
  const gone = target('10.244.3.4:8000')
  const other = target('10.244.1.2:9100', { scrapePool: 'node-exporter', labels: { job: 'node-exporter' } })
  expect(shortfalls(cluster(monitor()), [...both, gone, other])).toMatchInlineSnapshot(`
    "node-exporter http://10.244.1.2:9100/metrics of node-exporter follows from no ServiceMonitor
    shop http://10.244.3.4:8000/metrics of serviceMonitor/default/shop/0 follows from no ServiceMonitor"
  `)
})

test('Services by expression, in the namespaces that are named', () => {
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

/** The lines of a job `shop` that should have two targets, and the Services to look behind. */
const jobs = (monitored: MonitoredCluster, targets: readonly Target[]) =>
  jobShortfalls({ shop: 2 }, expectedPools(monitored), targets)
    .flatMap(({ text, services }) => [text, ...services.map(({ metadata }) => `(Service ${metadata?.name})`)])
    .join('\n')

test('a job with its number of targets', () => {
  expect(jobs(cluster(monitor()), both)).toBe('')
})

test('a job that no ServiceMonitor makes, since there is none or it selects nothing', () => {
  expect(jobs({ ...cluster(monitor()), monitors: [] }, [])).toMatchInlineSnapshot(`
    "job shop: 0 targets are up, 2 expected
    no ServiceMonitor makes job shop
      remedy: \`kubectl get servicemonitors -A\` lists the existing ones; \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders, \`E2E_KEEP=1 npm test\` what manifests/ hold"
  `)
  expect(jobs(cluster(monitor({ app: 'shops' })), [])).toMatchInlineSnapshot(`
    "job shop: 0 targets are up, 2 expected
    no ServiceMonitor makes job shop
    ServiceMonitor default/shop has no target: no Service matches its selector {"matchLabels":{"app":"shops"}} in default
      remedy: correct the selector, or the labels of the Service, where values/ or manifests/ set them
      remedy: \`kubectl get servicemonitors -A\` lists the existing ones; \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders, \`E2E_KEEP=1 npm test\` what manifests/ hold"
  `)
})

test('a job whose ServiceMonitor Prometheus does not select', () => {
  expect(jobs(cluster(monitor({ labels: { release: 'other' } })), [])).toMatchInlineSnapshot(`
    "job shop: 0 targets are up, 2 expected
    ServiceMonitor default/shop has no target: Prometheus selects ServiceMonitors by {"matchLabels":{"release":"kube-prometheus-stack"}}, and this one's labels are release=other
      remedy: label it so where values/ or manifests/ describe it
    (Service shop)"
  `)
})

test('a job with too few pods, one with a target down, one with a target missing', () => {
  const [first = target('none')] = both
  expect(jobs(cluster(monitor(), { '10.244.1.2': true }), [first])).toMatchInlineSnapshot(`
    "job shop: 1 target is up, 2 expected
    (Service shop)"
  `)
  const down = target('10.244.2.3:8000', { health: 'down', lastError: 'connection refused' })
  expect(jobs(cluster(monitor()), [first, down])).toMatchInlineSnapshot(`
    "job shop: 1 target is up, 2 expected
    shop http://10.244.2.3:8000/metrics is down: connection refused"
  `)
  expect(jobs(cluster(monitor()), [first])).toMatchInlineSnapshot(`
    "job shop: 1 target is up, 2 expected
    ServiceMonitor default/shop: 10.244.2.3:8000 is no target of serviceMonitor/default/shop/0"
  `)
})

test('jobs with more targets than there should be', () => {
  const other = target('10.244.1.2:9100', { labels: { job: 'node-exporter' } })
  const third = target('10.244.3.4:8000')
  expect(jobs(cluster(monitor()), [...both, third, other])).toMatchInlineSnapshot(`
    "job shop: 3 targets are up, 2 expected
    job node-exporter: 1 target is up, 0 expected"
  `)
})

test("a job that is the value of the Service's label", () => {
  const { metadata, spec } = monitor()
  const jobOf = (jobLabel: string) =>
    expectedPools(cluster({ metadata, spec: { ...spec, jobLabel } })).flatMap(({ services }) =>
      services.map(({ job }) => job),
    )
  expect([jobOf('tier'), jobOf('no-such-label')]).toEqual([['front'], ['shop']])
})
