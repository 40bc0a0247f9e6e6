import { expect, test } from 'vitest'
import type { Prometheus, Rule, Sample } from '../../clients/prometheus.ts'
import { alertingRules } from './alertingRules.ts'
import { observeNotification } from './notification.ts'
import { prometheusSettings } from './serverSettings.ts'
import { observeSeries } from './series.ts'

const series = (name: string, labels: Readonly<Record<string, string>>, value = 1): Sample => ({
  labels: { __name__: name, ...labels },
  value,
})

test('series by job, without those that come and go with pods; bounds of histograms in ascending order', () => {
  const target = { job: 'app', instance: 'a:1', pod: 'a' }
  const now = [
    series('users', { ...target, region: 'x' }, 3),
    series('users', { ...target, region: 'y' }, 4),
    // Of kube-state-metrics: the label names the pod that it is about.
    series('kube_pod_info', { job: 'ksm', instance: 'k:1', pod: 'a' }),
    series('kube_pod_info', { job: 'ksm', instance: 'k:1', pod: 'b' }),
    series('recorded', {}),
    ...['+Inf', '10', '0.5'].map((le) => series('seconds_bucket', { ...target, le })),
  ]
  expect(observeSeries(now, {})).toEqual({
    families: {},
    series: { users: { app: { count: 2, sum: 7 } } },
    buckets: { seconds_bucket: { app: ['0.5', '10', '+Inf'] } },
  })
})

test('types and units: from OpenMetrics, or the one that the help text names', () => {
  const metadata = {
    a: [{ type: 'gauge', unit: 'bytes', help: 'In milliseconds.' }],
    b: [
      { type: 'counter', unit: '', help: 'Time spent in milliseconds.' },
      { type: 'unknown', unit: '', help: '' },
    ],
    c: [{ type: 'info', unit: '', help: 'Bytes per second.' }],
  }
  expect(observeSeries([], metadata).families).toEqual({
    a: { type: 'gauge', unit: 'bytes' },
    b: { type: 'counter', unit: 'milliseconds' },
    c: { type: 'gauge', unit: '' },
  })
})

test('an alerting rule: how many series its selectors match, by the matchers that name the job', () => {
  const rule: Rule = {
    group: 'node',
    name: 'Full',
    type: 'alerting',
    query: 'free{job=~"n.*",mode="rw"} / size{job="n"} < 0.1',
    labels: { severity: 'warning' },
    annotations: { summary: 'full' },
    state: 'inactive',
    duration: 300,
    keepFiringFor: 60,
    health: 'ok',
    lastError: '',
  }
  const now = [series('free', { job: 'node' }), series('free', { job: 'other' })]
  expect(alertingRules([rule], now)).toEqual({
    'node / Full': {
      expr: rule.query,
      state: 'inactive',
      error: '',
      for: 300,
      keepFiringFor: 60,
      labels: { severity: 'warning' },
      annotations: { summary: 'full' },
      selects: { 'free{job=~"n.*"}': 1, 'size{job="n"}': 0 },
    },
  })
})

test('notification: the configuration of Alertmanager and the alert relabelings of Prometheus', async () => {
  const drop = { action: 'drop', source_labels: ['severity'], regex: 'info' }
  const status = async () => ({
    cluster: { status: 'disabled' },
    versionInfo: { version: '0.34.0' },
    config: { original: 'route: {receiver: team}\nreceivers: [{name: team}]\n' },
  })
  const keep = { action: 'keep', source_labels: ['__meta_kubernetes_service_name'], regex: 'alertmanager' }
  const own = { kubernetes_sd_configs: [{ namespaces: { names: ['monitoring'] } }], relabel_configs: [keep] }
  const central = { static_configs: [{ targets: ['central:9093'] }], alert_relabel_configs: [drop] }
  const alerting = { alert_relabel_configs: [], alertmanagers: [own, central] }
  expect(await observeNotification({ status }, { alerting }, '')).toEqual({
    alertmanager: { route: { receiver: 'team' }, receivers: [{ name: 'team' }] },
    secrets: {},
    alertmanagers: ['Service alertmanager in monitoring', 'central:9093'],
    relabelings: [drop],
  })
})

test('the secrets of receivers, which the API masks: hashes, and the hosts of URLs', async () => {
  const status = async () => ({
    cluster: { status: 'disabled' },
    versionInfo: { version: '0.34.0' },
    config: { original: 'route: {}' },
  })
  const secretsOf = async (path: string) => {
    const written = JSON.stringify({
      global: { slack_api_url: 'https://hooks.slack.com/a', smtp_auth_password: 'x' },
      receivers: [
        { name: 'null' },
        { name: 'chat', slack_configs: [{ channel: '#a' }] },
        { name: 'hook', webhook_configs: [{ url: `http://receiver:8080/${path}`, max_alerts: 1 }] },
      ],
    })
    return (await observeNotification({ status }, {}, written)).secrets
  }
  const secrets = await secretsOf('a')
  expect(secrets).toEqual({
    null: {},
    chat: { 'global.slack_api_url': expect.stringMatching(/^hooks\.slack\.com \(\w{12}\)$/) },
    hook: { 'webhook_configs[0].url': expect.stringMatching(/^receiver:8080 \(\w{12}\)$/) },
  })
  expect(JSON.stringify(secrets)).not.toContain('8080/a')
  expect((await secretsOf('b'))['hook']).not.toEqual(secrets['hook'])
})

test('what is written to a remote server, and by which relabelings', async () => {
  const written = async (steps: readonly object[]) => {
    const server = { flags: async () => ({}), retention: async () => '10d' }
    const remote = { remote_write: [{ url: 'http://a', write_relabel_configs: steps }] }
    return (await prometheusSettings(server as unknown as Prometheus, remote))['remote write to http://a']
  }
  expect(await written([])).toBe('configured')
  expect(await written([{ action: 'drop' }])).toMatch(/^configured, with 1 relabeling \(\w+\)$/)
})
