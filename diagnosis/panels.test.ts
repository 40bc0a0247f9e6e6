import { expect, test } from 'vitest'
import type { Dashboard } from '../clients/grafana.ts'
import { fillVariables, panelQueries } from './panels.ts'

test('variables in all their spellings; what the server fills, and what is not known, stays', () => {
  const values = { cluster: 'kind', instance: '10.0.0.1:9100', cluster_id: '7' }
  const expressions = [
    'up{cluster="$cluster", instance=~"${instance}"}',
    'up{cluster=~"${cluster:regex}", instance="[[instance]]", id="[[cluster_id:csv]]"}',
    'up{id="$cluster_id"}',
    'rate(up{cluster="$cluster"}[$__rate_interval])',
    'rate(up[${__rate_interval}]) + $unknown',
  ]
  expect(expressions.map((text) => fillVariables(text, values)).join('\n')).toMatchInlineSnapshot(`
    "up{cluster="kind", instance=~"10.0.0.1:9100"}
    up{cluster=~"kind", instance="10.0.0.1:9100", id="7"}
    up{id="7"}
    rate(up{cluster="kind"}[$__rate_interval])
    rate(up[\${__rate_interval}]) + $unknown"
  `)
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

test('queries of all panels, as the browser would send them', () => {
  const queries = panelQueries(dashboard, values, 'prometheus')
  const rows = queries.map(
    ({ panel, refId, instant, expr }) => `${panel} ${refId} ${instant ? 'instant' : 'range'}: ${expr}`,
  )
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "CPU busy range: rate(node_cpu_seconds_total{instance="10.0.0.1:9100"}[$__rate_interval])
    CPU B instant: count(node_cpu_seconds_total)
    untitled A range: node_memory"
  `)
  expect(queries).toEqual(
    queries.map((query) => ({ ...query, dataSource: 'prometheus', from: 'now-1h', to: 'now' })),
  )
})

test("queries over the dashboard's own time range", () => {
  const time = { from: 'now-5m', to: 'now-1m' }
  expect(panelQueries({ ...dashboard, time }, values, 'prometheus')[0]).toMatchObject(time)
})
