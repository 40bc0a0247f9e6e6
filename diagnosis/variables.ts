import type { Dashboard, DataSource, Grafana, Variable } from '../clients/grafana.ts'
import { HttpError } from '../clients/http.ts'
import { messageOf } from '../lib/messages.ts'
import { describeDataSources, resolveDataSource } from './dataSources.ts'
import { fillVariables, type VariableValue, type VariableValues } from './variableValues.ts'

const all = '$__all'

/** A variable that cannot be filled in. */
class VariableError extends Error {
  override name = 'VariableError'
}

/** `/pattern/flags`, or a pattern for the whole value. */
const patternOf = (text: string): RegExp => {
  const [, pattern, flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? []
  try {
    return pattern === undefined
      ? new RegExp(`^${text}$`, 'g')
      : new RegExp(pattern, flags.includes('g') ? flags : `${flags}g`)
  } catch (error) {
    throw new VariableError(`its regex is wrong: ${messageOf(error)}`)
  }
}

/** The part of a value that a variable's regex selects: a group named value, else the first group, else the whole. */
const selected = (pattern: RegExp, value: string): readonly string[] => {
  const found = [...value.matchAll(pattern)]
  const named = found.find(({ groups }) => groups?.['value'] !== undefined)?.groups?.['value']
  if (named !== undefined) return [named]
  const groups = found.flatMap((match) => match[1] ?? [])
  return found.length === 0 ? [] : groups.length > 0 ? groups : [value]
}

const byNumber = (a: string, b: string) =>
  Number(/\d+/.exec(a)?.[0] ?? Infinity) - Number(/\d+/.exec(b)?.[0] ?? Infinity)
const orders: readonly (((a: string, b: string) => number) | undefined)[] = [
  undefined,
  (a, b) => a.localeCompare(b),
  byNumber,
  (a, b) => a.toLowerCase().localeCompare(b.toLowerCase()),
  (a, b) => a.localeCompare(b, undefined, { numeric: true }),
]

/** In Grafana's order: 1 is the first order, 2 the same reversed, 3 the next. */
const sorted = (values: readonly string[], sort = 0): readonly string[] => {
  const order = orders[Math.ceil(sort / 2)]
  if (!order) return values
  const result = [...values].sort(order)
  return sort % 2 === 0 ? result.reverse() : result
}

const queryOf = ({ query }: Variable): string =>
  (typeof query === 'string' ? query : (query?.query ?? '')).trim()

/** `a, b : c` of a custom variable: b is shown, c is the value. */
const listed = (text: string): readonly string[] =>
  text
    .split(/(?<!\\),/)
    .map((one) => (/ : (.*)$/.exec(one)?.[1] ?? one).replaceAll('\\,', ',').trim())
    .filter((one) => one !== '')

type Options = Readonly<{ options: readonly string[]; selectsNothing?: string }>
type Ask = (dataSource: string, query: string) => Promise<Options>

const seriesText = ({ __name__: name = '', ...labels }: Readonly<Record<string, string>>) =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`

/** The options of a query variable of Prometheus, before its regex: what it selects now. */
const askOptions =
  (grafana: Grafana): Ask =>
  async (dataSource, query) => {
    const [, selector, label] = /^label_values\((?:(.+),\s*)?([\w.]+)\)$/s.exec(query) ?? []
    if (label !== undefined) {
      const options = await grafana.labelValues(dataSource, label, selector?.trim())
      if (options.length > 0 || selector === undefined) return { options }
      const [any] = await grafana.queryShortfalls([
        {
          refId: 'A',
          dataSource,
          type: 'prometheus',
          expr: `count(${selector})`,
          instant: true,
          from: 'now-5m',
          to: 'now',
        },
      ])
      return any === 'no data' ? { options, selectsNothing: selector.trim() } : { options }
    }
    if (/^label_names\(.*\)$/.test(query))
      return { options: await grafana.askPrometheus<string[]>(dataSource, 'labels') }
    const [, pattern] = /^metrics\((.*)\)$/.exec(query) ?? []
    if (pattern !== undefined) {
      const names = await grafana.askPrometheus<string[]>(dataSource, 'label/__name__/values')
      return { options: names.filter((name) => new RegExp(pattern).test(name)) }
    }
    const [, result] = /^query_result\((.*)\)$/s.exec(query) ?? []
    type Result = {
      resultType: string
      result: { metric: Record<string, string>; value: [number, string] }[] | [number, string]
    }
    const answer = await grafana.askPrometheus<Result>(dataSource, 'query', { query: result ?? query })
    const rows =
      answer.resultType === 'vector' ? (answer.result as Exclude<Result['result'], [number, string]>) : []
    return {
      options: rows.map(({ metric, value }) =>
        result === undefined ? seriesText(metric) : `${seriesText(metric)} ${value[1]} ${value[0] * 1000}`,
      ),
      ...(rows.length === 0 && result === undefined ? { selectsNothing: query } : {}),
    }
  }

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

/** What the page selects first: what the dashboard was saved with if that still exists, else all, else the first. */
const choose = (
  { includeAll = false, multi = false, allValue, current }: Variable,
  { options, ...rest }: Options,
): VariableValue => {
  const several = includeAll || multi
  const saved = listOf(current?.value)
  const existing = saved.filter((value) => options.includes(value))
  if (existing.length > 0) return { values: multi ? existing : existing.slice(0, 1), several, options }
  if (includeAll)
    return { values: options, several, options, ...rest, ...(allValue ? { custom: allValue } : {}) }
  return { values: options.slice(0, 1), several, options, ...rest }
}

/** The data source that a variable selects: what it was saved with, by uid or name, else the first by name. */
const chooseDataSource = (
  { regex = '', current, ...variable }: Variable,
  dataSources: readonly DataSource[],
): VariableValue => {
  const fitting = dataSources
    .filter(
      ({ type, name }) =>
        type === queryOf({ ...variable, regex }) && (regex === '' || patternOf(regex).test(name)),
    )
    .toSorted((a, b) => a.name.localeCompare(b.name))
  const [value, text] = [listOf(current?.value)[0], listOf(current?.text)[0]]
  const preset =
    value === 'default' && text === 'default' ? fitting.find(({ isDefault }) => isDefault) : undefined
  const chosen =
    preset ??
    fitting.find(({ uid }) => uid === value) ??
    fitting.find(({ name }) => name === value || name === text) ??
    fitting[0]
  return { values: chosen ? [chosen.uid] : [], options: fitting.map(({ uid }) => uid) }
}

/** The value of each variable, and the variables that cannot be filled in. */
export type DashboardVariables = Readonly<{ values: VariableValues; troubles: readonly string[] }>

/**
 * Returns a function that resolves the variables of a dashboard. The same query is asked once, however many dashboards
 * have it.
 */
export const variableResolver = (grafana: Grafana, dataSources: readonly DataSource[]) => {
  const asked = new Map<string, Promise<Options>>()
  const ask: Ask = (dataSource, query) => {
    const key = `${dataSource} ${query}`
    const known = asked.get(key)
    if (known) return known
    const options = askOptions(grafana)(dataSource, query)
    asked.set(key, options)
    return options
  }

  const valueOf = async (variable: Variable, known: VariableValues): Promise<VariableValue> => {
    const { type, current, regex = '', sort } = variable
    if (type === 'datasource') return chooseDataSource(variable, dataSources)
    const text = queryOf(variable)
    if (type === 'constant') return { values: [text] }
    if (type === 'textbox') return { values: [listOf(current?.value)[0] ?? text] }
    if (type === 'custom' || type === 'interval') return choose(variable, { options: listed(text) })
    if (type !== 'query') return { values: listOf(current?.value).filter((value) => value !== all) }
    const resolved = resolveDataSource(dataSources, variable.datasource, known)
    if (resolved.kind === 'missing')
      throw new VariableError(
        `it asks for data source ${resolved.asked}, which does not exist; there are: ${describeDataSources(dataSources)}`,
      )
    // Another type of data source has queries of its own, and the value it was saved with is all that is known.
    if (resolved.kind !== 'data source' || resolved.dataSource.type !== 'prometheus')
      return { values: listOf(current?.value).filter((value) => value !== all), several: true }
    const { options, ...rest } = await ask(resolved.dataSource.uid, fillVariables(text, known)).catch(
      (error: unknown) => {
        if (error instanceof HttpError && [400, 422].includes(error.status))
          throw new VariableError(`its query ${text} fails: ${messageOf(error)}`)
        throw error
      },
    )
    const fitting =
      regex === '' ? options : options.flatMap((one) => selected(patternOf(fillVariables(regex, known)), one))
    const unique = [...new Set(fitting)]
    if (unique.length === 0 && options.length > 0)
      throw new VariableError(
        `it has no value: its regex ${regex} matches none of ${options.slice(0, 5).join(', ')}`,
      )
    return choose(variable, { options: sorted(unique, sort), ...rest })
  }

  /** One after the other, because the query of a variable may use those before it. */
  return async ({ templating }: Dashboard): Promise<DashboardVariables> => {
    let values: VariableValues = {}
    const troubles: string[] = []
    for (const variable of templating?.list ?? []) {
      try {
        values = { ...values, [variable.name]: await valueOf(variable, values) }
      } catch (error) {
        if (!(error instanceof VariableError)) throw error
        troubles.push(`variable ${variable.name}: ${error.message}`)
      }
    }
    return { values, troubles }
  }
}
