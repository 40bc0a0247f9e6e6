import pMap from 'p-map'
import type { Dashboard, DataSource, Grafana, PanelQuery } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { describeExpired, isExpired, type Accepted } from '../config/accepted.ts'
import type { ObjectName } from '../config/components.ts'
import { countOf, few, oneLine } from '../lib/messages.ts'
import { dataSourceRemedy, describeDataSources, noDataSource } from './dataSources.ts'
import { explainEmpty } from './missingSeries.ts'
import { panelQueries, withLibraryPanels, type MissingDataSource, type NamedQuery } from './panels.ts'
import { variableResolver } from './variables.ts'

type Clients = Readonly<{
  grafana: Grafana
  kubernetes: Kubernetes
  components: Readonly<{ grafana: ObjectName }>
}>

/** A dashboard with what is to be asked for it. */
type AskedDashboard = Readonly<{
  dashboard: Dashboard
  queries: readonly NamedQuery[]
  missing: readonly MissingDataSource[]
  troubles: readonly string[]
}>

const requestsAtOnce = 8
const shownTexts = 8

const titleOf = ({ title, file }: Dashboard) => (file === '' ? `"${title}"` : `"${title}" (${file})`)

/** Every dashboard whose title fits, with the queries that its page sends. */
export const askedDashboards = async (
  grafana: Grafana,
  dataSources: readonly DataSource[],
  isAsked: (title: string) => boolean,
): Promise<readonly AskedDashboard[]> => {
  const summaries = (await grafana.dashboards()).filter(({ title }) => isAsked(title))
  const resolve = variableResolver(grafana, dataSources)
  return pMap(
    summaries,
    async ({ uid }) => {
      const stored = await grafana.dashboard(uid)
      const { panels, troubles } = await withLibraryPanels(grafana, stored.panels)
      const dashboard = { ...stored, panels }
      const variables = await resolve(dashboard)
      return {
        dashboard,
        ...panelQueries(dashboard, variables.values, dataSources),
        troubles: [...troubles, ...variables.troubles],
      }
    },
    { concurrency: requestsAtOnce },
  )
}

/** One text for each data source that a dashboard asks for and that does not exist. */
const missingDataSources = (
  { dashboard, missing }: AskedDashboard,
  dataSources: readonly DataSource[],
): readonly string[] => {
  const variables = (dashboard.templating?.list ?? []).map(({ name }) => name)
  return [...Map.groupBy(missing, ({ asked }) => asked).entries()].map(([asked, same]) => {
    const panels = few(same.map(({ panel, refId }) => `panel "${panel}" ${refId}`))
    return (
      `${titleOf(dashboard)}: ${panels}: data source ${asked} does not exist; there are: ${describeDataSources(dataSources)}\n` +
      `  remedy: ${dataSourceRemedy(asked, dataSources, variables)}`
    )
  })
}

const recently = 'now-1m'

/**
 * What is wrong with each query. Asked is what it shows at the end of its range, where a metric that is gone is gone at
 * once; then what it has shown within a minute, because a rate over a short window may have a gap.
 */
const shortfallsOf = async (
  grafana: Grafana,
  queries: readonly PanelQuery[],
): Promise<readonly (string | undefined)[]> => {
  const atEnd = await grafana.queryShortfalls(
    queries.map((query) => (query.type === 'prometheus' ? { ...query, instant: true } : query)),
  )
  const again = queries.flatMap((query, index) =>
    atEnd[index] === 'no data' && query.type === 'prometheus' && !query.instant
      ? [{ index, query: query.to === 'now' ? { ...query, from: recently } : query }]
      : [],
  )
  const within = await grafana.queryShortfalls(again.map(({ query }) => query))
  const byIndex = new Map(again.map(({ index }, position) => [index, within[position]]))
  return atEnd.map((shortfall, index) => (byIndex.has(index) ? byIndex.get(index) : shortfall))
}

const missingRemedy =
  'correct the query in the ConfigMap of the dashboard, or see claim prometheus-targets for the target that should expose the metric; ' +
  'if it may be empty on a healthy cluster, add the reason to diagnosis/emptyPanels.ts, or the panel to accepted.yaml of your overlay'

type Failure = Readonly<{ dashboard: Dashboard; query: NamedQuery; shortfall: string; cause: string }>

/** One text for all queries that fail for the same cause. */
const describeFailures = (failures: readonly Failure[]): readonly string[] =>
  [...Map.groupBy(failures, ({ shortfall, cause }) => `${shortfall} ${cause}`).values()].flatMap((same) => {
    const [first] = same
    if (!first) return []
    const { dashboard, query, shortfall, cause } = first
    const asked = oneLine(query.expr || JSON.stringify(query.model)).slice(0, 300)
    const where = `${titleOf(dashboard)}: panel "${query.panel}" ${query.refId}`
    const text = [where, shortfall, asked, ...(cause === '' ? [] : [cause])].join(': ')
    return same.length > 1 ? [`${text}\n  and ${same.length - 1} more for the same cause`] : [text]
  })

