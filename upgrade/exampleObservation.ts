import type { AlertingRule, Observation } from './observation.ts'

/** An alerting rule that does not fire. */
export const alert = (expr: string, more: Partial<AlertingRule> = {}): AlertingRule => ({
  expr,
  state: 'inactive',
  error: '',
  for: 300,
  keepFiringFor: 0,
  labels: { severity: 'warning' },
  annotations: {},
  selects: {},
  ...more,
})

/** A small cluster, in which some things were broken all along. */
export const base: Observation = {
  takenAt: '2026-11-23T10:00:00.000Z',
  kubernetes: 'v1.34.4',
  releases: {
    'kube-prometheus-stack': { chart: 'kube-prometheus-stack-88.5.3', revision: 1, status: 'deployed' },
    opensearch: { chart: 'opensearch-3.6.0', revision: 1, status: 'deployed' },
  },
  targets: {
    coredns: { up: 2, down: [] },
    kubelet: { up: 3, down: ['connection refused'] },
    'node-exporter': { up: 4, down: [] },
  },
  metrics: {
    coredns_cache_hits_total: { jobs: ['coredns'], labels: ['job', 'server'], series: 4 },
    'instance:load': { jobs: [], labels: ['instance'], series: 4 },
    node_load1: { jobs: ['node-exporter'], labels: ['instance', 'job'], series: 4 },
    node_time_seconds: { jobs: ['node-exporter'], labels: ['instance', 'job', 'zone'], series: 4 },
  },
  recordingRules: {
    'node / instance:load': {
      record: 'instance:load',
      expr: 'avg by (instance) (node_load1)',
      answer: 'data',
    },
    'quota / namespace:quota': {
      record: 'namespace:quota',
      expr: 'sum(kube_resourcequota)',
      answer: 'no data',
    },
  },
  queries: { 'promql-pods': { expr: 'count(kube_pod_info)' } },
  alertingRules: {
    'node / HighLoad': alert('instance:load > 8', { selects: { 'instance:load': 4 } }),
    'general / Watchdog': alert('vector(1)', { state: 'firing', for: 0, labels: { severity: 'none' } }),
  },
  ruleGroups: { general: 30, node: 30, quota: 30 },
  families: {
    coredns_cache_hits_total: { type: 'counter', unit: '' },
    node_load1: { type: 'gauge', unit: '' },
    node_time_seconds: { type: 'gauge', unit: '' },
  },
  series: {
    coredns_cache_hits_total: { coredns: { count: 4, sum: 900 } },
    node_load1: { 'node-exporter': { count: 4, sum: 3.2 } },
    node_time_seconds: { 'node-exporter': { count: 4, sum: 7e9 } },
  },
  buckets: { coredns_dns_request_duration_seconds_bucket: { coredns: ['0.1', '1', '+Inf'] } },
  sideBySide: {},
  notification: {
    alertmanager: {
      route: {
        receiver: 'team',
        group_by: ['namespace'],
        routes: [{ receiver: 'null', matchers: ['alertname="Watchdog"'] }],
      },
      receivers: [{ name: 'null' }, { name: 'team', email_configs: [{ to: 'team@example.org' }] }],
      inhibit_rules: [
        {
          source_matchers: ['severity="critical"'],
          target_matchers: ['severity="warning"'],
          equal: ['namespace'],
        },
      ],
    },
    secrets: { team: { 'email_configs[0].auth_password': 'aaaa' } },
    alertmanagers: ['Service alertmanager in monitoring'],
    relabelings: [],
  },
  dashboards: {
    nodes: {
      title: 'Nodes',
      panels: {
        'Load / A': { expr: 'node_load1', answer: 'data' },
        'Quota / A': { expr: 'kube_resourcequota', answer: 'no data' },
      },
    },
    dns: {
      title: 'DNS',
      panels: { 'Hits / A': { expr: 'rate(coredns_cache_hits_total[5m])', answer: 'data' } },
    },
  },
  dataSources: {
    Prometheus: {
      type: 'prometheus',
      url: 'http://prometheus:9090',
      health: 'OK',
      uid: 'prometheus',
      isDefault: true,
    },
  },
  dataSourceUsers: { prometheus: ['DNS', 'Nodes'] },
  images: {
    'DaemonSet monitoring/vector: vector': 'docker.io/timberio/vector:0.56.0-distroless-libc',
    'StatefulSet monitoring/prometheus: prometheus': 'quay.io/prometheus/prometheus:v3.13.1',
  },
  objects: {
    'PersistentVolumeClaim monitoring/data-0': { storage: '8Gi' },
    'Service monitoring/grafana': {
      type: 'NodePort',
      ports: { 'http-web': { port: 80, targetPort: 'grafana', nodePort: 30300 } },
    },
  },
  secrets: { 'monitoring/grafana': { 'admin-password': 'aaaa', 'ldap-toml': 'bbbb' } },
  definitions: {
    'servicemonitors.monitoring.coreos.com': { versions: ['v1 (stored)', 'v1beta1'], schema: 'cccc' },
  },
  customResources: { 'ServiceMonitor monitoring/grafana': 'accepted' },
  opensearch: {
    version: '3.6.0',
    indices: { 'logs-*': { documents: 1000, fields: { '@timestamp': 'date', message: 'text' } } },
  },
  scrapes: {
    'coredns http-metrics/metrics': {
      job: 'coredns',
      targets: 2,
      hosts: 2,
      interval: 30,
      labels: ['instance', 'job', 'namespace', 'pod'],
    },
    'node-exporter http-metrics/metrics': {
      job: 'node-exporter',
      targets: 4,
      hosts: 4,
      interval: 30,
      labels: ['instance', 'job', 'namespace', 'pod'],
    },
  },
  sharedTargets: {},
  settings: {
    Grafana: { anonymousEnabled: 'false', 'folder of "DNS"': 'the root' },
    OpenSearch: { 'ISM policy of index logs-*': 'keep-10d', 'snapshot repository nightly': '{}' },
    'OpenSearch index logs-*': { 'index.number_of_replicas': '1', 'index.refresh_interval': '1s' },
    'OpenSearch index of tomorrow': { 'field message': 'text', 'index.number_of_replicas': '1' },
    Prometheus: { 'external label cluster': 'eu', 'query.lookback-delta': '5m', retention: '10d' },
    Vector: { data_dir: '/vector-data-dir' },
    'Vector sources.kubernetes_logs': { type: 'kubernetes_logs' },
    'scrape of coredns http-metrics/metrics': { honor_labels: 'false', scrape_timeout: '10s' },
  },
  indexPatterns: { logs: { title: 'logs-*', timeField: '@timestamp', answer: 'data' } },
  usage: {
    'memory of StatefulSet monitoring/prometheus: prometheus': { used: 400e6, limit: 1e9 },
    'volume monitoring/data-0': { used: 1e9, limit: 8e9 },
  },
  recentLogs: { documents: 500, fields: { '@timestamp': 1, 'kubernetes.labels': 0.9, message: 1 } },
  logs: { nodes: { worker: 500, worker2: 500 }, namespaces: { monitoring: 1000 } },
}
