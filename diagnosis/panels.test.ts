import { expect, test } from 'vitest'
import type { Dashboard, DataSource, Panel } from '../clients/grafana.ts'
import { startGrafana } from '../tests/grafana.ts'
import { panelQueries, withLibraryPanels } from './panels.ts'

const dataSources: readonly DataSource[] = [
  { uid: 'prometheus', name: 'Prometheus', type: 'prometheus', url: '', isDefault: true },
  { uid: 'second', name: 'Second', type: 'prometheus', url: '', isDefault: false },
  { uid: 'loki', name: 'Loki', type: 'loki', url: '', isDefault: false },
]
const values = { instance: { values: ['10.0.0.1:9100'] }, job: { values: ['a', 'b'], several: true } }
const dashboard = (...panels: readonly Panel[]): Dashboard => ({
  uid: 'nodes',
  file: 'nodes.json',
  title: 'Nodes',
  tags: [],
  panels,
})
const asked = (...panels: readonly Panel[]) => panelQueries(dashboard(...panels), values, dataSources)

test('the queries of all panels, as the browser sends them', () => {
  const { queries } = asked(
    {
      title: 'CPU',
      type: 'timeseries',
      targets: [
        { refId: 'A', expr: 'rate(node_cpu_seconds_total{instance="$instance"}[$__rate_interval])' },
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
  )
  const common = { dataSource: 'prometheus', type: 'prometheus', from: 'now-1h', to: 'now' }
  const busy = 'rate(node_cpu_seconds_total{instance="10.0.0.1:9100"}[$__rate_interval])'
  expect(queries).toMatchObject([
    { ...common, panel: 'CPU', refId: 'A', instant: false, expr: busy },
    { ...common, panel: 'CPU', refId: 'B', instant: true, expr: 'count(node_cpu_seconds_total)' },
    { ...common, panel: 'untitled', refId: 'A', instant: false, expr: 'node_memory' },
  ])
  expect(queries).toHaveLength(3)
})

test('queries use the time range of the dashboard', () => {
  const time = { from: 'now-5m', to: 'now-1m' }
  const panel: Panel = { type: 'stat', targets: [{ expr: 'up' }] }
  expect(panelQueries({ ...dashboard(panel), time }, values, dataSources).queries).toMatchObject([time])
})

test.each([
  ['the default', undefined, undefined, 'prometheus'],
  ['of the panel', 'second', undefined, 'second'],
  ['of the target, if the panel has none', undefined, 'second', 'second'],
  ['of the target in a mixed panel', '-- Mixed --', 'second', 'second'],
  ['of the panel, as the page does, if the target has another', 'second', 'prometheus', 'second'],
])('the data source of a query: %s', (_, ofPanel, ofTarget, dataSource) => {
  const target = { expr: 'up', ...(ofTarget === undefined ? {} : { datasource: { uid: ofTarget } }) }
  const panel = ofPanel === undefined ? {} : { datasource: { uid: ofPanel } }
  expect(asked({ type: 'stat', targets: [target], ...panel }).queries).toMatchObject([{ dataSource }])
})

test.each([
  ['of the target', 'prometheus', '${DS_PROMETHEUS}', '${DS_PROMETHEUS}'],
  ['of the panel', 'prometheus-old', 'prometheus', 'prometheus-old'],
  ['of a variable that is none', '$nobody', undefined, '$nobody'],
])('a data source that does not exist, %s', (_, ofPanel, ofTarget, missing) => {
  const target = { refId: 'B', expr: 'up', ...(ofTarget === undefined ? {} : { datasource: ofTarget }) }
  const found = asked({
    title: 'CPU',
    type: 'stat',
    datasource: { type: 'prometheus', uid: ofPanel },
    targets: [target, { refId: 'H', expr: 'up', datasource: 'old', hide: true }],
  })
  expect(found).toEqual({ queries: [], missing: [{ panel: 'CPU', refId: 'B', asked: missing }] })
})

test('queries of other data sources keep their fields, with the variables filled in', () => {
  const target = { refId: 'A', query: '{i="$instance"}', nested: [{ job: '$job' }] }
  const found = asked({ type: 'logs', datasource: 'Loki', targets: [target] })
  expect(found.queries).toMatchObject([
    {
      dataSource: 'loki',
      type: 'loki',
      expr: '',
      model: { query: '{i="10.0.0.1:9100"}', nested: [{ job: '(a|b)' }] },
    },
  ])
})

test('an expression is asked with the queries that it needs, hidden ones too', () => {
  const found = asked({
    type: 'stat',
    targets: [
      { refId: 'A', expr: 'up', hide: true },
      {
        refId: 'B',
        datasource: { type: '__expr__', uid: '__expr__' },
        ...{ type: 'math', expression: '$A * 2' },
      },
    ],
  })
  expect(found.queries).toMatchObject([
    { refId: 'B', type: '__expr__', model: { expression: '$A * 2' }, inputs: [{ refId: 'A', expr: 'up' }] },
  ])
})

test('a repeated panel, and a panel in a repeated row, is asked once for each value', () => {
  const panel: Panel = { title: 'Of $job', type: 'stat', targets: [{ expr: 'up{job="$job"}' }] }
  const repeated = asked({ ...panel, repeat: 'job' }, panel).queries
  expect(repeated.map(({ panel, expr, repetition }) => [panel, expr, repetition])).toEqual([
    ['Of a (job a)', 'up{job="a"}', 0],
    ['Of b (job b)', 'up{job="b"}', 1],
    ['Of (a|b)', 'up{job="(a|b)"}', 0],
  ])
  const row = { type: 'row', title: '$job', repeat: 'job' }
  const exprs = (...panels: readonly Panel[]) => asked(...panels).queries.map(({ expr }) => expr)
  const each = ['up{job="a"}', 'up{job="b"}']
  expect(exprs({ ...row, panels: [panel] })).toEqual(each)
  expect(exprs(row, panel, { type: 'row' }, panel)).toEqual([...each, 'up{job="(a|b)"}'])
})

test('the variables that a query uses and that select nothing', () => {
  const empty = { values: [], selectsNothing: 'node_uname_info{sysname="Darwin"}' }
  const panel: Panel = {
    type: 'stat',
    targets: [{ expr: 'node_load1{instance="$instance"}' }, { expr: 'up' }],
  }
  const { queries } = panelQueries(dashboard(panel), { instance: empty, unused: empty }, dataSources)
  expect(queries.map(({ selectNothing }) => selectNothing)).toEqual([[empty.selectsNothing], []])
})

test('library panels, also in rows, are replaced by what they stand for', async () => {
  const model = { title: 'Shared', type: 'stat', targets: [{ expr: 'up' }] }
  const grafana = await startGrafana({ libraryPanels: { shared: model } })
  const { panels, troubles } = await withLibraryPanels(grafana, [
    { type: 'library', libraryPanel: { uid: 'shared' }, repeat: 'job' },
    { type: 'row', panels: [{ type: 'library', title: 'Lost', libraryPanel: { uid: 'lost' } }] },
  ])
  expect(panels[0]).toEqual({ ...model, repeat: 'job' })
  expect(troubles).toEqual([
    expect.stringMatching(/^panel "Lost" is the library panel lost, which does not exist\n  remedy: /),
  ])
})
