import type { Dashboard, Grafana, Panel, PanelQuery, Variable } from '../clients/grafana.ts'
import { metricNames } from '../lib/promql.ts'

/** A panel's query, ready to be sent. */
export type NamedQuery = PanelQuery & Readonly<{ panel: string; refId: string }>
/** What the browser puts in the place of `$name`. */
export type VariableValues = Readonly<Record<string, string>>

/** A query that rightly has no data. */
type EmptyPanel = Readonly<{
  dashboard: string
  /** Metrics that the query is about. */
  metric: RegExp
  reason: string
  /** Has a result as long as the reason holds. */
  because: string
}>

/** Queries that may be empty, each as long as its reason holds; with data after all, the entry is stale. */
export const emptyPanels: readonly EmptyPanel[] = [
  {
    dashboard: 'Kubernetes / Compute Resources / Cluster',
    metric: /\bcontainer_fs_(reads|writes)(_bytes)?_total\b/,
    reason: 'cAdvisor sees no block device under containers that run in containers',
    because: 'absent({__name__=~"container_fs_(reads|writes)(_bytes)?_total",container!=""})',
  },
]

const flatten = (panels: readonly Panel[]): readonly Panel[] =>
  panels.flatMap((panel) => [panel, ...flatten(panel.panels ?? [])])

/**
 * Fills `$name`, `${name}`, `${name:format}` and `[[name]]`. What the server fills by itself (`$__rate_interval` and
 * its kin) and what is not known stays as it is.
 */
export const fillVariables = (text: string, values: VariableValues): string =>
  text.replaceAll(
    /\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]/g,
    (token, braced?: string, plain?: string, bracketed?: string) =>
      values[braced ?? plain ?? bracketed ?? ''] ?? token,
  )

/** The queries of all panels, those in collapsed rows too; hidden ones are not sent by the browser either. */
export const panelQueries = (
  dashboard: Dashboard,
  values: VariableValues,
  dataSource: string,
): readonly NamedQuery[] =>
  flatten(dashboard.panels).flatMap(({ title = 'untitled', targets = [] }) =>
    targets
      .filter(({ hide, expr }) => !hide && Boolean(expr))
      .map(({ expr = '', instant = false, range = false, refId }, index) => ({
        panel: title,
        refId: refId ?? String.fromCharCode(65 + index),
        dataSource,
        expr: fillVariables(expr, values),
        instant: instant && !range,
        from: dashboard.time?.from ?? 'now-1h',
        to: dashboard.time?.to ?? 'now',
      })),
  )

const labelValues = /^label_values\((?:(.+),\s*)?(\w+)\)$/s

const valueOf = async (
  grafana: Grafana,
  { includeAll, allValue, query, type }: Variable,
  known: VariableValues,
  dataSource: string,
): Promise<string> => {
  if (type === 'datasource') return dataSource
  if (includeAll && allValue) return allValue
  const text = typeof query === 'string' ? query : (query?.query ?? '')
  if (type === 'constant' || type === 'textbox') return text
  if (type === 'custom' || type === 'interval') return text.split(',')[0]?.split(' : ').at(-1)?.trim() ?? ''
  const [, selector, label] = labelValues.exec(fillVariables(text, known)) ?? []
  if (label === undefined) throw new Error(`variable query ${text} is of a form that is not known here`)
  const options = await grafana.labelValues(dataSource, label, selector)
  return includeAll ? `(${options.join('|')})` : (options[0] ?? '')
}

/**
 * The value of each variable as the page would choose it at first: all, where there is such a choice, else the first.
 * One after the other, since a variable's query may name those before it.
 */
export const variableValues = async (
  grafana: Grafana,
  dashboard: Dashboard,
  dataSource: string,
): Promise<VariableValues> => {
  let values: VariableValues = {}
  for (const variable of dashboard.templating?.list ?? []) {
    values = { ...values, [variable.name]: await valueOf(grafana, variable, values, dataSource) }
  }
  return values
}

