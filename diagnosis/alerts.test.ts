import { expect, test } from 'vitest'
import type { Alert, Rule } from '../clients/prometheus.ts'
import { alertShortfalls, lookback, narrowed, recentExpression, type AlertFacts } from './alerts.ts'

const now = Date.parse('2026-11-28T10:00:00Z')

const alert = (name: string, more: Partial<Alert> = {}): Alert => ({
  name,
  group: 'shop',
  query: 'up == 0',
  state: 'pending',
  labels: { alertname: name, severity: 'warning', ...more.labels },
  annotations: {},
  since: now - 40_000,
  value: '1e+00',
  ...more,
})

const rule = (name: string, more: Partial<Rule> = {}): Rule => ({
  group: 'shop',
  name,
  type: 'alerting',
  query: '',
  health: 'ok',
  lastError: '',
  ...more,
})

const facts = (more: Partial<AlertFacts>): AlertFacts => ({
  alerts: [],
  rules: [],
  conditions: {},
  recent: {},
  now,
  ...more,
})

test.each([
  ['up == 0', 0],
  ['rate(a[5m]) / rate(b[1h30m]) > 0', 5400],
  ['a{path="[5m]"} > 0 or a{path=`[9m]`}', 0],
  ['increase(a[15m:1m]) >= 4', 900],
])('how far %s looks back', (expr, seconds) => {
  expect(lookback(expr)).toBe(seconds)
})

test('narrowed windows', () => {
  expect(narrowed('rate(a{x="[5m]"}[5m]) > rate(b[10s]) and max_over_time(c[15m:1m]) > 0', 20)).toBe(
    'rate(a{x="[5m]"}[20s]) > rate(b[10s]) and max_over_time(c[20s:5s]) > 0',
  )
})

test('recording rules are looked into, with their labels', () => {
  const burn = { type: 'recording', name: 'api:burn1h' } as const
  const rules = [
    rule('', { ...burn, query: 'sum(rate(a[1h]))', labels: { verb: 'read' } }),
    rule('', { ...burn, query: 'sum(rate(b[1h]))', labels: { verb: 'write' } }),
  ]
  expect(recentExpression(alert('Burn', { query: 'sum(api:burn1h) > 0.14' }), rules, now)).toBe(
    'sum((label_replace((sum(rate(a[20s]))), "verb", "read", "", "") or label_replace((sum(rate(b[20s]))), "verb", "write", "", ""))) > 0.14',
  )
})

test('an alert that is older than its window has been renewed: it must be quiet for longer', () => {
  const query = 'increase(errors_total[5m]) > 0'
  expect(recentExpression(alert('Errors', { query }), [], now)).toBe('increase(errors_total[20s]) > 0')
  expect(recentExpression(alert('Errors', { query, since: now - 400_000 }), [], now)).toBe(
    'increase(errors_total[150s]) > 0',
  )
  expect(recentExpression(alert('Down'), [], now)).toBeUndefined()
})

test('a pending alert with everything that is known of it', () => {
  const one = alert('TargetDown', {
    labels: { alertname: 'TargetDown', job: 'shop', namespace: 'default' },
    annotations: {
      summary: 'One or more targets are unreachable.',
      description: '100% of the\nshop targets are down.',
      runbook_url: 'https://runbooks.example/targetdown',
    },
    value: '1e+02',
  })
  expect(alertShortfalls(facts({ alerts: [one] }))[0]).toMatchInlineSnapshot(`
    "alert TargetDown of group shop has been pending for 40 s, since 2026-11-28T09:59:20.000Z: job=shop, namespace=default
    One or more targets are unreachable.
    100% of the shop targets are down.
    its expression is 100: up == 0
      remedy: https://runbooks.example/targetdown; if it belongs to a healthy stack, list it with its reason in diagnosis/expectedAlerts.ts, or in accepted.yaml of your overlay"
  `)
})

test.each([
  ['always expected', alert('Watchdog', { state: 'firing' }), {}, 0],
  ['of the harness itself', alert('E2ECanary', { state: 'firing' }), {}, 0],
  [
    'expected where its reason holds',
    alert('NodeClockNotSynchronising', { labels: { instance: '172.18.0.2:9100' } }),
    { NodeClockNotSynchronising: [{ labels: { instance: '172.18.0.2:9100' }, value: 0 }] },
    0,
  ],
  [
    'expected elsewhere only',
    alert('NodeClockNotSynchronising', { labels: { instance: '172.18.0.2:9100' } }),
    { NodeClockNotSynchronising: [{ labels: { instance: '172.18.0.3:9100' }, value: 0 }] },
    1,
  ],
  ['not listed', alert('KubePodNotReady'), {}, 1],
])('an alert %s', (_, one, conditions, count) => {
  expect(alertShortfalls(facts({ alerts: [one], conditions }))).toHaveLength(count)
})

test('an alert whose cause has ended is no shortfall, one whose cause lasts is', () => {
  const query = 'increase(errors_total[5m]) > 0'
  const one = alert('Errors', { query, labels: { alertname: 'Errors', pod: 'a', severity: 'warning' } })
  const recentOf = (labels: Readonly<Record<string, string>>) => ({
    'increase(errors_total[20s]) > 0': [{ labels, value: 1 }],
  })
  const shortfalls = (recent: AlertFacts['recent']) => alertShortfalls(facts({ alerts: [one], recent }))
  expect(shortfalls({ 'increase(errors_total[20s]) > 0': [] })).toEqual([])
  expect(shortfalls(recentOf({ pod: 'b' }))).toEqual([])
  expect(shortfalls(recentOf({ pod: 'a' }))).toHaveLength(1)
  // Prometheus refused the question.
  expect(shortfalls({})).toHaveLength(1)
})

test('an expected alert that its group does not define any more', () => {
  const rules = [rule('NodeSystemSaturation', { group: 'node-exporter' })]
  expect(alertShortfalls(facts({ rules }))).toEqual([
    expect.stringContaining(
      'names NodeClockNotSynchronising, which group node-exporter does not define any more',
    ),
    expect.stringContaining('names NodeCPUHighUsage'),
  ])
  expect(alertShortfalls(facts({ rules: [rule('Other')] }))).toEqual([])
})

test('alerts that the overlay accepts, and entries that are stale', () => {
  const entry = (name: string, until: string) => ({
    alert: name,
    reason: 'new',
    until,
    at: `accepted.yaml:${name}`,
  })
  const accepted = [entry('Slow', '2999-12-31'), entry('Gone', '2999-12-31'), entry('Late', '2020-12-31')]
  const all = facts({ alerts: [alert('Slow'), alert('Late')], rules: [rule('Slow'), rule('Late')] })
  expect(alertShortfalls(all, accepted)).toEqual([
    expect.stringContaining('alert Late of group shop has been pending'),
    expect.stringMatching(/^accepted\.yaml:Gone: no rule of Prometheus is named Gone\n {2}remedy/),
    expect.stringMatching(
      /^accepted\.yaml:Late: alert Late was accepted until 2020-12-31 \(new\)\n {2}remedy/,
    ),
  ])
})
