import type { Server } from '../config/endpoints.ts'
import { HttpError, serverClient } from './http.ts'
import { readReload } from './reload.ts'

export type Labels = Readonly<Record<string, string>>
/** One series of an instant query. */
export type Sample = Readonly<{ labels: Labels; value: number }>
/** One series of a range: its samples, the oldest first. */
export type SampleHistory = Readonly<{
  labels: Labels
  /** `time` in milliseconds since 1970. */
  samples: readonly Readonly<{ time: number; value: number }>[]
}>
export type Target = Readonly<{
  /** `serviceMonitor/<namespace>/<name>/<endpoint>` for ServiceMonitors. */
  scrapePool: string
  labels: Labels
  scrapeUrl: string
  health: 'up' | 'down' | 'unknown'
  lastError: string
  /** RFC 3339; in the year 1 before the first scrape. */
  lastScrape: string
  scrapeInterval: string
}>
export type Rule = Readonly<{
  group: string
  name: string
  type: 'alerting' | 'recording'
  query: string
  /** What the rule adds to the labels of its expression. */
  labels?: Labels
  /** Only for alerting rules. */
  state?: 'inactive' | 'pending' | 'firing'
  /** Seconds that an alert is pending before it fires. */
  duration?: number
  /** For how many seconds an alert keeps firing after its expression has no result. */
  keepFiringFor?: number
  annotations?: Labels
  health: 'ok' | 'err' | 'unknown'
  lastError: string
}>

/** A pending or firing alert, and the rule that raises it. */
export type Alert = Readonly<{
  name: string
  group: string
  /** The expression of the rule. */
  query: string
  state: 'pending' | 'firing'
  labels: Labels
  annotations: Labels
  /** Milliseconds since 1970. */
  since: number
  /** The value of the expression, as Prometheus writes it. */
  value: string
}>

/** One series of a range: values in the order of their times. */
export type Series = Readonly<{ labels: Labels; values: readonly number[] }>
type SelectorNode = Readonly<{
  type: 'vectorSelector' | 'matrixSelector'
  name: string
  matchers: readonly Readonly<{ name: string; type: '=' | '!=' | '=~' | '!~'; value: string }>[]
}>
/** A parsed expression, as far as it decides which labels its result has. */
export type QueryNode =
  | SelectorNode
  | Readonly<{
      type: 'aggregation'
      op: string
      expr: QueryNode
      grouping: readonly string[]
      without: boolean
    }>
  | Readonly<{
      type: 'binaryExpr'
      op: string
      lhs: QueryNode
      rhs: QueryNode
      /** Null if a side is a scalar. */
      matching: Readonly<{
        card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
        labels: readonly string[]
        on: boolean
        include: readonly string[]
      }> | null
    }>
  | Readonly<{ type: 'call'; func: Readonly<{ name: string }>; args: readonly QueryNode[] }>
  | Readonly<{ type: 'subquery' | 'parenExpr' | 'unaryExpr'; expr: QueryNode }>
  | Readonly<{ type: 'numberLiteral' | 'stringLiteral' }>

/** The metadata that a target exposes about a metric; only OpenMetrics has a unit. */
export type Metadata = Readonly<{ type: string; unit: string; help: string }>

export type RuleGroup = Readonly<{ name: string; interval: number; evaluatedAt: number }>

/** A rule group as Prometheus runs it. */
export type LoadedGroup = Readonly<{
  /** The path of the file that it comes from. */
  file: string
  name: string
  rules: readonly Readonly<{
    name: string
    query: string
    labels?: Labels
    /** Only for alerting rules. */
    annotations?: Labels
    /** Seconds; only for alerting rules. */
    duration?: number
  }>[]
}>

type Body<T> = Readonly<{ data: T }>
type RuleGroups = Readonly<{
  groups: readonly Readonly<{
    name: string
    interval: number
    lastEvaluation: string
    rules: readonly (Omit<Rule, 'group' | 'lastError'> & {
      lastError?: string
      alerts?: readonly RuleAlert[] | null
    })[]
  }>[]
}>
type RuleAlert = Pick<Alert, 'labels' | 'annotations' | 'state' | 'value'> & Readonly<{ activeAt: string }>
type Vector = Readonly<{
  resultType: string
  /** A native histogram has no value. */
  result: readonly Readonly<{ metric: Labels; value?: readonly [number, string] }>[]
}>
type Matrix = Readonly<{
  result: readonly Readonly<{ metric: Labels; values: readonly (readonly [number, string])[] }>[]
}>

/** Numbers as Prometheus writes them. */
const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'))

const seriesOf = ({ metric, values }: Matrix['result'][number]): Series => ({
  labels: metric,
  values: values.map(([, value]) => numberOf(value)),
})