/** The dashboard with this title. */
export const findDashboard = async (grafana: Grafana, title: string): Promise<Dashboard> => {
  const found = (await grafana.dashboards()).filter((summary) => summary.title === title)
  const [only, ...others] = found
  if (!only) throw new Error(`no dashboard has the title "${title}"`)
  if (others.length > 0)
    throw new Error(
      `${found.length} dashboards have the title "${title}": ${found.map(({ uid }) => uid).join(', ')}`,
    )
  return grafana.dashboard(only.uid)
}

/** Tells which metrics of an expression there are not: each is asked for once, however many queries name it. */
const missingMetrics = (grafana: Grafana, dataSource: string) => {
  const asked = new Map<string, Promise<boolean>>()
  const ask = async (name: string) => {
    const expr = `count({__name__="${name}"})`
    const now = { dataSource, expr, instant: true, from: 'now-5m', to: 'now' }
    // Where the data source itself fails, the answer is an error and tells nothing of the metric.
    return (await grafana.queryShortfall(now)) === 'no data'
  }
  return async (expr: string): Promise<readonly string[]> => {
    const names = metricNames(expr)
    const missing = await Promise.all(
      names.map((name) => {
        const answer = asked.get(name) ?? ask(name)
        asked.set(name, answer)
        return answer
      }),
    )
    return names.filter((_, index) => missing[index])
  }
}

const describeMissing = (names: readonly string[]) =>
  names.length === 0
    ? ''
    : `: there ${names.length === 1 ? 'is no metric' : 'are no metrics'} ${names.join(', ')}`
const missingRemedy =
  '  remedy: correct the query in the ConfigMap of the dashboard, or see prometheus-targets for what should expose the metric'

/** Its sidecar brings them once, and has Grafana read them again only when they change. */
export const noDataSource =
  'Grafana has no data source of type prometheus\n' +
  '  remedy: `kubectl -n monitoring get configmaps -l grafana_datasource=1` must list one; where it does, Grafana was up before ' +
  'its sidecar had written it: `kubectl -n monitoring delete pod -l app.kubernetes.io/name=grafana`'

/** For each query of a dashboard that has no data though it should, or has data though it is listed as empty, a line. */
export const panelShortfalls = async (grafana: Grafana, title: string): Promise<readonly string[]> => {
  const dashboard = await findDashboard(grafana, title)
  const dataSources = (await grafana.dataSources()).filter(({ type }) => type === 'prometheus')
  const dataSource = dataSources.find(({ isDefault }) => isDefault) ?? dataSources[0]
  if (!dataSource) return [noDataSource]

  const queries = panelQueries(
    dashboard,
    await variableValues(grafana, dashboard, dataSource.uid),
    dataSource.uid,
  )
  if (queries.length === 0) return [`"${title}" has no panel with a query`]
  const allowances = emptyPanels.filter((empty) => empty.dashboard === title)
  const holding = await Promise.all(
    allowances.map(async ({ because }) => {
      const shortfall = await grafana.queryShortfall({
        dataSource: dataSource.uid,
        expr: because,
        instant: true,
        from: 'now-5m',
        to: 'now',
      })
      return shortfall === undefined
    }),
  )
  const missingOf = missingMetrics(grafana, dataSource.uid)
  const shortfalls = await Promise.all(
    queries.map(async (query) => {
      const allowance = allowances.find(({ metric }, index) => holding[index] && metric.test(query.expr))
      const shortfall = await grafana.queryShortfall(query)
      const where = `panel "${query.panel}" ${query.refId}`
      if (allowance && shortfall === undefined) {
        const stale = `${where} has data, though it is listed as empty (${allowance.reason}): take the entry out of diagnosis/panels.ts`
        return [{ text: stale, missing: [] }]
      }
      if (shortfall === undefined || (allowance && shortfall === 'no data')) return []
      const missing = shortfall === 'no data' ? await missingOf(query.expr) : []
      const text = `${where}: ${shortfall}: ${query.expr.replaceAll(/\s+/g, ' ')}${describeMissing(missing)}`
      return [{ text, missing }]
    }),
  )
  const found = shortfalls.flat()
  return [
    ...found.map(({ text }) => text),
    ...(found.some(({ missing }) => missing.length > 0) ? [missingRemedy] : []),
  ]
}
