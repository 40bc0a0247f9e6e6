import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import { configDifferences } from './configDifferences.ts'
import { alertmanagerHash, describeLoaded, reloadErrors, reloaderProblem } from './loadedConfig.ts'
import { alertmanagerParts, jobNames } from './writtenConfig.ts'

const written = `
global: {evaluation_interval: 5s, scrape_interval: 60s, external_labels: {replica: $(POD_NAME)}}
rule_files: [/etc/prometheus/rules/*.yaml]
scrape_configs:
- job_name: serviceMonitor/default/shop/0
  honor_timestamps: false
  bearer_token_file: /some/file
  metrics_path: /metrics
  basic_auth: {username: a, password: b}
  body_size_limit: 15MB
  sample_limit: 0
  kubernetes_sd_configs: [{role: endpointslice, namespaces: {own_namespace: false, names: [default]}}]
  relabel_configs:
  - {action: keep, source_labels: [__a, __b], regex: x;true}
  metric_relabel_configs: []
storage: {tsdb: {out_of_order_time_window: 0s}}
`
// As Prometheus 3.14 prints it.
const loaded = `
global:
  scrape_interval: 1m
  scrape_timeout: 10s
  evaluation_interval: 5s
  external_labels:
    replica: prometheus-0
rule_files:
- /etc/prometheus/rules/*.yaml
scrape_configs:
- job_name: serviceMonitor/default/shop/0
  honor_timestamps: false
  scrape_interval: 1m
  metrics_path: /metrics
  body_size_limit: 15MiB
  basic_auth:
    username: a
    password: <secret>
  follow_redirects: true
  relabel_configs:
  - source_labels: [__a, __b]
    separator: ;
    regex: x;true
    replacement: $1
    action: keep
  kubernetes_sd_configs:
  - role: endpointslice
    namespaces:
      own_namespace: false
      names:
      - default
storage:
  tsdb:
    outofordertimewindow: 0
`

test('defaults, units and masked secrets are no differences', () => {
  expect(configDifferences(written, loaded)).toEqual({ jobs: [], values: [] })
})

test('the jobs of a configuration, as written and as Prometheus prints it', () => {
  expect(jobNames(written)).toEqual(['serviceMonitor/default/shop/0'])
  expect(jobNames(loaded)).toEqual(['serviceMonitor/default/shop/0'])
})

test('a job that is only in one of the two', () => {
  const renamed = written.replace('default/shop', 'default/store')
  expect(configDifferences(renamed, loaded).jobs).toEqual([
    'it lacks job serviceMonitor/default/store/0',
    'it still has job serviceMonitor/default/shop/0',
  ])
})

test('a value that differs is named by its path', () => {
  const changed = written.replace('/metrics', '/metricz').replace('x;true', 'y;true').replace('60s', '30s')
  expect(configDifferences(changed, loaded).values).toEqual([
    'global.scrape_interval is "1m", not "30s"',
    'job serviceMonitor/default/shop/0: metrics_path is "/metrics", not "/metricz"',
    'job serviceMonitor/default/shop/0: relabel_configs[0].regex is "x;true", not "y;true"',
  ])
})

// Recorded from Prometheus 3.14 and Alertmanager 0.34.
const prometheusLog = [
  'time=2026-11-28T09:00:00Z level=ERROR source=main.go:1389 msg="Error reloading config" err="an older one"',
  'time=2026-11-28T09:19:03.094Z level=INFO source=main.go:1690 msg="Loading configuration file" filename=p/prom.yml',
  String.raw`time=2026-11-28T09:19:03.094Z level=ERROR source=main.go:1389 msg="Error reloading config" err="couldn't load configuration (--config.file=\"p/prom.yml\"): parsing YAML file p/prom.yml: yaml: unmarshal errors:\n  line 11: field type not found in type config.ScrapeConfig"`,
]
const alertmanagerLog = [
  'time=2026-11-28T09:19:05.145Z level=INFO source=coordinator.go:112 msg="Loading configuration file" component=configuration file=a/am.yml',
  String.raw`time=2026-11-28T09:19:05.146Z level=ERROR source=coordinator.go:117 msg="Loading configuration file failed" component=configuration file=a/am.yml err="undefined receiver \"team\" used in route"`,
]

test('what a server says against its newest configuration', () => {
  expect(reloadErrors(prometheusLog)).toEqual([
    'couldn\'t load configuration (--config.file="p/prom.yml"): parsing YAML file p/prom.yml: yaml: unmarshal errors:\n' +
      '  line 11: field type not found in type config.ScrapeConfig',
  ])
  expect(reloadErrors(alertmanagerLog)).toEqual(['undefined receiver "team" used in route'])
  expect(reloadErrors([])).toEqual([])
})

test('the reloader has a problem if its last word is one', () => {
  const failed = 'ts=1 level=error caller=r.go:1 msg="Failed to trigger reload" err="connection refused"'
  expect(reloaderProblem(['ts=0 level=info msg=started', failed])).toBe(
    'Failed to trigger reload: connection refused',
  )
  expect(reloaderProblem([failed, 'ts=2 level=info msg="Reload triggered"'])).toBeUndefined()
  expect(reloaderProblem([])).toBeUndefined()
})

test("Alertmanager's hash, recorded from its metric", () => {
  const config = `global:
  resolve_timeout: 5m
route:
  receiver: "null"
  routes:
  - receiver: default/team/hook
    matchers: [namespace="default"]
receivers:
- name: "null"
- name: default/team/hook
  webhook_configs:
  - url: http://x/y
`
  expect(alertmanagerHash(config)).toBe(2.39887134372358e14)
  expect(alertmanagerParts(config)).toEqual(['null', 'default/team/hook'])
})

const finding = {
  reader: 'Prometheus',
  object: ourComponents.prometheus,
  reload: { successful: true, loadedAt: Date.parse('2000-01-02T10:00:00Z'), hash: undefined },
  written: {
    secret: 'monitoring/prometheus-x',
    text: '',
    change: { at: Date.parse('2000-01-02T10:05:00Z'), by: 'operator' },
  },
  differences: ['it lacks job a', 'it lacks job b', 'it lacks job c', 'it lacks job d'],
  serverSays: [],
  reloaderSays: undefined,
} as const

test('a configuration that has not been loaded', () => {
  expect(describeLoaded(finding)).toMatchInlineSnapshot(`
    "Prometheus does not run with the newest configuration, which the operator wrote to Secret monitoring/prometheus-x at 2000-01-02 10:05:00 UTC: it lacks job a; it lacks job b; it lacks job c and 1 more
      it still runs with that of 2000-01-02 10:00:00 UTC; its next restart loads the new one
      remedy: the kubelet updates the file within a minute or two; if this lasts, \`kubectl -n monitoring logs prometheus-kube-prometheus-stack-prometheus-0 -c config-reloader\` shows why"
  `)
})

test('a configuration that cannot be loaded', () => {
  expect(
    describeLoaded({
      ...finding,
      reload: { ...finding.reload, successful: false },
      serverSays: ['undefined receiver "team" used in route'],
    }),
  ).toMatchInlineSnapshot(`
    "Prometheus cannot load its newest configuration: undefined receiver "team" used in route
      it still runs with that of 2000-01-02 10:00:00 UTC; its next restart fails, because it does not start with a configuration that it cannot load
      remedy: correct what it names, in values/ or in the Secret from which the operator copied it"
  `)
})
