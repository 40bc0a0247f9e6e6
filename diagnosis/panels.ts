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

/** Finds the metrics of an expression that do not exist; looks up each metric once, however many queries use it. */
const missingMetrics = (grafana: Grafana, dataSource: string) => {
  const answers = new Map<string, Promise<boolean>>()
  const isMissing = async (name: string) => {
    const expr = `count({__name__="${name}"})`
    const now = { dataSource, expr, instant: true, from: 'now-5m', to: 'now' }
    // An error is about the data source and says nothing about the metric.
    return (await grafana.queryShortfall(now)) === 'no data'
  }
  return async (expr: string): Promise<readonly string[]> => {
    const names = metricNames(expr)
    const missing = await Promise.all(
      names.map((name) => {
        const answer = answers.get(name) ?? isMissing(name)
        answers.set(name, answer)
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
    allowances.map(async ({ condition }) => {
      const query = { dataSource: dataSource.uid, expr: condition, instant: true, from: 'now-5m', to: 'now' }
      return (await grafana.queryShortfall(query)) === undefined
    }),
  )
  const missingOf = missingMetrics(grafana, dataSource.uid)
  const shortfalls = await Promise.all(
    queries.map(async (query) => {
      const allowance = allowances.find(({ metric }, index) => holding[index] && metric.test(query.expr))
      const shortfall = await grafana.queryShortfall(query)
      const where = `panel "${query.panel}" ${query.refId}`
      if (allowance && shortfall === undefined) {
        const stale = `${where} has data although it is listed as empty (${allowance.reason}): remove the entry from diagnosis/panels.ts`
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