const causeByType = ({ type, dataSource }: NamedQuery): string =>
  type === 'alertmanager'
    ? `data source ${dataSource} is of type alertmanager, which answers no queries of panels; ALERTS of Prometheus has the alerts`
    : ''

/** What is wrong with panels, and which queries are empty for a listed reason that applies here. */
export type PanelFindings = Readonly<{
  shortfalls: readonly string[]
  queries: number
  excused: readonly Readonly<{ dashboard: string; panel: string; reason: string }>[]
}>

/** `546 queries; 96 are empty for a listed reason` */
export const describePanelCounts = ({ queries, excused }: PanelFindings): string =>
  `${queries} queries; ${excused.length} ${excused.length === 1 ? 'is' : 'are'} empty for a listed reason`

type AcceptedPanel = Accepted['panels'][number]
type PanelNames = Readonly<{ dashboard: Pick<Dashboard, 'title'>; query: Pick<NamedQuery, 'panel'> }>

const isAbout =
  ({ dashboard, query }: PanelNames) =>
  (entry: AcceptedPanel) =>
    entry.dashboard === dashboard.title && entry.panel === query.panel

/** Entries of an overlay that have expired, or whose panel has no query. */
const staleAccepted = (accepted: readonly AcceptedPanel[], all: readonly PanelNames[]): readonly string[] =>
  accepted.flatMap((entry) => {
    const panel = `panel "${entry.panel}" of "${entry.dashboard}"`
    if (isExpired(entry)) return [describeExpired(panel, entry)]
    if (all.some((one) => isAbout(one)(entry))) return []
    return [`${entry.at}: there is no ${panel}\n  remedy: correct the titles, or remove the entry`]
  })

/**
 * Runs every query of the dashboards whose title matches.
 * @param accepted panels of the overlay that may be empty
 */
export const askPanels = async (
  clients: Clients,
  isAsked: (title: string) => boolean,
  accepted: readonly AcceptedPanel[] = [],
): Promise<PanelFindings> => {
  const { grafana } = clients
  const dataSources = await grafana.dataSources()
  if (!dataSources.some(({ type }) => type === 'prometheus'))
    return {
      shortfalls: [await noDataSource(clients.kubernetes, clients.components.grafana)],
      queries: 0,
      excused: [],
    }
  const asked = await askedDashboards(grafana, dataSources, isAsked)
  const all = asked.flatMap(({ dashboard, queries }) => queries.map((query) => ({ dashboard, query })))
  const answers = await shortfallsOf(
    grafana,
    all.map(({ query }) => query),
  )
  const failing = all.flatMap((one, index) => {
    const shortfall = answers[index]
    return shortfall === undefined ? [] : [{ ...one, shortfall, cause: causeByType(one.query) }]
  })
  const isEmpty = ({ query, shortfall }: (typeof failing)[number]) =>
    shortfall === 'no data' && query.type === 'prometheus'
  const empty = failing.filter(isEmpty).map(({ dashboard, query }) => ({ dashboard, query }))
  const byDataSource = [...Map.groupBy(empty, ({ query }) => query.dataSource).entries()]
  const explained = (
    await Promise.all(byDataSource.map(([dataSource, queries]) => explainEmpty(clients, dataSource, queries)))
  ).flat()
  const valid = accepted.filter((entry) => !isExpired(entry))
  const left = explained.flatMap(({ cause, ...one }) =>
    cause === undefined || valid.some(isAbout(one)) ? [] : [{ ...one, shortfall: 'no data', cause }],
  )
  const failures = [...failing.filter((one) => !isEmpty(one)), ...left]
  const texts = [
    ...asked.flatMap((one) => missingDataSources(one, dataSources)),
    ...asked.flatMap(({ dashboard, troubles }) =>
      troubles.map((trouble) => `${titleOf(dashboard)}: ${trouble}`),
    ),
    ...describeFailures(failures),
    ...staleAccepted(
      accepted.filter(({ dashboard }) => isAsked(dashboard)),
      all,
    ),
  ]
  const rest = texts.length - shownTexts
  const shortfalls = [
    ...texts.slice(0, shownTexts),
    ...(rest > 0 ? [`and ${countOf(rest, 'more problem')} of panels`] : []),
    ...(left.length > 0 ? [`  remedy: ${missingRemedy}`] : []),
  ]
  const excused = explained.flatMap(({ reason, dashboard, query }) => {
    const why = reason ?? valid.find(isAbout({ dashboard, query }))?.reason
    return why === undefined ? [] : [{ dashboard: dashboard.title, panel: query.panel, reason: why }]
  })
  return { shortfalls, queries: all.length, excused }
}
