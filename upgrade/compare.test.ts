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

/** The findings if the example changes to this, a line each; without the pre-existing ones and the release itself. */
const found = (after: Partial<Observation>, others: readonly Difference[] = []): string =>
  compare(base, { ...upgraded, ...after }, others)
    .filter(({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/kube'))
    .map(
      ({ id, verdict, severity, consequences }) =>
        `${verdict}, ${severity}: ${id}${consequences.length > 0 ? `, with ${consequences.length} consequences` : ''}`,
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
  ).toMatchInlineSnapshot(`"new, high: target/coredns, with 3 consequences"`)
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
  ).toMatchInlineSnapshot(`"new, high: metric/node_load1, with 2 consequences"`)
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
    "change, medium: metric/node_load1/instance
    change, medium: metric/node_time_seconds"
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
    "new, high: rule/node / instance:load
    new, high: target/node-exporter
    new, medium: alert/general / Watchdog
    new, medium: alert/node / HighLoad
    fixed, low: rule/quota / namespace:quota
    fixed, low: target/kubelet
    change, low: target/etcd"
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
    "change, low: release/opensearch
    change, low: rule/quota / namespace:quota"
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
    "new, high: dashboard/dns
    new, high: data-source/Prometheus
    new, medium: dashboard/nodes
    change, low: dashboard/disks
    change, low: dashboard/nodes2"
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
    "change, medium: image/DaemonSet monitoring/vector: vector
    change, medium: image/StatefulSet monitoring/prometheus: prometheus"
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
    "new, high: object/PersistentVolumeClaim monitoring/data-0
    new, high: secret/monitoring/grafana/admin-password
    new, high: secret/monitoring/grafana/ldap-toml
    new, medium: object/Service monitoring/grafana/ports.http-web.nodePort
    new, medium: object/Service monitoring/grafana/ports.http-web.port
    new, medium: object/Service monitoring/grafana/type
    change, low: object/Service monitoring/grafana-headless
    change, low: object/Service monitoring/grafana/ports.http-web.targetPort"
  `)
})

test('definitions and their resources', () => {
  expect(
    found({
      definitions: { 'servicemonitors.monitoring.coreos.com': { versions: ['v1 (stored)'], schema: 'eeee' } },
      customResources: { 'ServiceMonitor monitoring/grafana': 'unknown field "spec.scrapeClass"' },
    }),
  ).toMatchInlineSnapshot(`
    "new, high: crd/servicemonitors.monitoring.coreos.com/v1beta1
    new, high: resource/ServiceMonitor monitoring/grafana
    change, low: crd/servicemonitors.monitoring.coreos.com"
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
    "new, high: index/logs-*
    new, high: logs/namespace/monitoring
    new, high: logs/node/worker2
    new, high: release/opensearch
    new, medium: index/logs-*/message
    change, low: opensearch"
  `)
})
