import pMap from 'p-map'
import type { DataSource, Grafana } from '../../clients/grafana.ts'
import { messageOf } from '../../lib/messages.ts'
import { panelQueries } from '../../diagnosis/panels.ts'
import { variableResolver } from '../../diagnosis/variables.ts'
import type { Observation, Panel } from '../observation.ts'
import { named, numbered } from './named.ts'

const concurrency = 4

/**
 * Every dashboard with the answer to each query of its panels, over the window instead of the time range of the dashboard,
 * which could contain old samples of a metric that is gone.
 */
const dashboards = async (
  grafana: Grafana,
  dataSources: readonly DataSource[],
  window: number,
): Promise<Observation['dashboards']> => {
  const resolve = variableResolver(grafana, dataSources)
  const summaries = await grafana.dashboards()
  const found = await pMap(
    summaries,
    async ({ uid, title }) => {
      const dashboard = await grafana.dashboard(uid)
      // Without its value, the name of a variable stays in the query, in every observation alike.
      const { values } = await resolve(dashboard).catch(() => ({ values: {} }))
      // What a panel is repeated for may differ between two observations.
      const queries = panelQueries(dashboard, values, dataSources).queries.filter(
        ({ repetition }) => repetition === 0,
      )
      return { uid, title, queries }
    },
    { concurrency },
  )
  const asked = await pMap(
    found.flatMap(({ uid, queries }) => queries.map((query) => ({ uid, query }))),
    async ({ uid, query }) => {
      const range = { ...query, instant: false, from: `now-${window}s`, to: 'now' }
      const [shortfall] = await grafana
        .queryShortfalls([range])
        .catch((error: unknown) => [`error: ${messageOf(error)}`])
      const panel: Panel = { expr: query.expr.replaceAll(/\s+/g, ' '), answer: shortfall ?? 'data' }
      return { uid, panel: [`${query.panel} / ${query.refId}`, panel] as const }
    },
    { concurrency },
  )
  const panels = Map.groupBy(asked, ({ uid }) => uid)
  return named(
    found.map(({ uid, title }) => [
      uid,
      { title, panels: numbered((panels.get(uid) ?? []).map(({ panel }) => panel)) },
    ]),
  )
}

/**
 * Dashboards and data sources.
 * @param window in seconds: a query that had a result within it has a result
 */
export const observeGrafana = async (
  grafana: Grafana,
  window: number,
): Promise<Pick<Observation, 'dashboards' | 'dataSources'>> => {
  const all = await grafana.dataSources()
  const [ofDashboards, ofDataSources] = await Promise.all([
    dashboards(grafana, all, window),
    Promise.all(
      all.map(async ({ uid, name, type, url }) => {
        const health =
          type === 'prometheus' ? (await grafana.dataSourceHealth(uid)).status : 'not asked: not Prometheus'
        return [name, { type, url, health }] as const
      }),
    ),
  ])
  return { dashboards: ofDashboards, dataSources: named(ofDataSources) }
}
