import type { Dashboard, Grafana, Panel, PanelQuery, Variable } from '../clients/grafana.ts'
import { metricNames } from '../lib/promql.ts'

/** A query of a panel, with its variables filled in. */
export type NamedQuery = PanelQuery & Readonly<{ panel: string; refId: string }>
/** The value of each variable by name. */
export type VariableValues = Readonly<Record<string, string>>

/** Queries that may have no data. */
type EmptyPanel = Readonly<{
  dashboard: string
  /** Matches queries of these metrics. */
  metric: RegExp
  reason: string
  /** PromQL; has a result as long as the reason holds. */
  condition: string
}>

/** Each entry counts while its reason holds. If the query has data nevertheless, the entry is stale. */
export const emptyPanels: readonly EmptyPanel[] = [
  {
    dashboard: 'Kubernetes / Compute Resources / Cluster',
    metric: /\bcontainer_fs_(reads|writes)(_bytes)?_total\b/,
    reason: 'cAdvisor sees no block devices for containers that run in containers',
    condition: 'absent({__name__=~"container_fs_(reads|writes)(_bytes)?_total",container!=""})',
  },
]

const flatten = (panels: readonly Panel[]): readonly Panel[] =>
  panels.flatMap((panel) => [panel, ...flatten(panel.panels ?? [])])

/**
 * Fills in `$name`, `${name}`, `${name:format}` and `[[name]]`. Unknown variables, and those that the server fills in
 * (such as `$__rate_interval`), are left as they are.
 */
export const fillVariables = (text: string, values: VariableValues): string =>
  text.replaceAll(
    /\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]/g,
    (token, braced?: string, plain?: string, bracketed?: string) =>
      values[braced ?? plain ?? bracketed ?? ''] ?? token,
  )

/** The queries of all panels, also those in collapsed rows; without hidden ones, which the browser does not send either. */
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
  if (label === undefined) throw new Error(`variable query ${text} is not supported`)
  const options = await grafana.labelValues(dataSource, label, selector)
  return includeAll ? `(${options.join('|')})` : (options[0] ?? '')
}

/**
 * The value that the page selects first for each variable: all, if the variable offers it, else the first.
 * One after the other, because the query of a variable may use those before it.
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

const instantShortfall = async (
  grafana: Grafana,
  dataSource: string,
  expr: string,
): Promise<string | undefined> =>
  grafana.queryShortfall({ dataSource, expr, instant: true, from: 'now-5m', to: 'now' })

/** Which of these metrics do not exist. An error is about the data source and says nothing about a metric. */
const missingMetrics = async (grafana: Grafana, dataSource: string, names: readonly string[]) => {
  const missing = await Promise.all(
    [...new Set(names)].map(async (name) =>
      (await instantShortfall(grafana, dataSource, `count({__name__="${name}"})`)) === 'no data'
        ? [name]
        : [],
    ),
  )
  return missing.flat()
}

const describeMissing = (names: readonly string[]) =>
  names.length === 0
    ? ''
    : `: there ${names.length === 1 ? 'is no metric' : 'are no metrics'} ${names.join(', ')}`
const missingRemedy =
  '  remedy: correct the query in the ConfigMap of the dashboard, or see claim prometheus-targets for the target that should expose the metric'

/** The sidecar provisions data sources at the start, and makes Grafana read them again only when they change. */
export const noDataSource =
  'Grafana has no data source of type prometheus\n' +
  '  remedy: `kubectl -n monitoring get configmaps -l grafana_datasource=1` must list one; if it does, Grafana started before ' +
  'its sidecar had written it: `kubectl -n monitoring delete pod -l app.kubernetes.io/name=grafana`'

/** One line for each query that unexpectedly has no data, or has data although it is listed as empty. */
export const panelShortfalls = async (grafana: Grafana, title: string): Promise<readonly string[]> => {
  const dashboard = await findDashboard(grafana, title)
  const dataSources = (await grafana.dataSources()).filter(({ type }) => type === 'prometheus')
  const dataSource = (dataSources.find(({ isDefault }) => isDefault) ?? dataSources[0])?.uid
  if (dataSource === undefined) return [noDataSource]

  const queries = panelQueries(dashboard, await variableValues(grafana, dashboard, dataSource), dataSource)
  if (queries.length === 0) return [`"${title}" has no panel with a query`]
  const conditions = emptyPanels.filter((empty) => empty.dashboard === title)
  const holding = await Promise.all(
    conditions.map(({ condition }) => instantShortfall(grafana, dataSource, condition)),
  )
  const allowances = conditions.filter((_, index) => holding[index] === undefined)
  const answers = await Promise.all(
    queries.map(async (query) => ({ query, shortfall: await grafana.queryShortfall(query) })),
  )
  const mayBeEmpty = ({ expr }: NamedQuery) => allowances.find(({ metric }) => metric.test(expr))
  const empty = answers.filter(({ query, shortfall }) => shortfall === 'no data' && !mayBeEmpty(query))
  const names = empty.flatMap(({ query }) => metricNames(query.expr))
  const missing = await missingMetrics(grafana, dataSource, names)

  const texts = answers.flatMap(({ query, shortfall }) => {
    const where = `panel "${query.panel}" ${query.refId}`
    const allowance = mayBeEmpty(query)
    if (allowance && shortfall === undefined)
      return [
        `${where} has data although it is listed as empty (${allowance.reason}): remove the entry from diagnosis/panels.ts`,
      ]
    if (shortfall === undefined || (allowance && shortfall === 'no data')) return []
    const own =
      shortfall === 'no data' ? metricNames(query.expr).filter((name) => missing.includes(name)) : []
    return [`${where}: ${shortfall}: ${query.expr.replaceAll(/\s+/g, ' ')}${describeMissing(own)}`]
  })
  return missing.length > 0 ? [...texts, missingRemedy] : texts
}
