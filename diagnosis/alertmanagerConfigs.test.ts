import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { QueryNode } from '../clients/prometheus.ts'
import {
  blockedAlerts,
  describeBlockedAlerts,
  loadedAlerts,
  type AlertmanagerConfig,
  type ParsedRule,
} from './alertmanagerConfigs.ts'

const parsed = JSON.parse(readFileSync('tests/recordings/parsed-queries.json', 'utf8')) as Record<
  string,
  QueryNode
>
const rule = (name: string, query: string, labels: ParsedRule['labels'] = {}): ParsedRule => ({
  name,
  labels,
  expression: parsed[query] ?? { type: 'numberLiteral' },
})
const series = (name: string, ...namespaces: readonly string[]) =>
  namespaces.map((namespace) => ({
    labels: { __name__: name, ...(namespace === '' ? {} : { namespace }) },
    value: 1,
  }))

const alerts = loadedAlerts(
  [
    rule('Watchdog', 'vector(1)', { severity: 'none' }),
    rule('NodeFull', 'node_free < 10', { severity: 'critical' }),
    rule('PodCrash', 'rate(restarts[5m]) > 0', { severity: 'warning' }),
    rule('ShopDown', 'up{job="shop"} == 0', { severity: 'critical', namespace: 'default' }),
    rule('Budget', 'sum by (cluster) (restarts) > 1', { severity: 'critical' }),
    rule('Templated', 'rate(restarts[5m]) > 0', { severity: 'warning', namespace: '{{ $labels.ns }}' }),
    rule('NeverSeen', 'no_such_metric > 1', { severity: 'critical' }),
  ],
  [
    ...series('node_free', 'monitoring'),
    ...series('restarts', 'default', 'monitoring'),
    ...series('up', 'default', 'monitoring', ''),
  ],
)

test('the namespaces that the alerts of a rule may have', () => {
  expect(Object.fromEntries(alerts.map(({ name, namespaces }) => [name, namespaces]))).toEqual({
    Watchdog: [''],
    NodeFull: ['monitoring'],
    PodCrash: ['default', 'monitoring'],
    ShopDown: ['default'],
    Budget: [''],
    Templated: ['default', 'monitoring'],
  })
})

type Route = NonNullable<AlertmanagerConfig['spec']['route']>
const config = (route: Route, namespace = 'default'): AlertmanagerConfig => ({
  metadata: { namespace, name: 'team' },
  spec: { route, receivers: [{ name: 'hook', webhookConfigs: [{ url: 'http://hook' }] }, { name: 'null' }] },
})
const matcher = (name: string, value: string, matchType?: '=' | '!=' | '=~' | '!~') =>
  matchType ? { name, value, matchType } : { name, value }

test.each<[string, AlertmanagerConfig, readonly string[]]>([
  ['everything', config({ receiver: 'hook' }), ['Watchdog', 'NodeFull', 'Budget']],
  [
    'everything, in another namespace',
    config({ receiver: 'hook' }, 'monitoring'),
    ['Watchdog', 'ShopDown', 'Budget'],
  ],
  [
    'alerts of its own namespace',
    config({ receiver: 'hook', matchers: [matcher('namespace', 'default', '=')] }),
    [],
  ],
  [
    'alerts of two namespaces',
    config({ receiver: 'hook', matchers: [matcher('namespace', 'default|monitoring', '=~')] }),
    ['NodeFull'],
  ],
  [
    'alerts of another namespace',
    config({ receiver: 'hook', matchers: [matcher('namespace', 'monitoring')] }),
    ['NodeFull', 'PodCrash', 'Templated'],
  ],
  [
    'critical alerts',
    config({ receiver: 'hook', matchers: [matcher('severity', 'critical')] }),
    ['NodeFull', 'Budget'],
  ],
  [
    'critical alerts, by an old regex',
    config({ receiver: 'hook', matchers: [{ name: 'severity', value: 'crit.*', regex: true }] }),
    ['NodeFull', 'Budget'],
  ],
  [
    'one alert that has its namespace',
    config({ receiver: 'hook', matchers: [matcher('alertname', 'ShopDown')] }),
    [],
  ],
  // Whether these have the label is not known.
  ['alerts of a job', config({ receiver: 'hook', matchers: [matcher('job', 'shop')] }), []],
  [
    'Watchdog, in a route below one that drops the rest',
    config({
      receiver: 'null',
      routes: [{ receiver: 'hook', matchers: [matcher('alertname', 'Watchdog')] }],
    }),
    ['Watchdog'],
  ],
  ['nothing', config({ receiver: 'null' }), []],
])('a config asks for %s', (_, asking, expected) => {
  expect(blockedAlerts(asking, alerts).blocked.map(({ name }) => name)).toEqual(expected)
})

test('a blocked config is described with cause and remedy', () => {
  expect(describeBlockedAlerts(config({ receiver: 'hook' }), alerts)).toMatchInlineSnapshot(`
    [
      "AlertmanagerConfig default/team cannot get 3 of the 6 alerts that its route asks for, because the operator adds namespace="default" to it: alerts without a namespace: Watchdog, Budget; alerts of other namespaces: NodeFull
      remedy: set alertmanager.alertmanagerSpec.alertmanagerConfigMatcherStrategy: { type: None } in values/kube-prometheus-stack.yaml; if the route is for alerts of namespace default alone, say so with a matcher namespace="default"",
    ]
  `)
})
