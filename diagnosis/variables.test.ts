import { expect, test } from 'vitest'
import type { Dashboard, DataSource, Variable } from '../clients/grafana.ts'
import { startGrafana } from '../tests/grafana.ts'
import { resolveDataSource } from './dataSources.ts'
import { fillVariables } from './variableValues.ts'
import { variableResolver } from './variables.ts'

const values = {
  cluster: { values: ['kind'] },
  instance: { values: ['10.0.0.1:9100'], several: true },
  node: { values: ['a', 'b.c'], several: true },
  job: { values: ['a', 'b'], several: true, custom: '.+' },
  none: { values: [] },
  cluster_id: { values: ['7'] },
}

test.each([
  ['{a="$cluster", b="[[cluster]]", c="${none}"}', '{a="kind", b="kind", c=""}'],
  // Twice, because the regular expression stands in a string.
  ['{b=~"${instance}", c=~"$node"}', '{b=~"10\\\\.0\\\\.0\\\\.1:9100", c=~"(a|b\\\\.c)"}'],
  ['{b=~"$job", c=~"${job:regex}"}', '{b=~".+", c=~".+"}'],
  ['${node:regex} ${node:pipe} ${node:csv} ${node:glob}', '(a|b\\.c) a|b.c a,b.c {a,b.c}'],
  ['${node:doublequote} ${cluster:raw} [[node:json]]', '"a","b.c" kind ["a","b.c"]'],
  ['{id="$cluster_id"}', '{id="7"}'],
  // The server fills these.
  ['rate(up[$__rate_interval])', 'rate(up[$__rate_interval])'],
  ['rate(up[${__rate_interval}]) + $unknown', 'rate(up[${__rate_interval}]) + $unknown'],
])('variables of %s', (text, filled) => {
  expect(fillVariables(text, values)).toBe(filled)
})

const prometheus = { uid: 'prometheus', name: 'Prometheus', type: 'prometheus', url: '', isDefault: true }
const other = { ...prometheus, uid: 'p2', name: 'Another', isDefault: false }
const alertmanager = { ...other, uid: 'alertmanager', name: 'Alertmanager', type: 'alertmanager' }
const dataSources: readonly DataSource[] = [prometheus, other, alertmanager]

test.each([
  [undefined, 'prometheus'],
  [null, 'prometheus'],
  ['default', 'prometheus'],
  ['Another', 'p2'],
  [{ type: 'prometheus', uid: 'p2' }, 'p2'],
  [{ uid: '$ds' }, 'p2'],
  ['${ds}', 'p2'],
  ['-- Mixed --', 'mixed'],
  [{ type: '__expr__', uid: '__expr__' }, 'expression'],
  [{ type: 'datasource', uid: '-- Dashboard --' }, 'built in'],
  [{ type: 'datasource', uid: 'grafana' }, 'built in'],
  [{ type: 'prometheus', uid: '${DS_PROMETHEUS}' }, 'missing ${DS_PROMETHEUS}'],
  [{ type: 'prometheus', uid: 'prometheus-old' }, 'missing prometheus-old'],
])('the data source that %j refers to', (reference, expected) => {
  const found = resolveDataSource(dataSources, reference, { ds: { values: ['p2'] } })
  const text =
    found.kind === 'data source'
      ? found.dataSource.uid
      : found.kind === 'missing'
        ? `missing ${found.asked}`
        : found.kind
  expect(text).toBe(expected)
})

const series = [
  'up{job="node",instance="b:1"}',
  'up{job="node",instance="a:1"}',
  'up{job="etcd",instance="a:10"}',
  'up{job="etcd",instance="a:9"}',
  'kube_pod_info{namespace="default",pod="shop"}',
]

const resolve = async (...list: readonly Variable[]) => {
  const grafana = await startGrafana({ series })
  const dashboard: Dashboard = { uid: 'a', file: '', title: 'A', tags: [], panels: [], templating: { list } }
  const { values, troubles } = await variableResolver(grafana, dataSources)(dashboard)
  const shown = Object.entries(values).map(([name, { values, custom, selectsNothing }]) => [
    name,
    custom ?? selectsNothing ?? values.join(' '),
  ])
  return { ...(Object.fromEntries(shown) as Record<string, string>), troubles }
}

const query = (text: string, more: Partial<Variable> = {}): Variable => ({
  name: 'a',
  type: 'query',
  datasource: { uid: 'prometheus' },
  query: text,
  ...more,
})

