import { describe, expect, test } from 'vitest'
import { beside, brief, findings, type Change } from '../exampleChange.ts'
import { base } from '../exampleObservation.ts'
import type { Observation, Statistics } from '../observation.ts'

const values = (median: number, more: Partial<Statistics> = {}): Statistics => ({
  series: 4,
  median,
  spread: 0.01,
  rises: false,
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
describe('what makes no difference', () => {
  test('two observations of the same cluster with ordinary noise', () => {
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

  test('a restart of all pods: counters start at 0, memory and rates differ, series return one by one', () => {
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

  test('a value that changed, without a reason to mean something else', () => {
    const seen = (median: number) => record({ ...load, values: values(median) })
    expect(brief({ before: seen(3), after: seen(7) })).toEqual([])
  })
})

test('a recorded value doubles: the sentence has both values, their ratio and both expressions', () => {
  const after = { ...record(doubled), sideBySide: { 'value/node / instance:load': beside(2) } }
  expect(findings({ after })).toMatchInlineSnapshot(`
    [
      {
        "changesMeaning": true,
        "consequences": [
          "alert node / HighLoad fires at a different point: the values that it compares changed, but its threshold did not: instance:load > 8",
        ],
        "id": "value/node / instance:load",
        "remedy": "rewrite what reads instance:load, or keep the old expression as your own PrometheusRule under another name",
        "sentence": "rule node / instance:load records different values: on the same data the median changed from 3 to 6 (× 2); its expression changed from \`avg by (instance) (node_load1)\` to \`avg by (instance) (node_load1) * 2\`",
        "severity": "high",
        "verdict": "new",
      },
    ]
  `)
})

test('rules and panels that read a doubled recorded value are consequences', () => {
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
        expect.stringContaining('alert node / HighLoad fires at a different point'),
        expect.stringContaining('panel "Load / A" of "Nodes" returns different values'),
      ],
    },
  ])
})

test.each<Change>([
  {
    what: 'an expression that is only spelled differently',
    after: {
      ...record({ ...load, expr: 'avg(node_load1)\n  by (instance)' }),
      sideBySide: { 'value/node / instance:load': beside(1) },
    },
    findings: ['change values/rewritten'],
  },
  {
    what: 'new expressions that could not be evaluated side by side with the old ones',
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
    what: 'a new factor, but all values are 0 here',
    after: {
      ...record(doubled),
      sideBySide: {
        'value/node / instance:load': {
          old: load.expr,
          now: doubled.expr,
          series: { old: 4, now: 4, common: 4 },
          labels: { old: [], now: [] },
          differing: 0,
          median: { old: 0, now: 0 },
          atRatio: 4,
        },
      },
    },
    findings: ['change values/not-compared'],
  },
  {
    what: 'an expression with different white space',
    after: record({ ...load, expr: 'avg by(instance)(\n  node_load1 # of a minute\n)' }),
    findings: [],
  },
  {
    what: 'a rate over a shorter window, which is noisier',
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
    findings: ['change values/smoothed'],
  },
  {
    what: 'a rate over a window that is twelve times as long',
    before: record({ ...load, expr: 'rate(node_cpu_seconds_total[5m])' }),
    after: {
      ...record({ ...load, expr: 'rate(node_cpu_seconds_total[1h])' }),
      sideBySide: {
        'value/node / instance:load': beside(0.7, {
          old: 'rate(node_cpu_seconds_total[5m])',
          now: 'rate(node_cpu_seconds_total[1h])',
        }),
      },
    },
    findings: ['new value/node / instance:load, another meaning'],
  },
  {
    what: 'a recorded metric that loses a label, and one that loses half of its series',
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
    what: 'a rule that adds a different label',
    before: record({ ...load, labels: { team: 'a' } }),
    after: record({ ...load, labels: { team: 'b' } }),
    findings: ['new value/node / instance:load/labels, another meaning'],
  },
  {
    what: 'two rules that record the same metric, in a different order',
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
    what: 'an unchanged expression whose values are now milliseconds instead of seconds',
    before: record({ ...load, values: values(0.24) }),
    after: record({ ...load, values: values(240) }),
    findings: ['new value/node / instance:load, another meaning'],
  },
  {
    what: 'a query of a claim that now returns milliseconds',
    before: { queries: { 'promql-p95': { expr: 'x', values: values(0.24) } } },
    after: { queries: { 'promql-p95': { expr: 'x', values: values(240) } } },
    findings: ['new query/promql-p95, another meaning'],
  },
  {
    what: 'a value with the opposite sign',
    before: record({ ...load, values: values(0.24) }),
    after: record({ ...load, values: values(-0.24) }),
    findings: ['new value/node / instance:load, another meaning'],
  },
  {
    what: 'a panel whose value is 100 times as large',
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
    what: 'a panel with a different unit for the same number',
    before: panel({ expr: 'x', answer: 'data', unit: 's' }),
    after: panel({ expr: 'x', answer: 'data', unit: 'ms' }),
    findings: ['new panel-value/nodes/Load / A, another meaning'],
  },
  {
    what: 'a panel with the same query, whose variable now names another pod',
    before: panel({ expr: 'x{pod="a"}', template: 'x{pod="$pod"}', answer: 'data' }),
    after: panel({ expr: 'x{pod="b"}', template: 'x{pod="$pod"}', answer: 'data' }),
    findings: [],
  },
  {
    what: 'a panel of another pod, whose values are 1000 times as large',
    before: panel({ expr: 'x{pod="a"}', template: 'x{pod="$pod"}', answer: 'data', values: values(1) }),
    after: panel({ expr: 'x{pod="b"}', template: 'x{pod="$pod"}', answer: 'data', values: values(1000) }),
    findings: [],
  },
  {
    what: 'one of several rules that record a metric is gone, with and without its series',
    before: {
      metrics: {
        ...base.metrics,
        x: { jobs: [], labels: [], series: 4 },
        y: { jobs: [], labels: [], series: 4 },
      },
      recordingRules: {
        'a / x': { ...load, record: 'x', expr: 'x1' },
        'a / x #2': { ...load, record: 'x', expr: 'x2' },
        'a / y': { ...load, record: 'y', expr: 'y1' },
        'a / y #2': { ...load, record: 'y', expr: 'y2' },
      },
    },
    after: {
      metrics: {
        ...base.metrics,
        x: { jobs: [], labels: [], series: 2 },
        y: { jobs: [], labels: [], series: 4 },
      },
      recordingRules: {
        'a / x': { ...load, record: 'x', expr: 'x1' },
        'a / y': { ...load, record: 'y', expr: 'y1' },
      },
    },
    findings: ['new value/a / x #2, another meaning'],
  },
  {
    what: 'twice the series of a job with twice the targets',
    after: {
      targets: { ...base.targets, 'node-exporter': { up: 8, down: [] } },
      series: { ...base.series, node_load1: { 'node-exporter': { count: 8, sum: 6.4 } } },
    },
    findings: ['change target/node-exporter'],
  },
  {
    what: 'rule groups that are evaluated less often, and more often',
    after: { ruleGroups: { general: 60, node: 15, quota: 30 } },
    findings: ['new rule-group/general, another meaning', 'change rule-group/node'],
  },
  {
    what: 'twice the series of a metric that a panel shows, from the same number of targets',
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
    what: 'a different type of a metric in use, and of one that is not',
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
    what: 'a different unit of a metric in use',
    before: { families: { node_load1: { type: 'gauge', unit: 'seconds' } } },
    after: { families: { node_load1: { type: 'gauge', unit: 'milliseconds' } } },
    findings: ['new metric/node_load1/unit, another meaning'],
  },
  {
    what: 'bounds that are spelled differently and that no query names',
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
    what: 'a bound that is gone from a histogram with a quantile',
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

test('a record that is split by another label', () => {
  const split = { ...load, expr: 'avg by (instance, mode) (node_load1)' }
  const side = beside(1, { series: { old: 4, now: 12, common: 1 }, labels: { old: [], now: ['mode'] } })
  const found = findings({
    after: { ...record(split), sideBySide: { 'value/node / instance:load': side } },
  })
  expect(found.map(({ sentence }) => sentence)).toEqual([
    expect.stringContaining('it returns 12 series instead of 4: they also have label mode'),
  ])
})

test('a longer evaluation interval is one finding, with the groups that have none of their own', () => {
  const seen = (seconds: number) => ({
    settings: { ...base.settings, Prometheus: { 'evaluation interval': `${seconds}s` } },
    ruleGroups: { ...base.ruleGroups, node: seconds, own: 60 },
  })
  expect(findings({ before: seen(15), after: seen(60) })).toMatchObject([
    {
      id: 'setting/Prometheus/evaluation interval',
      consequences: [
        'the interval of rule group node changed from 15 s to 60 s: its alerts fire later, and its recording rules write fewer samples',
      ],
    },
  ])
})

test('scrapes that are too rare for $__rate_interval, which follows the data source: its panel is a consequence', () => {
  const node = 'node-exporter http-metrics/metrics'
  const scrape = base.scrapes[node]
  const seen = (interval: number, answer: string) => ({
    settings: { ...base.settings, Grafana: { 'data source Prometheus timeInterval': '15s' } },
    scrapes: { ...base.scrapes, ...(scrape && { [node]: { ...scrape, interval } }) },
    ...panel({ expr: 'rate(node_load1[$__rate_interval])', answer }),
  })
  expect(findings({ before: seen(15, 'data'), after: seen(60, 'no data') })).toMatchObject([
    {
      id: `scrape/${node}/interval`,
      consequences: [expect.stringContaining('panel "Load / A" of "Nodes" has no data')],
    },
  ])
})

test('a record with another name', () => {
  const found = findings({
    after: {
      recordingRules: {
        'node / instance:load1': { ...load, record: 'instance:load1', expr: 'avg by(instance)(node_load1)' },
      },
    },
  })
  expect(found.map(({ sentence }) => sentence)).toContain(
    'rule node / instance:load records instance:load1 now: queries of instance:load find nothing',
  )
})

test('a record of a condition that is no longer met', () => {
  const seen = (answer: string) => record({ ...load, expr: 'count(node_load1 > 9)', answer })
  expect(brief({ before: seen('data'), after: seen('no data') })).toEqual([
    'change rule/node / instance:load',
  ])
})
