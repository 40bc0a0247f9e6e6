import { expect, test } from 'vitest'
import type { Dashboard } from '../clients/grafana.ts'
import { fillVariables, panelQueries } from './panels.ts'

test.each([
  ['{a="$cluster", b=~"${instance}"}', '{a="kind", b=~"10.0.0.1:9100"}'],
  [
    '{a="${cluster:regex}", b="[[instance]]", c="[[cluster_id:csv]]"}',
    '{a="kind", b="10.0.0.1:9100", c="7"}',
  ],
  ['{id="$cluster_id"}', '{id="7"}'],
  // The server fills these.
  ['rate(up[$__rate_interval])', 'rate(up[$__rate_interval])'],
  ['rate(up[${__rate_interval}]) + $unknown', 'rate(up[${__rate_interval}]) + $unknown'],
])('variables of %s', (text, filled) => {
  expect(fillVariables(text, { cluster: 'kind', instance: '10.0.0.1:9100', cluster_id: '7' })).toBe(filled)
})

const dashboard: Dashboard = {
  uid: 'nodes',
  title: 'Nodes',
  tags: [],
  panels: [
    {
      title: 'CPU',
      type: 'timeseries',
      targets: [
        { refId: 'busy', expr: 'rate(node_cpu_seconds_total{instance="$instance"}[$__rate_interval])' },
        { refId: 'old', expr: 'hidden', hide: true },
        { expr: 'count(node_cpu_seconds_total)', instant: true },
      ],
    },
    { type: 'text', title: 'Read me' },
    {
      type: 'row',
      title: 'Memory, collapsed',
      panels: [
        { type: 'stat', targets: [{ refId: 'A', expr: 'node_memory', instant: true, range: true }] },
        { type: 'stat', title: 'Nothing to ask', targets: [{ refId: 'A' }, { refId: 'B', expr: '' }] },
      ],
    },
  ],
}
const values = { instance: '10.0.0.1:9100' }

test('the queries of all panels, as the browser sends them', () => {
  const queries = panelQueries(dashboard, values, 'prometheus')
  const common = { dataSource: 'prometheus', from: 'now-1h', to: 'now' }
  const busy = 'rate(node_cpu_seconds_total{instance="10.0.0.1:9100"}[$__rate_interval])'
  expect(queries).toEqual([
    { ...common, panel: 'CPU', refId: 'busy', instant: false, expr: busy },
    { ...common, panel: 'CPU', refId: 'B', instant: true, expr: 'count(node_cpu_seconds_total)' },
    { ...common, panel: 'untitled', refId: 'A', instant: false, expr: 'node_memory' },
  ])
})

test('queries use the time range of the dashboard', () => {
  const time = { from: 'now-5m', to: 'now-1m' }
  expect(panelQueries({ ...dashboard, time }, values, 'prometheus')[0]).toMatchObject(time)
})
