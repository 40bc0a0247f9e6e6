import { expect, test } from 'vitest'
import { compare } from './compare.ts'
import { base } from './example.ts'
import type { Difference } from './rootCauses.ts'
import type { Observation } from './observation.ts'

const upgraded: Observation = {
  ...base,
  releases: {
    ...base.releases,
    'kube-prometheus-stack': { chart: 'kube-prometheus-stack-89.0.0', revision: 2, status: 'deployed' },
  },
}

/** What is found where the example becomes this, a line each; but not what was as broken, nor the release itself. */
const found = (after: Partial<Observation>, others: readonly Difference[] = []): string =>
  compare(base, { ...upgraded, ...after }, others)
    .filter(({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/kube'))
    .map(
      ({ id, verdict, severity, sentence, consequences }) =>
        `${verdict}, ${severity}: ${id}: ${sentence}${consequences.map((text) => `\n  ${text}`).join('')}`,
    )
    .join('\n')

const without = <T>(record: Readonly<Record<string, T>>, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))

test('what is as broken as before is told as that, and nothing else of the same cluster', () => {
  const later: Observation = {
    ...base,
    takenAt: '2026-11-23T10:05:00.000Z',
    // What happened in the meantime: a first 404, more documents, an alert, a query that has a result now.
    metrics: { ...base.metrics, http_errors_total: { jobs: ['kubelet'], labels: ['code'], series: 1 } },
    alertingRules: {
      ...base.alertingRules,
      'node / HighLoad': { expr: 'instance:load > 8', state: 'firing', error: '' },
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
  expect(compare(base, base).map(({ id, verdict }) => `${verdict}: ${id}`)).toMatchInlineSnapshot(`
    [
      "pre-existing: target/kubelet",
      "pre-existing: panel/nodes/Quota / A",
      "pre-existing: rule/quota / namespace:quota",
    ]
  `)
  expect(compare(base, later).filter(({ verdict }) => verdict !== 'pre-existing')).toEqual([])
})

test('a job that is gone takes its metrics, panels and claims with it', () => {
  const claim: Difference = {
    id: 'claim/prometheus-inventory',
    about: 'claim:prometheus-inventory',
    verdict: 'new',
    severity: 'high',
    sentence: 'Prometheus: "every job has its number of targets" does not hold any more',
    remedy: '',
    text: 'job coredns: 0 targets are up, 2 expected',
  }
  expect(
    found(
      {
        targets: without(base.targets, 'coredns'),
        metrics: without(base.metrics, 'coredns_cache_hits_total'),
        dashboards: {
          ...base.dashboards,
          dns: {
            title: 'DNS',
            panels: { 'Hits / A': { expr: 'rate(coredns_cache_hits_total[5m])', answer: 'no data' } },
          },
        },
      },
      [claim],
    ),
  ).toMatchInlineSnapshot(`
    "new, high: target/coredns: job coredns no longer has targets, 2 were up: its metrics are missing
      metric coredns_cache_hits_total of job coredns is gone, and panel "Hits / A" of "DNS" needs it
      panel "Hits / A" of "DNS" has no data: rate(coredns_cache_hits_total[5m])
      Prometheus: "every job has its number of targets" does not hold any more"
  `)
})

test('a metric that is dropped takes the rule that records it, and what uses the rule', () => {
  expect(
    found({
      metrics: without(base.metrics, 'node_load1', 'instance:load'),
      recordingRules: {
        ...base.recordingRules,
        'node / instance:load': {
          record: 'instance:load',
          expr: 'avg by (instance) (node_load1)',
          answer: 'no data',
        },
      },
    }),
  ).toMatchInlineSnapshot(`
    "new, high: metric/node_load1: metric node_load1 of job node-exporter is gone, and panel "Load / A" of "Nodes", rule instance:load need it
      metric instance:load is gone, and alert node / HighLoad needs it
      rule node / instance:load no longer has a result: avg by (instance) (node_load1)"
  `)
})

test('metrics and labels that nothing here needs are changes', () => {
  expect(
    found({
      metrics: {
        ...without(base.metrics, 'node_time_seconds'),
        node_load1: { jobs: ['node-exporter'], labels: ['job'], series: 1 },
      },
    }),
  ).toMatchInlineSnapshot(`
    "change, medium: metric/node_load1/instance: metric node_load1 no longer has label instance
    change, medium: metric/node_time_seconds: metric node_time_seconds of job node-exporter is gone; no dashboard or rule here needs it"
  `)
})

test('a metric that had come and gone before is no difference', () => {
  const passing = { jobs: ['kube-state-metrics'], labels: [], series: 0 }
  const before = { ...base, metrics: { ...base.metrics, kube_pod_waiting: passing } }
  expect(compare(before, upgraded).some(({ id }) => id.startsWith('metric/'))).toBe(false)
})

test('targets, rules and alerts', () => {
  expect(
    found({
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
        'node / instance:load': { record: 'instance:load', expr: 'x * y', answer: 'error: many-to-many' },
        'quota / namespace:quota': {
          record: 'namespace:quota',
          expr: 'sum(kube_resourcequota)',
          answer: 'data',
        },
      },
      alertingRules: { 'node / HighLoad': { expr: 'instance:load > 8', state: 'firing', error: '' } },
    }),
  ).toMatchInlineSnapshot(`
    "new, high: rule/node / instance:load: rule node / instance:load cannot be evaluated: error: many-to-many
    new, high: target/node-exporter: job node-exporter has 3 targets up, 4 before: connection refused
    new, medium: alert/general / Watchdog: alert general / Watchdog is gone: it notifies nobody any longer
    new, medium: alert/node / HighLoad: alert node / HighLoad fires, but did not before
    fixed, low: rule/quota / namespace:quota: rule quota / namespace:quota has a result now, no data before
    fixed, low: target/kubelet: job kubelet has 4 targets up, 3 before
    change, low: target/etcd: job etcd is new, with 1 target"
  `)
})

test('a query that has a result since something happened, and not by the new version', () => {
  const quota = base.recordingRules['quota / namespace:quota']
  if (!quota) throw new Error('the example has no such rule')
  expect(
    found({
      releases: {
        ...base.releases,
        opensearch: { chart: 'opensearch-3.8.0', revision: 2, status: 'deployed' },
      },
      recordingRules: { ...base.recordingRules, 'quota / namespace:quota': { ...quota, answer: 'data' } },
    }),
  ).toMatchInlineSnapshot(`
    "change, low: release/opensearch: Helm release opensearch changed from opensearch-3.6.0 to opensearch-3.8.0, revision 2
    change, low: rule/quota / namespace:quota: rule quota / namespace:quota has a result now, no data before: it counts something that has happened since"
  `)
})

test('dashboards, panels and data sources', () => {
  expect(
    found({
      dashboards: {
        nodes2: { title: 'Nodes', panels: {} },
        disks: { title: 'Disks', panels: {} },
      },
      dataSources: { Prometheus: { type: 'prometheus', url: 'http://prometheus:9099', health: 'ERROR' } },
    }),
  ).toMatchInlineSnapshot(`
    "new, high: dashboard/dns: dashboard "DNS" is gone
    new, high: data-source/Prometheus: the health of data source Prometheus changed from OK to ERROR
    new, medium: dashboard/nodes: the uid of dashboard "Nodes" changed from nodes to nodes2: links to it are broken
    change, low: dashboard/disks: dashboard "Disks" is new, with 0 queries
    change, low: dashboard/nodes2: dashboard "Nodes" is new, with 0 queries"
  `)
})

test('images from elsewhere, without a shell, and newer', () => {
  expect(
    found({
      images: {
        'DaemonSet monitoring/vector: vector': 'ghcr.io/vectordotdev/vector:0.57.0-distroless-libc',
        'StatefulSet monitoring/prometheus: prometheus': 'quay.io/prometheus/prometheus:v3.14.0-distroless',
      },
    }),
  ).toMatchInlineSnapshot(`
    "change, medium: image/DaemonSet monitoring/vector: vector: the image of DaemonSet monitoring/vector: vector moved from docker.io/timberio/vector to ghcr.io/vectordotdev/vector
    change, medium: image/StatefulSet monitoring/prometheus: prometheus: the image of StatefulSet monitoring/prometheus: prometheus no longer has a shell (quay.io/prometheus/prometheus:v3.14.0-distroless): \`kubectl exec … sh\` fails"
  `)
})

test('objects and Secrets', () => {
  expect(
    found({
      objects: {
        'Service monitoring/grafana': {
          type: 'ClusterIP',
          ports: { 'http-web': { port: 8080, targetPort: '3000' } },
        },
        'Service monitoring/grafana-headless': { type: 'ClusterIP' },
      },
      secrets: { 'monitoring/grafana': { 'admin-password': 'dddd' } },
    }),
  ).toMatchInlineSnapshot(`
    "new, high: object/PersistentVolumeClaim monitoring/data-0: PersistentVolumeClaim monitoring/data-0 is gone: its data are lost
    new, high: secret/monitoring/grafana/admin-password: the value of admin-password in Secret monitoring/grafana changed; clients with the old one are refused
    new, high: secret/monitoring/grafana/ldap-toml: Secret monitoring/grafana no longer has key ldap-toml: pods that mount it fail
    new, medium: object/Service monitoring/grafana/ports.http-web.nodePort: Service monitoring/grafana: ports.http-web.nodePort changed from 30300 to not set; clients of the old one are refused
    new, medium: object/Service monitoring/grafana/ports.http-web.port: Service monitoring/grafana: ports.http-web.port changed from 80 to 8080; clients of the old one are refused
    new, medium: object/Service monitoring/grafana/type: Service monitoring/grafana: type changed from "NodePort" to "ClusterIP"; clients of the old one are refused
    change, low: object/Service monitoring/grafana-headless: Service monitoring/grafana-headless is new
    change, low: object/Service monitoring/grafana/ports.http-web.targetPort: Service monitoring/grafana: ports.http-web.targetPort changed from "grafana" to "3000""
  `)
})

test('definitions and their resources', () => {
  expect(
    found({
      definitions: { 'servicemonitors.monitoring.coreos.com': { versions: ['v1 (stored)'], schema: 'eeee' } },
      customResources: { 'ServiceMonitor monitoring/grafana': 'unknown field "spec.scrapeClass"' },
    }),
  ).toMatchInlineSnapshot(`
    "new, high: crd/servicemonitors.monitoring.coreos.com/v1beta1: CustomResourceDefinition servicemonitors.monitoring.coreos.com no longer has version v1beta1: manifests that use it are refused
    new, high: resource/ServiceMonitor monitoring/grafana: the API server would refuse ServiceMonitor monitoring/grafana as it is: unknown field "spec.scrapeClass"
    change, low: crd/servicemonitors.monitoring.coreos.com: the schema of CustomResourceDefinition servicemonitors.monitoring.coreos.com changed"
  `)
})

test('servers, indices, logs and releases', () => {
  expect(
    found({
      releases: { opensearch: { chart: 'opensearch-3.8.0', revision: 2, status: 'failed' } },
      opensearch: {
        version: '3.8.0',
        indices: { 'logs-*': { documents: 900, fields: { '@timestamp': 'date', message: 'keyword' } } },
      },
      logs: { nodes: { worker: 900 }, namespaces: {} },
    }),
  ).toMatchInlineSnapshot(`
    "new, high: index/logs-*: index logs-* has 900 documents, 1000 before
    new, high: logs/namespace/monitoring: no logs of namespace monitoring were found, 1000 documents before
    new, high: logs/node/worker2: no logs of node worker2 were found, 500 documents before
    new, high: release/opensearch: Helm release opensearch (opensearch-3.8.0) is failed
    new, medium: index/logs-*/message: field message of index logs-* changed from text to keyword: queries on it give other results
    change, low: opensearch: OpenSearch changed from 3.6.0 to 3.8.0; the old version cannot read indices that the new one wrote"
  `)
})
