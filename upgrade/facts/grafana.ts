import pMap from 'p-map'
import type {
  Dashboard,
  DataSource,
  DataSourceReference,
  Grafana,
  Panel as StoredPanel,
} from '../../clients/grafana.ts'
import { messageOf, oneLine } from '../../lib/messages.ts'
import { panelQueries } from '../../diagnosis/panels.ts'
import { variableResolver } from '../../diagnosis/variables.ts'
import type { Observation, Panel } from '../observation.ts'
import { changedPanels } from './changedPanels.ts'
import { distinct, named, numbered } from './named.ts'
import type { ChangedQuery } from './sideBySide.ts'
import { statisticsOf } from './statistics.ts'

const concurrency = 4

const referenceOf = (reference: DataSourceReference | undefined): string =>
  (typeof reference === 'string' ? reference : reference?.uid) ?? ''

const referencesOf = ({ datasource, targets = [], panels = [] }: StoredPanel): readonly string[] => [
  referenceOf(datasource),
  ...targets.map((target) => referenceOf(target.datasource)),
  ...panels.flatMap(referencesOf),
]

/** The data sources that a dashboard names directly; variables and Grafana's built-in ones do not count. */
const namedSources = ({ panels, templating }: Dashboard): readonly string[] =>
  distinct([
    ...panels.flatMap(referencesOf),
    ...(templating?.list ?? []).map(({ datasource }) => referenceOf(datasource)),
  ]).filter((reference) => !/^$|^\$|^\[\[|^--|^__expr__$|^grafana$|^default$/.test(reference))

type Found = Pick<Observation, 'dashboards' | 'dataSourceUsers'>
type Changed = Readonly<{ changed: readonly ChangedQuery[] }>

/**
 * Every dashboard with the answer to each query of its panels. The queries cover the window, not the dashboard's time range,
 * which could contain old samples of a metric that is gone.
 */
const dashboards = async (
  grafana: Grafana,
  dataSources: readonly DataSource[],
  windowSeconds: number,
  before: Observation['dashboards'],
): Promise<Found & Changed> => {
  const resolve = variableResolver(grafana, dataSources)
  const summaries = await grafana.dashboards()
  const found = await pMap(
    summaries,
    async ({ uid, title }) => {
      const dashboard = await grafana.dashboard(uid)
      // A variable without a value stays in the query by name, in both observations alike.
      const { values } = await resolve(dashboard).catch(() => ({ values: {} }))
      // The values that a panel is repeated for may differ between two observations.
      const queries = panelQueries(dashboard, values, dataSources).queries.filter(
        ({ repetition }) => repetition === 0,
      )
      return { uid, title, queries, values, sources: namedSources(dashboard) }
    },
    { concurrency },
  )
  const asked = await pMap(
    found.flatMap(({ uid, queries, values }) => queries.map((query) => ({ uid, query, values }))),
    async ({ uid, query, values }) => {
      const range = { ...query, instant: false, from: `now-${windowSeconds}s`, to: 'now' }
      const [result] = await grafana
        .queryResults([range])
        .catch((error: unknown) => [{ shortfall: `error: ${messageOf(error)}`, series: [] }])
      const statistics = query.type === 'prometheus' ? statisticsOf(result?.series ?? []) : undefined
      const panel: Panel = {
        expr: oneLine(query.expr),
        answer: result?.shortfall ?? 'data',
        ...(query.template !== query.expr && { template: query.template }),
        ...(query.unit !== '' && { unit: query.unit }),
        ...(statistics && { values: statistics }),
      }
      return { uid, panel: [`${query.panel} / ${query.refId}`, { query, values, panel }] as const }
    },
    { concurrency },
  )
  const panels = Map.groupBy(asked, ({ uid }) => uid)
  const uses = found.flatMap(({ title, sources }) => sources.map((source) => ({ title, source })))
  const byUid = found.map(({ uid, title }) => ({
    uid,
    title,
    panels: numbered((panels.get(uid) ?? []).map(({ panel }) => panel)),
  }))
  return {
    dashboards: named(
      byUid.map(({ uid, title, panels: all }) => [
        uid,
        { title, panels: named(Object.entries(all).map(([name, { panel }]) => [name, panel])) },
      ]),
    ),
    dataSourceUsers: named(
      [...Map.groupBy(uses, ({ source }) => source)].map(([source, own]) => [
        source,
        distinct(own.map(({ title }) => title)),
      ]),
    ),
    changed: byUid.flatMap((one) => changedPanels(one.uid, one.panels, before[one.uid])),
  }
}

/**
 * Dashboards and data sources.
 * @param windowSeconds a query that had a result within it has a result
 * @param before the dashboards of an earlier observation; queries that changed since then are returned as well
 */
export const observeGrafana = async (
  grafana: Grafana,
  windowSeconds: number,
  before: Observation['dashboards'] = {},
): Promise<Found & Pick<Observation, 'dataSources'> & Changed> => {
  const all = await grafana.dataSources()
  const [ofDashboards, ofDataSources] = await Promise.all([
    dashboards(grafana, all, windowSeconds, before),
    Promise.all(
      all.map(async ({ uid, name, type, url, isDefault }) => {
        const health =
          type === 'prometheus' ? (await grafana.dataSourceHealth(uid)).status : 'not asked: not Prometheus'
        return [name, { type, url, health, uid, isDefault }] as const
      }),
    ),
  ])
  return { ...ofDashboards, dataSources: named(ofDataSources) }
}