/**
 * A client of Prometheus 3.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export const connectPrometheus = (server: Server) => {
  const http = serverClient(server)
  const get = async <T>(path: string, params: Record<string, string>): Promise<T> => {
    const { body } = await http('GET', `/api/v1/${path}`, { params })
    return (body as Body<T>).data
  }
  const lastSamples = async (selector: string, seconds: number) =>
    (await get<Matrix>('query', { query: `${selector}[${Math.ceil(seconds)}s]` })).result
  const readGroups = async () => (await get<RuleGroups>('rules', { exclude_alerts: 'true' })).groups
  return {
    /** The content type of the page at `/`; GET, because Prometheus answers HEAD with 405. */
    page: async () => (await http('GET', '/')).contentType,
    version: async () => (await get<{ version: string }>('status/buildinfo', {})).version,
    /** Instant query; an error if the result is not a vector of numbers. `time` is in seconds since 1970. */
    query: async (query: string, time?: number): Promise<readonly Sample[]> => {
      const data = await get<Vector | undefined>('query', {
        query,
        ...(time === undefined ? {} : { time: String(time) }),
      })
      if (data === undefined) throw new Error('the answer does not come from Prometheus: it has no data')
      if (data.resultType !== 'vector')
        throw new Error(`the result of ${query} is a ${data.resultType}, not a vector`)
      return data.result.map(({ metric, value }) => {
        if (!value) throw new Error(`the result of ${query} has native histograms, which are not numbers`)
        return { labels: metric, value: numberOf(value[1]) }
      })
    },
    /** The timestamps, in seconds since 1970, of each series' samples in the last `seconds`. */
    sampleTimes: async (
      selector: string,
      seconds: number,
    ): Promise<readonly Readonly<{ labels: Labels; times: readonly number[] }>[]> => {
      const result = await lastSamples(selector, seconds)
      return result.map(({ metric, values }) => ({ labels: metric, times: values.map(([time]) => time) }))
    },
    /** The samples that each series has in the last `seconds`. */
    history: async (selector: string, seconds: number): Promise<readonly SampleHistory[]> => {
      const result = await lastSamples(selector, seconds)
      return result.map(({ metric, values }) => ({
        labels: metric,
        samples: values.map(([time, value]) => ({ time: time * 1000, value: numberOf(value) })),
      }))
    },
    /** The values that the series of a selector had in the last `seconds`. */
    values: async (selector: string, seconds: number): Promise<readonly Series[]> =>
      (await lastSamples(selector, seconds)).map(seriesOf),
    /** The values of an expression over the last `seconds`, one every `step` seconds. */
    range: async (query: string, seconds: number, step: number): Promise<readonly Series[]> => {
      const end = Math.floor(Date.now() / 1000)
      const times = { start: String(end - seconds), end: String(end), step: String(step) }
      return (await get<Matrix>('query_range', { query, ...times })).result.map(seriesOf)
    },
    /** By metric, without the suffixes of histograms: each distinct metadata that targets expose about it. */
    metadata: (): Promise<Readonly<Record<string, readonly Metadata[]>>> => get('metadata', {}),
    targets: async (): Promise<readonly Target[]> =>
      (await get<{ activeTargets: readonly Target[] }>('targets', { state: 'active' })).activeTargets,
    /** URLs of the discovered Alertmanagers, whether they answer or not. */
    alertmanagers: async (): Promise<readonly string[]> =>
      (
        await get<{ activeAlertmanagers: readonly { url: string }[] }>('alertmanagers', {})
      ).activeAlertmanagers.map(({ url }) => url),
    /** How Prometheus parses an expression. */
    parse: (query: string): Promise<QueryNode> => get<QueryNode>('parse_query', { query }),
    /** When the process started, in milliseconds since 1970. */
    startedAt: async () => Date.parse((await get<{ startTime: string }>('status/runtimeinfo', {})).startTime),
    /**
     * The evaluation interval of each rule group, in seconds, and its last evaluation, in milliseconds since 1970 (in the
     * year 1 before the first).
     */
    ruleGroups: async (): Promise<readonly RuleGroup[]> => {
      return (await readGroups()).map(({ name, interval, lastEvaluation }) => ({
        name,
        interval,
        evaluatedAt: Date.parse(lastEvaluation),
      }))
    },
    /** All groups with the content of their rules. */
    loadedGroups: async (): Promise<readonly LoadedGroup[]> =>
      (await get<{ groups: readonly LoadedGroup[] }>('rules', { exclude_alerts: 'true' })).groups,
    /** The configuration that it runs with, as YAML: defaults filled in, secrets masked. */
    loadedConfig: async () => (await get<{ yaml: string }>('status/config', {})).yaml,
    /** The effective command line flags by name, including defaults. */
    flags: (): Promise<Readonly<Record<string, string>>> => get('status/flags', {}),
    /** How long it keeps samples, from the flags or the configuration: `10d`, `10d or 5GiB`. */
    retention: async () =>
      (await get<{ storageRetention: string }>('status/runtimeinfo', {})).storageRetention,
    reload: () => readReload(http, 'prometheus'),
    /** An expression in Prometheus' own form, or why it does not parse. */
    format: async (query: string): Promise<Readonly<{ formatted: string } | { problem: string }>> => {
      try {
        return { formatted: await get<string>('format_query', { query }) }
      } catch (error) {
        if (!(error instanceof HttpError) || error.status !== 400) throw error
        const { error: problem } = error.body as { error: string }
        return { problem: problem.replace('invalid parameter "query": ', '') }
      }
    },
    /** The pending and firing alerts of all rules. */
    alerts: async (): Promise<readonly Alert[]> => {
      const { groups } = await get<RuleGroups>('rules', { type: 'alert' })
      return groups.flatMap(({ name: group, rules }) =>
        rules.flatMap(({ name, query, alerts }) =>
          (alerts ?? []).map(({ activeAt, ...alert }) => ({
            ...alert,
            name,
            group,
            query,
            since: Date.parse(activeAt),
          })),
        ),
      )
    },
    /** Alerting and recording rules of all groups. */
    rules: async (): Promise<readonly Rule[]> => {
      return (await readGroups()).flatMap(({ name, rules }) =>
        rules.map((rule) => ({ ...rule, group: name, lastError: rule.lastError ?? '' })),
      )
    },
  }
}
export type Prometheus = ReturnType<typeof connectPrometheus>
