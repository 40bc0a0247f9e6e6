import { describe, expect, test } from 'vitest'
import type { AlertmanagerConfiguration } from '../diagnosis/alertRoutes.ts'
import { compare } from './compare.ts'
import { alert, base } from './exampleObservation.ts'
import type { Observation, SideBySide, Statistics } from './observation.ts'

const upgraded: Partial<Observation> = {
  releases: {
    ...base.releases,
    'kube-prometheus-stack': { chart: 'kube-prometheus-stack-89.0.0', revision: 2, status: 'deployed' },
  },
}

type Change = Readonly<{
  what: string
  before?: Partial<Observation>
  after: Partial<Observation>
  findings: readonly string[]
}>

/** The findings of an upgrade that changed this and no more. */
const findings = ({ before = {}, after }: Pick<Change, 'before' | 'after'>) =>
  compare({ ...base, ...before }, { ...base, ...before, ...upgraded, ...after }).filter(
    ({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/'),
  )

const brief = (change: Pick<Change, 'before' | 'after'>) =>
  findings(change).map(
    ({ verdict, id, changesMeaning }) => `${verdict} ${id}${changesMeaning ? ', another meaning' : ''}`,
  )

const values = (median: number, more: Partial<Statistics> = {}): Statistics => ({
  series: 4,
  median,
  spread: 0.01,
  rises: false,
  ...more,
})

/** Old and new expression beside each other: four series, whose values are so many times as much. */
const beside = (ratio: number, more: Partial<SideBySide> = {}): SideBySide => ({
  old: 'old',
  now: 'now',
  series: { old: 4, now: 4, common: 4 },
  labels: { old: [], now: [] },
  differing: ratio === 1 ? 0 : 4,
  median: { old: 3, now: 3 * ratio },
  ratio,
  atRatio: 4,
  ...more,
})

const load = { record: 'instance:load', answer: 'data', expr: 'avg by (instance) (node_load1)' }
const doubled = { ...load, expr: 'avg by (instance) (node_load1) * 2' }
const record = (rule: Observation['recordingRules'][string]) => ({
  recordingRules: { ...base.recordingRules, 'node / instance:load': rule },
})
const panel = (one: Observation['dashboards'][string]['panels'][string]) => ({
  dashboards: { ...base.dashboards, nodes: { title: 'Nodes', panels: { 'Load / A': one } } },
})
const highLoad = (expr: string, more: Parameters<typeof alert>[1] = {}) => ({
  alertingRules: { ...base.alertingRules, 'node / HighLoad': alert(expr, more) },
})
const routing = (change: Partial<AlertmanagerConfiguration>) => ({
  notification: { ...base.notification, alertmanager: { ...base.notification.alertmanager, ...change } },
})
const { route } = base.notification.alertmanager

describe('what is no difference', () => {
  test('two observations of one cluster with its ordinary noise', () => {
    const seen = (factor: number): Partial<Observation> => ({
      ...record({ ...load, values: values(3 * factor, { spread: 0.2 }) }),
      ...panel({ expr: 'node_load1', answer: 'data', values: values(3 * factor, { spread: 0.2 }) }),
      series: {
        ...base.series,
        apiserver_requests_total: { coredns: { count: 20 * factor, sum: 4000 * factor } },
      },
    })
    expect(brief({ before: seen(1), after: seen(2.3) })).toEqual([])
  })

  test('a restart of all pods: counters begin at 0, memory and rates are others, series come back one by one', () => {
    const before = {
      families: { ...base.families, http_requests_total: { type: 'counter', unit: '' } },
      series: { ...base.series, http_requests_total: { coredns: { count: 60, sum: 90_000 } } },
      recordingRules: {
        'a / memory': { record: 'memory', expr: 'sum(memory_bytes)', answer: 'data', values: values(4e8) },
        'a / uptime': {
          record: 'uptime',
          expr: 'time() - process_start_time_seconds',
          answer: 'data',
          values: values(36_000),
        },
        'a / requests': {
          record: 'requests',
          expr: 'sum(http_requests_total)',
          answer: 'data',
          values: values(90_000, { rises: true }),
        },
      },
    }
    const after = {
      series: { ...base.series, http_requests_total: { coredns: { count: 20, sum: 300 } } },
      recordingRules: {
        'a / memory': { ...before.recordingRules['a / memory'], values: values(1.5e8) },
        'a / uptime': { ...before.recordingRules['a / uptime'], values: values(36) },
        'a / requests': {
          ...before.recordingRules['a / requests'],
          values: values(900, { rises: true }),
        },
      },
    }
    expect(brief({ before, after })).toEqual([])
  })

  test('a value that moved, without a reason to mean something else', () => {
    const seen = (median: number) => record({ ...load, values: values(median) })
    expect(brief({ before: seen(3), after: seen(7) })).toEqual([])
  })
})

test('a recorded value is doubled: both values, their ratio and both expressions', () => {
  const after = { ...record(doubled), sideBySide: { 'value/node / instance:load': beside(2) } }
  expect(findings({ after })).toMatchInlineSnapshot(`
    [
      {
        "changesMeaning": true,
        "consequences": [
          "alert node / HighLoad fires at another point: it compares other values with the same threshold: instance:load > 8",
        ],
        "id": "value/node / instance:load",
        "remedy": "rewrite what reads instance:load, or keep the old expression as your own PrometheusRule under another name",
        "sentence": "rule node / instance:load records other values: median 3 before, 6 now, 2 times as much, on the same data; its expression changed from \`avg by (instance) (node_load1)\` to \`avg by (instance) (node_load1) * 2\`",
        "severity": "high",
        "verdict": "new",
      },
    ]
  `)
})

test('what reads a recorded value that is doubled is a consequence', () => {
  const seen = (median: number) => panel({ expr: 'instance:load', answer: 'data', values: values(median) })
  const after = {
    ...record(doubled),
    ...seen(6),
    sideBySide: { 'value/node / instance:load': beside(2) },
  }
  expect(findings({ before: seen(3), after })).toMatchObject([
    {
      id: 'value/node / instance:load',
      consequences: [
        expect.stringContaining('alert node / HighLoad fires at another point'),
        expect.stringContaining('panel "Load / A" of "Nodes" returns other values'),
      ],
    },
  ])
})

test.each<Change>([
  {
    what: 'an expression that is written in another way',
    after: {
      ...record({ ...load, expr: 'avg(node_load1)\n  by (instance)' }),
      sideBySide: { 'value/node / instance:load': beside(1) },
    },
    findings: ['change values/rewritten'],
  },
  {
    what: 'new expressions that could not be evaluated beside the old ones',
    before: {
      recordingRules: {
        'a / x': { ...load, record: 'x', expr: 'x1', values: values(3) },
        'a / y': { ...load, record: 'y', expr: 'y1' },
      },
    },
    after: {
      recordingRules: {
        'a / x': { ...load, record: 'x', expr: 'x2', values: values(6) },
        'a / y': { ...load, record: 'y', expr: 'y2' },
      },
    },
    findings: ['new value/a / x, another meaning', 'change values/not-compared'],
  },
  {
    what: 'an expression with other white space',
    after: record({ ...load, expr: 'avg by(instance)(\n  node_load1 # of a minute\n)' }),
    findings: [],
  },
  {
    what: 'a rate over another window, which is noisier',
    before: record({ ...load, expr: 'rate(node_cpu_seconds_total[5m])' }),
    after: {
      ...record({ ...load, expr: 'rate(node_cpu_seconds_total[1m])' }),
      sideBySide: {
        'value/node / instance:load': beside(1.4, {
          old: 'rate(node_cpu_seconds_total[5m])',
          now: 'rate(node_cpu_seconds_total[1m])',
        }),
      },
    },
    findings: ['change values/rewritten'],
  },
  {
    what: 'a recorded value that loses a label, and one that loses half of its series',
    before: {
      recordingRules: {
        'a / x': { ...load, record: 'x', expr: 'x1' },
        'a / y': { ...load, record: 'y', expr: 'y1' },
      },
    },
    after: {
      recordingRules: {
        'a / x': { ...load, record: 'x', expr: 'x2' },
        'a / y': { ...load, record: 'y', expr: 'y2' },
      },
      sideBySide: {
        'value/a / x': beside(1, { labels: { old: ['instance'], now: [] } }),
        'value/a / y': beside(1, { series: { old: 4, now: 2, common: 2 } }),
      },
    },
    findings: ['new value/a / x, another meaning', 'new value/a / y, another meaning'],
  },
  {
    what: 'a rule that adds another label',
    before: record({ ...load, labels: { team: 'a' } }),
    after: record({ ...load, labels: { team: 'b' } }),
    findings: ['new value/node / instance:load/labels, another meaning'],
  },
  {
    what: 'two rules that record one metric, in another order',
    before: {
      recordingRules: {
        'a / x': { ...load, record: 'x', expr: 'one' },
        'a / x #2': { ...load, record: 'x', expr: 'two' },
      },
    },
    after: {
      recordingRules: {
        'b / x': { ...load, record: 'x', expr: 'two' },
        'b / x #2': { ...load, record: 'x', expr: 'one' },
      },
    },
    findings: [],
  },
  {
    what: 'an unchanged expression of milliseconds instead of seconds',
    before: record({ ...load, values: values(0.24) }),
    after: record({ ...load, values: values(240) }),
    findings: ['new value/node / instance:load, another meaning'],
  },
  {
    what: 'milliseconds in the query of a claim',
    before: { queries: { 'promql-p95': { expr: 'x', values: values(0.24) } } },
    after: { queries: { 'promql-p95': { expr: 'x', values: values(240) } } },
    findings: ['new query/promql-p95, another meaning'],
  },
  {
    what: 'a value with the other sign',
    before: record({ ...load, values: values(0.24) }),
    after: record({ ...load, values: values(-0.24) }),
    findings: ['new value/node / instance:load, another meaning'],
  },
  {
    what: 'a panel whose value is a hundred times as much',
    before: panel({ expr: 'x', answer: 'data', unit: 'percent' }),
    after: {
      ...panel({ expr: '100 * x', answer: 'data', unit: 'percent' }),
      sideBySide: { 'panel-value/nodes/Load / A': beside(100) },
    },
    findings: ['new panel-value/nodes/Load / A, another meaning'],
  },
  {
    what: 'a panel whose value and unit changed together',
    before: panel({ expr: 'x', answer: 'data', unit: 'percentunit' }),
    after: {
      ...panel({ expr: '100 * x', answer: 'data', unit: 'percent' }),
      sideBySide: { 'panel-value/nodes/Load / A': beside(100) },
    },
    findings: ['change panels/rewritten'],
  },
  {
    what: 'a panel with another unit of the same number',
    before: panel({ expr: 'x', answer: 'data', unit: 's' }),
    after: panel({ expr: 'x', answer: 'data', unit: 'ms' }),
    findings: ['new panel-value/nodes/Load / A, another meaning'],
  },
  {
    what: 'a panel of the same query, whose variable names another pod',
    before: panel({ expr: 'x{pod="a"}', template: 'x{pod="$pod"}', answer: 'data' }),
    after: panel({ expr: 'x{pod="b"}', template: 'x{pod="$pod"}', answer: 'data' }),
    findings: [],
  },
  {
    what: 'rule groups that are evaluated less often, and more often',
    after: { ruleGroups: { general: 60, node: 15, quota: 30 } },
    findings: ['new rule-group/general, another meaning', 'change rule-group/node'],
  },
  {
    what: 'twice the series of a metric that a panel shows, with as many targets',
    after: { series: { ...base.series, node_load1: { 'node-exporter': { count: 8, sum: 6.4 } } } },
    findings: ['new series/node-exporter/doubled, another meaning'],
  },
  {
    what: 'half the series of a counter that did not restart, with a panel of it',
    before: { series: { coredns_cache_hits_total: { coredns: { count: 16, sum: 900 } } } },
    after: { series: { coredns_cache_hits_total: { coredns: { count: 8, sum: 600 } } } },
    findings: ['new series/coredns/halved, another meaning'],
  },
  {
    what: 'twice the series of a metric that nothing needs',
    after: { series: { ...base.series, node_time_seconds: { 'node-exporter': { count: 8, sum: 14e9 } } } },
    findings: ['change series/node-exporter/doubled'],
  },
  {
    what: 'another type of a metric that is used, and of one that is not',
    after: {
      families: {
        ...base.families,
        node_load1: { type: 'counter', unit: '' },
        node_time_seconds: { type: 'counter', unit: '' },
      },
    },
    findings: ['new metric/node_load1/type, another meaning', 'change metric/node_time_seconds/type'],
  },
  {
    what: 'another unit of a metric that is used',
    before: { families: { node_load1: { type: 'gauge', unit: 'seconds' } } },
    after: { families: { node_load1: { type: 'gauge', unit: 'milliseconds' } } },
    findings: ['new metric/node_load1/unit, another meaning'],
  },
  {
    what: 'bounds that are spelled in another way, and nobody names',
    after: { buckets: { coredns_dns_request_duration_seconds_bucket: { coredns: ['0.1', '1.0', '+Inf'] } } },
    findings: ['change buckets-of-job/coredns'],
  },
  {
    what: 'a bound that a panel names',
    before: panel({ expr: 'coredns_dns_request_duration_seconds_bucket{le="1"}', answer: 'data' }),
    after: { buckets: { coredns_dns_request_duration_seconds_bucket: { coredns: ['0.1', '1.0', '+Inf'] } } },
    findings: ['new buckets/coredns_dns_request_duration_seconds_bucket, another meaning'],
  },
  {
    what: 'a bound that is gone, of a histogram with a quantile',
    before: panel({
      expr: 'histogram_quantile(0.9, rate(coredns_dns_request_duration_seconds_bucket[5m]))',
      answer: 'data',
    }),
    after: { buckets: { coredns_dns_request_duration_seconds_bucket: { coredns: ['0.1', '+Inf'] } } },
    findings: ['new buckets/coredns_dns_request_duration_seconds_bucket, another meaning'],
  },
])('$what', (change) => {
  expect(brief(change)).toEqual(change.findings)
})

test('a threshold that is a hundred times as high', () => {
  expect(findings({ after: highLoad('instance:load > 800', { selects: { 'instance:load': 4 } }) }))
    .toMatchInlineSnapshot(`
      [
        {
          "changesMeaning": true,
          "consequences": [],
          "id": "alert/node / HighLoad/expr",
          "remedy": "if the old condition is what you want, disable the rule (defaultRules.disabled in the values) and add the old one as your own PrometheusRule: \`instance:load > 8\`",
          "sentence": "alert node / HighLoad fires later or never: its threshold changed from > 8 to > 800",
          "severity": "high",
          "verdict": "new",
        },
      ]
    `)
})

test('another severity, and who is notified then', () => {
  const withInfo = {
    ...route,
    routes: [...(route.routes ?? []), { receiver: 'null', matchers: ['severity="info"'] }],
  }
  const change = {
    before: routing({ route: withInfo }),
    after: highLoad('instance:load > 8', { labels: { severity: 'info' } }),
  }
  expect(findings(change).map(({ sentence }) => sentence)).toMatchInlineSnapshot(`
    [
      "alert node / HighLoad: label severity changed from warning to info; its notifications move from team to null",
    ]
  `)
})

const ofExpression = 'alert/node / HighLoad/expr'
test.each<Change>([
  {
    what: 'an alert that is written in another way',
    after: {
      ...highLoad('(instance:load) > 8'),
      sideBySide: { [ofExpression]: beside(1) },
    },
    findings: ['change alerts/rewritten'],
  },
  {
    what: 'an alert in per cent, with a threshold in per cent',
    after: {
      ...highLoad('100 * instance:load > 800'),
      sideBySide: { [ofExpression]: beside(100) },
    },
    findings: ['change alerts/rewritten'],
  },
  {
    what: 'an alert in per cent, with the old threshold',
    after: {
      ...highLoad('instance:load / 100 > 8'),
      sideBySide: { [ofExpression]: beside(0.01) },
    },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert that watches nothing any longer',
    after: {
      ...highLoad('instance:load{job="none"} > 8'),
      sideBySide: { [ofExpression]: beside(1, { series: { old: 4, now: 0, common: 0 } }) },
    },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert of something that this cluster does not have',
    after: {
      ...highLoad('max by (cluster) (instance:load) > 8'),
      sideBySide: { [ofExpression]: beside(1, { series: { old: 0, now: 0, common: 0 } }) },
    },
    findings: ['change alerts/rewritten'],
  },
  {
    what: 'a threshold that is reached sooner',
    after: highLoad('instance:load > 4'),
    findings: [`change ${ofExpression}`],
  },
  {
    what: 'an alert that fires later, and resolves sooner',
    before: highLoad('instance:load > 8', { keepFiringFor: 600 }),
    after: highLoad('instance:load > 8', { for: 900 }),
    findings: [
      'new alert/node / HighLoad/for, another meaning',
      'change alert/node / HighLoad/keepFiringFor',
    ],
  },
  {
    what: 'one label more, which no route asks for',
    after: highLoad('instance:load > 8', { labels: { severity: 'warning', component: 'node' } }),
    findings: ['change alert/node / HighLoad/labels.component'],
  },
  {
    what: 'a label less',
    before: highLoad('instance:load > 8', { labels: { severity: 'warning', team: 'a' } }),
    after: highLoad('instance:load > 8'),
    findings: ['new alert/node / HighLoad/labels.team, another meaning'],
  },
  {
    what: 'other texts, and no runbook any longer',
    before: highLoad('instance:load > 8', { annotations: { summary: 'a', runbook_url: 'https://x' } }),
    after: highLoad('instance:load > 8', { annotations: { summary: 'b' } }),
    findings: ['change alerts/runbooks-gone', 'change alerts/texts'],
  },
  {
    what: 'another runbook',
    before: highLoad('instance:load > 8', { annotations: { runbook_url: 'https://x' } }),
    after: highLoad('instance:load > 8', { annotations: { runbook_url: 'https://y' } }),
    findings: ['change alerts/runbooks'],
  },
  {
    what: 'an alert that is pending now, and one that may be',
    before: { alertingRules: { 'a / X': alert('x > 1'), 'a / NodeCPUHighUsage': alert('y > 1') } },
    after: {
      alertingRules: {
        'a / X': alert('x > 1', { state: 'pending' }),
        'a / NodeCPUHighUsage': alert('y > 1', { state: 'firing' }),
      },
    },
    findings: ['change alert/a / NodeCPUHighUsage', 'change alert/a / X'],
  },
  {
    what: 'an alert whose series have another job',
    before: highLoad('node_load1{job="node"} > 8', { selects: { 'node_load1{job="node"}': 4 } }),
    after: highLoad('node_load1{job="node"} > 8', { selects: { 'node_load1{job="node"}': 0 } }),
    findings: ['new alert/node / HighLoad/selects, another meaning'],
  },
  {
    what: 'an alert of something that has not happened since the restart',
    before: highLoad('kube_pod_waiting > 0', { selects: { kube_pod_waiting: 4 } }),
    after: {
      ...highLoad('kube_pod_waiting > 0', { selects: { kube_pod_waiting: 0 } }),
      metrics: { ...base.metrics, kube_pod_waiting: { jobs: ['kubelet'], labels: [], series: 0 } },
    },
    findings: [],
  },
  {
    what: 'one of two alerts of a name is gone',
    before: {
      alertingRules: {
        'a / X': alert('x > 1'),
        'a / X #2': alert('x > 2', { labels: { severity: 'critical' } }),
      },
    },
    after: { alertingRules: { 'a / X': alert('x > 2', { labels: { severity: 'critical' } }) } },
    findings: ['new alert/a / X, another meaning'],
  },
  {
    what: 'a new alert',
    after: { alertingRules: { ...base.alertingRules, 'a / X': alert('x > 1') } },
    findings: [],
  },
])('$what', (change) => {
  expect(brief(change)).toEqual(change.findings)
})

test('a route that sends many alerts to somebody else is one finding', () => {
  const before = {
    alertingRules: Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`a / Alert${index}`, alert('x > 1')]),
    ),
  }
  const after = routing({ route: { ...route, receiver: 'null' } })
  expect(findings({ before, after })).toMatchInlineSnapshot(`
    [
      {
        "changesMeaning": true,
        "consequences": [],
        "id": "route/team→null",
        "remedy": "set the old value under alertmanager.config in the values file, or in the AlertmanagerConfig",
        "sentence": "notifications move from team to null (which notifies nobody), for 40 alerts: Alert0, Alert1, Alert2 and 37 more",
        "severity": "high",
        "verdict": "new",
      },
    ]
  `)
})

