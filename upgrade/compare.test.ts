import { expect, test } from 'vitest'
import { compare } from './compare.ts'
import { alert, base } from './exampleObservation.ts'
import type { Observation } from './observation.ts'
import type { Difference } from './rootCauses.ts'

const release = (chart: string, status = 'deployed') => ({ chart, revision: 2, status })
const upgraded: Observation = {
  ...base,
  releases: { ...base.releases, 'kube-prometheus-stack': release('kube-prometheus-stack-89.0.0') },
}
const upgradedOpenSearch = { releases: { ...base.releases, opensearch: release('opensearch-3.8.0') } }

type Change = Readonly<{
  what: string
  before?: Partial<Observation>
  after: Partial<Observation>
  findings: readonly string[]
}>

/** The findings if the example changes, without the pre-existing ones and the upgraded release itself. */
const found = ({ before, after }: Pick<Change, 'before' | 'after'>, others: readonly Difference[] = []) =>
  compare({ ...base, ...before }, { ...upgraded, ...after }, others).filter(
    ({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/kube'),
  )

const without = <T>(record: Readonly<Record<string, T>>, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))

const hits = { expr: 'rate(coredns_cache_hits_total[5m])' }
const load = { record: 'instance:load', expr: 'avg by (instance) (node_load1)' }
const quota = { record: 'namespace:quota', expr: 'sum(kube_resourcequota)' }
const hook = 'Hook kube-prometheus-stack/Job kube-prometheus-stack-admission-create: create'
const cadvisor = (relabelings: Readonly<Record<string, string>>) => ({
  objects: { 'ServiceMonitor monitoring/kubelet': { 'https-metrics /metrics/cadvisor': relabelings } },
})

/** A query for one node, by a variable. */
const ofNode = (metric: string, instance: string) => ({
  expr: `${metric}{instance="${instance}"}`,
  template: `${metric}{instance="$instance"}`,
})

test('the same cluster twice: what was broken is pre-existing, and nothing else is found', () => {
  expect(compare(base, base).map(({ id, verdict }) => `${verdict} ${id}`)).toEqual([
    'pre-existing target/kubelet',
    'pre-existing panel/nodes/Quota / A',
    'pre-existing rule/quota / namespace:quota',
  ])
})

test('without a version change, events in a running cluster are no difference', () => {
  const later: Observation = {
    ...base,
    takenAt: '2026-11-23T10:05:00.000Z',
    metrics: { ...base.metrics, http_errors_total: { jobs: ['kubelet'], labels: ['code'], series: 1 } },
    alertingRules: {
      ...base.alertingRules,
      'node / HighLoad': alert('instance:load > 8', { state: 'firing' }),
    },
    dashboards: {
      ...base.dashboards,
      nodes: {
        title: 'Nodes',
        panels: {
          'Load / A': { expr: 'node_load1', answer: 'data' },
          'Quota / A': { expr: 'kube_resourcequota', answer: 'data' },
        },
      },
    },
    opensearch: {
      ...base.opensearch,
      indices: {
        'logs-*': { documents: 2000, fields: { '@timestamp': 'date', message: 'text', host: 'text' } },
      },
    },
    logs: { nodes: { worker: 900, worker2: 900 }, namespaces: { monitoring: 1500, default: 1 } },
  }
  expect(compare(base, later).filter(({ verdict }) => verdict !== 'pre-existing')).toEqual([])
})

test('a missing job: its metrics, panels and claims are consequences', () => {
  const claim: Difference = {
    id: 'claim/prometheus-inventory',
    about: 'claim:prometheus-inventory',
    verdict: 'new',
    severity: 'high',
    sentence: 'Prometheus: "every job has its number of targets" no longer holds',
    remedy: '',
    text: 'job coredns: 0 targets are up, 2 expected',
  }
  const after = {
    targets: without(base.targets, 'coredns'),
    metrics: without(base.metrics, 'coredns_cache_hits_total'),
    dashboards: {
      ...base.dashboards,
      dns: { title: 'DNS', panels: { 'Hits / A': { ...hits, answer: 'no data' } } },
    },
  }
  expect(found({ after }, [claim])).toMatchInlineSnapshot(`
    [
      {
        "consequences": [
          "metric coredns_cache_hits_total of job coredns is gone, and panel "Hits / A" of "DNS" needs it",
          "panel "Hits / A" of "DNS" has no data: rate(coredns_cache_hits_total[5m])",
          "Prometheus: "every job has its number of targets" no longer holds",
        ],
        "id": "target/coredns",
        "remedy": "check whether the chart still has its ServiceMonitor (\`kubectl get servicemonitors -A\`), and enable it in the values",
        "sentence": "job coredns no longer has targets (2 were up before): its metrics are missing",
        "severity": "high",
        "verdict": "new",
      },
    ]
  `)
})

test('a missing metric: the rule that reads it, and the metric of that rule, are consequences', () => {
  const after = {
    metrics: without(base.metrics, 'node_load1', 'instance:load'),
    recordingRules: { ...base.recordingRules, 'node / instance:load': { ...load, answer: 'no data' } },
  }
  expect(found({ after })).toMatchObject([
    {
      id: 'metric/node_load1',
      verdict: 'new',
      severity: 'high',
      consequences: [
        expect.stringContaining('metric instance:load'),
        expect.stringContaining('rule node / instance:load'),
      ],
    },
  ])
})

test.each<Change>([
  {
    what: 'metrics and labels that nothing here reads',
    after: {
      metrics: {
        ...without(base.metrics, 'node_time_seconds'),
        node_load1: { jobs: ['node-exporter'], labels: ['instance'], series: 1 },
      },
    },
    findings: ['change medium metric/node_load1/job', 'change medium metric/node_time_seconds'],
  },
  {
    what: 'a metric that had no series at the first observation',
    before: {
      metrics: {
        ...base.metrics,
        kube_pod_waiting: { jobs: ['kube-state-metrics'], labels: [], series: 0 },
      },
    },
    after: {},
    findings: [],
  },
  {
    what: 'targets, rules and alerts',
    after: {
      targets: {
        ...base.targets,
        kubelet: { up: 4, down: [] },
        'node-exporter': { up: 3, down: ['connection refused'] },
        etcd: { up: 1, down: [] },
      },
      metrics: {
        ...base.metrics,
        kube_resourcequota: { jobs: ['kube-state-metrics'], labels: [], series: 1 },
      },
      recordingRules: {
        'node / instance:load': { ...load, expr: 'x * y', answer: 'error: many-to-many' },
        'quota / namespace:quota': { ...quota, answer: 'data' },
      },
      alertingRules: { 'node / HighLoad': alert('instance:load > 8', { state: 'firing' }) },
    },
    findings: [
      'new high rule/node / instance:load',
      'new high target/node-exporter',
      'new medium alert/general / Watchdog',
      'new medium alert/node / HighLoad',
      'fixed low rule/quota / namespace:quota',
      'fixed low target/kubelet',
      'change low target/etcd',
    ],
  },
  {
    what: 'a query that has a result because something happened, not because of the new version',
    after: {
      ...upgradedOpenSearch,
      recordingRules: { ...base.recordingRules, 'quota / namespace:quota': { ...quota, answer: 'data' } },
    },
    findings: ['change low release/opensearch', 'change low rule/quota / namespace:quota'],
  },
  {
    what: 'the same rules in a renamed group (kube-prometheus-stack 75.0.0)',
    before: { recordingRules: { 'node / instance:load': { ...load, answer: 'data' } } },
    after: { recordingRules: { 'stack-node / instance:load': { ...load, answer: 'data' } } },
    findings: [],
  },
  {
    what: 'a variable that has no value any more, and the panels that use it',
    before: {
      dashboards: {
        nodes: {
          title: 'Nodes',
          panels: {
            'Load / A': { ...ofNode('node_load1', '10.0.0.1'), answer: 'data' },
            'Clock / A': { ...ofNode('node_time_seconds', '10.0.0.1'), answer: 'data' },
          },
        },
      },
    },
    after: {
      dashboards: {
        nodes: {
          title: 'Nodes',
          panels: {
            'Load / A': { ...ofNode('node_load1', ''), answer: 'no data' },
            'Clock / A': { ...ofNode('node_time_seconds', ''), answer: 'no data' },
          },
        },
      },
    },
    findings: ['new high variable/nodes/instance'],
  },
  {
    what: 'dashboards and data sources',
    after: {
      dashboards: { nodes2: { title: 'Nodes', panels: {} }, disks: { title: 'Disks', panels: {} } },
      dataSources: {
        Prometheus: {
          type: 'prometheus',
          url: 'http://prometheus:9099',
          health: 'ERROR',
          uid: 'prometheus',
          isDefault: true,
        },
      },
    },
    findings: [
      'new high dashboard/dns',
      'new high data-source/Prometheus',
      'new medium dashboard/nodes',
      'change low dashboard/disks',
      'change low dashboard/nodes2',
    ],
  },
  {
    what: 'a panel that the new Grafana cannot query (kube-prometheus-stack 84.0.0)',
    after: {
      dashboards: {
        ...base.dashboards,
        nodes: {
          title: 'Nodes',
          panels: { 'Load / A': { expr: 'node_load1', answer: 'error: plugin not found' } },
        },
      },
    },
    findings: ['new high panel/nodes/Load / A'],
  },
  {
    what: 'images from another repository and without a shell',
    after: {
      images: {
        'DaemonSet monitoring/vector: vector': 'ghcr.io/vectordotdev/vector:0.57.0-distroless-libc',
        'StatefulSet monitoring/prometheus: prometheus': 'quay.io/prometheus/prometheus:v3.14.0-distroless',
      },
    },
    findings: [
      'change medium image/DaemonSet monitoring/vector: vector',
      'change medium image/StatefulSet monitoring/prometheus: prometheus',
    ],
  },
  {
    what: 'the image of a hook from another registry (kube-prometheus-stack 80.2.2)',
    before: { images: { [hook]: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.4' } },
    after: { images: { [hook]: 'ghcr.io/jkroepke/kube-webhook-certgen:1.7.2' } },
    findings: [`change medium image/${hook}`],
  },
  {
    what: 'objects and Secrets',
    after: {
      objects: {
        'Service monitoring/grafana': {
          type: 'ClusterIP',
          ports: { 'http-web': { port: 8080, targetPort: '3000' } },
        },
        'Service monitoring/grafana-headless': { type: 'ClusterIP' },
      },
      secrets: { 'monitoring/grafana': { 'admin-password': 'dddd' } },
    },
    findings: [
      'new high object/PersistentVolumeClaim monitoring/data-0',
      'new high secret/monitoring/grafana/admin-password',
      'new high secret/monitoring/grafana/ldap-toml',
      'new medium object/Service monitoring/grafana/ports.http-web.nodePort',
      'new medium object/Service monitoring/grafana/ports.http-web.port',
      'new medium object/Service monitoring/grafana/type',
      'change low object/Service monitoring/grafana-headless',
      'change low object/Service monitoring/grafana/ports.http-web.targetPort',
    ],
  },
  {
    what: 'a ServiceMonitor that drops more series (kube-prometheus-stack 68.0.0)',
    before: cadvisor({}),
    after: cadvisor({ 'drop container_network_.*;cali.*': '__name__;interface' }),
    findings: [
      'change medium object/ServiceMonitor monitoring/kubelet/https-metrics /metrics/cadvisor.drop container_network_.*;cali.*',
    ],
  },
  {
    what: 'CustomResourceDefinitions and custom resources',
    after: {
      definitions: { 'servicemonitors.monitoring.coreos.com': { versions: ['v1 (stored)'], schema: 'eeee' } },
      customResources: { 'ServiceMonitor monitoring/grafana': 'unknown field "spec.scrapeClass"' },
    },
    findings: [
      'new high crd/servicemonitors.monitoring.coreos.com/v1beta1',
      'new high resource/ServiceMonitor monitoring/grafana',
      'change low crd/servicemonitors.monitoring.coreos.com',
    ],
  },
  {
    what: 'servers, indices, logs and releases',
    after: {
      releases: { opensearch: release('opensearch-3.8.0', 'failed') },
      opensearch: {
        version: '3.8.0',
        indices: { 'logs-*': { documents: 900, fields: { '@timestamp': 'date', message: 'keyword' } } },
      },
      logs: { nodes: { worker: 900 }, namespaces: {} },
    },
    findings: [
      'new high index/logs-*',
      'new high logs/namespace/monitoring',
      'new high logs/node/worker2',
      'new high release/opensearch',
      'new medium index/logs-*/message',
      'change low opensearch',
    ],
  },
])('$what', (change) => {
  expect(found(change).map(({ id, verdict, severity }) => `${verdict} ${severity} ${id}`)).toEqual(
    change.findings,
  )
})

test('a failed release of OpenSearch is not rolled back once its new node has started on the volume', () => {
  const remedyOf = (version: string) =>
    found({
      after: {
        releases: { ...base.releases, opensearch: release('opensearch-3.8.0', 'failed') },
        opensearch: { ...base.opensearch, version },
      },
    }).find(({ id }) => id === 'release/opensearch')?.remedy
  expect(remedyOf('3.6.0')).toContain('`helm rollback` returns')
  expect(remedyOf('3.8.0')).toMatch(/do not roll it back, .* 3\.6\.0 refuses .* 3\.8\.0 .* snapshot/)
  expect(remedyOf('3.8.0')).not.toContain('helm rollback')
})