test.each([
  ['the first', query('label_values(up{job="node"}, instance)'), 'a:1'],
  ['of any metric', query('label_values(namespace)'), 'default'],
  ['in the form with a name', query('', { query: { query: 'label_values(up, job)' } }), 'etcd'],
  ['what it was saved with', query('label_values(up, job)', { current: { value: 'node' } }), 'node'],
  ['not what no longer exists', query('label_values(up, job)', { current: { value: 'gone' } }), 'etcd'],
  ['all', query('label_values(up, job)', { includeAll: true }), 'etcd node'],
  [
    'all, saved',
    query('label_values(up, job)', { includeAll: true, current: { value: ['$__all'] } }),
    'etcd node',
  ],
  ['all by a pattern', query('label_values(up, job)', { includeAll: true, allValue: '.*' }), '.*'],
  ['a pattern without all', query('label_values(up, job)', { allValue: '.*' }), 'etcd'],
  ['one of all', query('label_values(up, job)', { includeAll: true, current: { value: 'node' } }), 'node'],
  [
    'several',
    query('label_values(up, job)', { multi: true, current: { value: ['node', 'etcd'] } }),
    'node etcd',
  ],
  ['a part by regex', query('label_values(up, instance)', { regex: '/(.*):9$/' }), 'a'],
  ['a named part', query('label_values(up, instance)', { regex: '/(?<text>a):(?<value>\\d\\d)/' }), '10'],
  ['filtered by a whole pattern', query('label_values(up, instance)', { regex: 'b.*' }), 'b:1'],
  ['sorted backwards', query('label_values(up, job)', { sort: 2 }), 'node'],
  [
    'sorted as numbers',
    query('label_values(up{job="etcd"}, instance)', { sort: 3, regex: '/:(\\d+)/' }),
    '9',
  ],
  ['the names of metrics', query('metrics(^kube)'), 'kube_pod_info'],
  ['a result', query('query_result(kube_pod_info)', { regex: '/pod="(.*?)"/' }), 'shop'],
  ['series', query('kube_pod_info', { regex: '/namespace="(.*?)"/' }), 'default'],
  ['no series', query('label_values(gone{job="a"}, instance)'), 'gone{job="a"}'],
  ['a label that its series lack', query('label_values(up, cluster)'), ''],
  ['custom', { name: 'a', type: 'custom', query: 'one : 1, two : 2' }, '1'],
  ['custom, all', { name: 'a', type: 'custom', query: 'x,y\\,z', includeAll: true }, 'x y,z'],
  ['constant', { name: 'a', type: 'constant', query: 'x' }, 'x'],
  ['text', { name: 'a', type: 'textbox', query: 'x', current: { value: 'y' } }, 'y'],
  ['interval', { name: 'a', type: 'interval', query: '1m,10m', current: { value: '10m' } }, '10m'],
  ['data source: the first by name', { name: 'a', type: 'datasource', query: 'prometheus' }, 'p2'],
  [
    'data source: regex',
    { name: 'a', type: 'datasource', query: 'prometheus', regex: '/^Prom/' },
    'prometheus',
  ],
  [
    'data source: saved by name',
    {
      name: 'a',
      type: 'datasource',
      query: 'prometheus',
      current: { text: 'Prometheus', value: 'Prometheus' },
    },
    'prometheus',
  ],
  [
    'data source: saved default',
    { name: 'a', type: 'datasource', query: 'prometheus', current: { text: 'default', value: 'default' } },
    'prometheus',
  ],
  ['data source: none of the type', { name: 'a', type: 'datasource', query: 'loki' }, ''],
] satisfies [string, Variable, string][])('the value of a variable: %s', async (_, variable, expected) => {
  expect(await resolve(variable)).toEqual({ a: expected, troubles: [] })
})

test('a variable may use those before it, as data source and in its query', async () => {
  const found = await resolve(
    { name: 'ds', type: 'datasource', query: 'prometheus', regex: 'Prometheus' },
    query('label_values(up, job)', { name: 'job', datasource: { uid: '${ds}' }, current: { value: 'node' } }),
    query('label_values(up{job="$job"}, instance)', { name: 'instance', datasource: { uid: '$ds' } }),
  )
  expect(found).toMatchObject({ job: 'node', instance: 'a:1' })
})

test.each([
  [
    'a data source that does not exist',
    query('label_values(up, job)', { datasource: { uid: 'old' } }),
    /it asks for data source old, which does not exist; there are: prometheus \(Prom/,
  ],
  [
    'a regex that matches nothing',
    query('label_values(up, job)', { regex: '/x/' }),
    /its regex \/x\/ matches none of etcd, node/,
  ],
  ['a wrong regex', query('label_values(up, job)', { regex: '/(/' }), /its regex is wrong/],
  [
    'a query that fails',
    query('label_values(up{, job)'),
    /its query label_values\(up\{, job\) fails: .*parse error/,
  ],
])('a variable in trouble: %s', async (_, variable, expected) => {
  expect((await resolve(variable)).troubles).toEqual([expect.stringMatching(expected)])
})