test.each<Change>([
  {
    what: 'notifications that are repeated less often, and ones that wait a little longer',
    after: routing({ route: { ...route, repeat_interval: '48h', group_interval: '6m' } }),
    findings: [
      'new route/team/repeat_interval, another meaning',
      // Of its alerts, nobody is notified.
      'change route/null/group_interval',
      'change route/null/repeat_interval',
      'change route/team/group_interval',
    ],
  },
  {
    what: 'other intervals of alerts of which nobody is notified',
    after: routing({
      route: { ...route, routes: [{ ...route.routes?.[0], receiver: 'null', repeat_interval: '48h' }] },
    }),
    findings: ['change route/null/repeat_interval'],
  },
  {
    what: 'a route that mutes at night',
    after: routing({
      route: {
        ...route,
        routes: [
          ...(route.routes ?? []),
          { matchers: ['severity="warning"'], mute_time_intervals: ['nights'] },
        ],
      },
    }),
    findings: ['new route/team/mute_time_intervals, another meaning'],
  },
  {
    what: 'other groups',
    after: routing({ route: { ...route, group_by: ['alertname'] } }),
    findings: ['change route/null/group_by', 'change route/team/group_by'],
  },
  {
    what: 'a receiver with another name',
    after: routing({
      route: { ...route, receiver: 'sre' },
      receivers: [{ name: 'null' }, { name: 'sre', email_configs: [{ to: 'team@example.org' }] }],
    }),
    findings: ['change route/team→sre'],
  },
  {
    what: 'a receiver that writes to somebody else',
    after: routing({
      receivers: [{ name: 'null' }, { name: 'team', email_configs: [{ to: 'old@example.org' }] }],
    }),
    findings: ['new receiver/team, another meaning'],
  },
  {
    what: 'a receiver that notifies nobody any longer',
    after: routing({ receivers: [{ name: 'null' }, { name: 'team' }] }),
    findings: ['new receiver/team, another meaning'],
  },
  {
    what: 'a field of a receiver that only the new Alertmanager has',
    after: routing({
      receivers: [
        { name: 'null', labels: { name: 'null' } },
        { name: 'team', email_configs: [{ to: 'team@example.org', force_implicit_tls: false }] },
      ],
    }),
    findings: ['change receiver/team'],
  },
  {
    what: 'a route for alerts of one namespace',
    after: routing({
      route: {
        ...route,
        routes: [...(route.routes ?? []), { receiver: 'null', matchers: ['namespace="shop"'] }],
      },
    }),
    findings: ['new route/team→null, another meaning'],
  },
  {
    what: 'an inhibition that mutes warnings, and one that mutes nothing',
    after: routing({
      inhibit_rules: [
        ...(base.notification.alertmanager.inhibit_rules ?? []),
        { source_matchers: ['alertname="Watchdog"'], target_matchers: ['severity="warning"'] },
        { source_matchers: ['alertname="Other"'], target_matchers: ['severity="warning"'] },
      ],
    }),
    findings: [
      'new inhibition/{alertname="Watchdog"} mutes {severity="warning"}, another meaning',
      'change inhibition/{alertname="Other"} mutes {severity="warning"}',
    ],
  },
  {
    what: 'alerts that Prometheus no longer sends',
    after: {
      notification: {
        ...base.notification,
        relabelings: [{ action: 'drop', source_labels: ['severity'], regex: 'warning' }],
      },
    },
    findings: ['new alert-relabelings, another meaning'],
  },
  {
    what: 'a label that Prometheus removes from alerts',
    after: {
      notification: { ...base.notification, relabelings: [{ action: 'labeldrop', regex: 'replica' }] },
    },
    findings: ['change alert-relabelings'],
  },
  {
    what: 'another time interval',
    before: routing({ time_intervals: [{ name: 'nights', time_intervals: [{ weekdays: ['sunday'] }] }] }),
    after: routing({ time_intervals: [{ name: 'nights', time_intervals: [{ weekdays: ['monday'] }] }] }),
    findings: ['new time-interval/nights, another meaning'],
  },
])('$what', (change) => {
  expect(brief(change)).toEqual(change.findings)
})
