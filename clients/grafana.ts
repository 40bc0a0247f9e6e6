import pMap from 'p-map'
import type { Server } from '../config/endpoints.ts'
import { HttpError, serverClient } from './http.ts'

export type DashboardSummary = Readonly<{
  uid: string
  title: string
  tags: readonly string[]
  /** Absent for dashboards in the root folder. */
  folderTitle?: string
}>
export type DataSource = Readonly<{
  uid: string
  name: string
  type: string
  url: string
  isDefault: boolean
  /** Settings that depend on the type, without passwords. */
  jsonData?: Readonly<Record<string, unknown>>
}>
/** A data source as dashboards refer to it: its uid or, in old ones, its name. */
export type DataSourceReference = string | Readonly<{ type?: string; uid?: string | null }> | null
/** A query as a dashboard has it; its other fields depend on the type of data source. */
export type PanelTarget = Readonly<{
  refId?: string
  datasource?: DataSourceReference
  expr?: string
  instant?: boolean
  range?: boolean
  hide?: boolean
}>
export type Panel = Readonly<{
  title?: string
  type: string
  datasource?: DataSourceReference
  targets?: readonly PanelTarget[]
  fieldConfig?: Readonly<{ defaults?: Readonly<{ unit?: string }> }>
  /** Of a row that is collapsed. */
  panels?: readonly Panel[]
  /** The variable for each of whose values the panel or row is repeated. */
  repeat?: string
  libraryPanel?: Readonly<{ uid: string; name?: string }>
}>
export type Variable = Readonly<{
  name: string
  type: string
  query?: string | Readonly<{ query?: string }>
  datasource?: DataSourceReference
  includeAll?: boolean
  allValue?: string | null
  multi?: boolean
  regex?: string
  sort?: number
  current?: Readonly<{ value?: string | readonly string[]; text?: string | readonly string[] }>
}>
type Panels = Readonly<{ panels?: readonly Panel[] }>
/** Before schema version 16, panels are in rows; Grafana returns a dashboard as it was stored. */
type StoredPanels = Omit<Dashboard, 'panels'> & Panels & Readonly<{ rows?: readonly Panels[] }>
/** A dashboard as Grafana has it. */
export type StoredDashboard = Readonly<{
  json: Readonly<Record<string, unknown>>
  /** The path in the provider's folder of the file that it came from; empty if it came from none. */
  file: string
}>
/** A dashboard in the classic schema, with all its panels. */
export type Dashboard = Readonly<{
  uid: string
  file: string
  title: string
  tags: readonly string[]
  time?: Readonly<{ from: string; to: string }>
  panels: readonly Panel[]
  templating?: Readonly<{ list: readonly Variable[] }>
}>
/** A query as a panel sends it. */
export type PanelQuery = Readonly<{
  refId: string
  /** Uid of the data source, and its type. */
  dataSource: string
  type: string
  /** Empty if the data source is not Prometheus. */
  expr: string
  instant: boolean
  from: string
  to: string
  /** The other fields of the query, which depend on the type of data source. */
  model?: Readonly<Record<string, unknown>>
  /** The panel's other queries, if this is an expression over their results. */
  inputs?: readonly PanelQuery[]
}>

type Frame = Readonly<{ data: { values: readonly (readonly unknown[])[] } }>
type QueryResult = Readonly<{ frames?: readonly Frame[]; error?: string }>
/** The result of a query. */
export type PanelResult = Readonly<{
  /** Undefined if it has data, else what is wrong: `no data`, or `error: …` in the server's words. */
  shortfall: string | undefined
  /** The values of each series, in chronological order. */
  series: readonly (readonly number[])[]
}>
type QueryBody = Readonly<{ results?: Record<string, QueryResult>; message?: string }>

const sentQuery = (
  { dataSource, type, expr, instant, model }: PanelQuery,
  refId: string,
): Readonly<Record<string, unknown>> => ({
  ...model,
  refId,
  datasource: { type, uid: dataSource },
  ...(type === 'prometheus' ? { expr, instant, range: !instant, format: 'time_series' } : {}),
  // As Grafana's page for an hour; points lie this far apart, and a new sample shows at the next one.
  intervalMs: 5000,
  maxDataPoints: 500,
})

const isBody = (body: unknown): body is QueryBody =>
  typeof body === 'object' && body !== null && ('results' in body || 'message' in body)

const resultIn = ({ results, message }: QueryBody, refId: string): PanelResult => {
  const result = results?.[refId]
  if (!result) return { shortfall: `error: ${message ?? 'the answer has no result for it'}`, series: [] }
  if (result.error !== undefined) return { shortfall: `error: ${result.error}`, series: [] }
  const frames = (result.frames ?? []).filter(({ data }) => data.values.some((values) => values.length > 0))
  const series = frames.flatMap(
    ({
      data: {
        values: [, ...columns],
      },
    }) => columns.map((column) => column.filter((value) => typeof value === 'number')),
  )
  return { shortfall: frames.length > 0 ? undefined : 'no data', series }
}

/** Undefined if the server answers with this status. */
const orUndefined = <T>(status: number, answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof HttpError && error.status === status) return undefined
    throw error
  })

// One request with hundreds of queries would be answered only once the slowest is.
const queriesPerRequest = 50
const requestsAtOnce = 4

/** Queries that one request can ask: of one data source and time range; an expression needs its inputs beside it. */
const inRequests = <T extends Readonly<{ query: PanelQuery }>>(
  asked: readonly T[],
): readonly (readonly T[])[] =>
  [
    ...Map.groupBy(asked, ({ query: { dataSource, from, to, inputs } }, index: number) =>
      JSON.stringify([dataSource, from, to, ...(inputs ? [index] : [])]),
    ).values(),
  ].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / queriesPerRequest) }, (_, index) =>
      group.slice(index * queriesPerRequest, (index + 1) * queriesPerRequest),
    ),
  )

/**
 * A client of Grafana for a user who logs in by name and password.
 * @see https://grafana.com/docs/grafana/latest/developers/http_api/
 */
export const connectGrafana = (server: Server) => {
  const http = serverClient(server)
  const get = async <T>(path: string, params: Record<string, string | number> = {}): Promise<T> =>
    (await http('GET', path, { params })).body as T
  const askPrometheus = async <T>(
    dataSource: string,
    path: string,
    params: Record<string, string> = {},
  ): Promise<T> => {
    const url = `/api/datasources/proxy/uid/${dataSource}/api/v1/${path}`
    return (await get<{ data: T }>(url, params)).data
  }
  const stored = async (uid: string): Promise<StoredDashboard | undefined> => {
    type Body = { dashboard: StoredDashboard['json']; meta?: { provisionedExternalId?: string } }
    const body = await orUndefined(404, get<Body>(`/api/dashboards/uid/${uid}`))
    return body && { json: body.dashboard, file: body.meta?.provisionedExternalId ?? '' }
  }
  /** A query that fails makes the whole answer an error, with the results of the others in it. */
  const post = async (data: object): Promise<QueryBody> => {
    try {
      return (await http('POST', '/api/ds/query', { data })).body as QueryBody
    } catch (error) {
      if (error instanceof HttpError && error.status !== 401 && isBody(error.body)) return error.body
      throw error
    }
  }
  const queryResults = async (queries: readonly PanelQuery[]): Promise<readonly PanelResult[]> => {
    const asked = queries.map((query, index) => ({ query, index, refId: `Q${index}` }))
    const answered = await pMap(
      inRequests(asked),
      async (group) => {
        const inputs = group.flatMap(({ query }) => query.inputs ?? [])
        const { from, to } = group[0]?.query ?? {}
        const body = await post({
          from,
          to,
          queries: [
            ...group.map(({ query, refId }) => sentQuery(query, refId)),
            ...inputs.map((input) => sentQuery(input, input.refId)),
          ],
        })
        return group.map(({ index, refId }) => [index, resultIn(body, refId)] as const)
      },
      { concurrency: requestsAtOnce },
    )
    const byIndex = new Map(answered.flat())
    return queries.map((_, index) => byIndex.get(index) ?? { shortfall: undefined, series: [] })
  }
  return {
    version: async () => (await get<{ version: string }>('/api/health')).version,
    /** The login name. Unlike /api/health, this checks the password. */
    whoAmI: async () => (await get<{ login: string }>('/api/user')).login,
    /** All dashboards, up to 5000, the limit of a search. */
    dashboards: async () => get<DashboardSummary[]>('/api/search', { type: 'dash-db', limit: 5000 }),
    /** Undefined if there is none: Grafana answers 404, which it also does for an error of its own. */
    stored,
    dashboard: async (uid: string): Promise<Dashboard> => {
      const found = await stored(uid)
      if (!found) throw new Error(`Grafana lists a dashboard with the uid ${uid}, and then does not find it`)
      const { rows = [], panels = [], ...rest } = found.json as unknown as StoredPanels
      return {
        ...rest,
        file: found.file,
        panels: [...panels, ...rows.flatMap((row) => row.panels ?? [])],
      }
    },
    /** The MD5 of the file that a dashboard was provisioned from; undefined if Grafana keeps none. */
    fileChecksum: async (uid: string): Promise<string | undefined> => {
      type Resource = { metadata: { annotations?: Record<string, string> } }
      const path = `/apis/dashboard.grafana.app/v1/namespaces/default/dashboards/${uid}`
      const resource = await orUndefined(404, get<Resource>(path))
      return resource?.metadata.annotations?.['grafana.app/sourceChecksum']
    },
    /** The panel that a library panel stands for; undefined if there is none. */
    libraryPanel: async (uid: string): Promise<Panel | undefined> => {
      type Element = { result: { model: Panel } }
      return (await orUndefined(404, get<Element>(`/api/library-elements/${uid}`)))?.result.model
    },
    dataSources: async () => get<DataSource[]>('/api/datasources'),
    /** The settings that Grafana gives every browser; empty if this version does not. */
    frontendSettings: async (): Promise<Readonly<Record<string, unknown>>> =>
      (await orUndefined(404, get<Record<string, unknown>>('/api/frontend/settings'))) ?? {},
    /** The uid of the organization's home dashboard; empty if none is set. */
    homeDashboard: async (): Promise<string> => {
      const found = await orUndefined(404, get<{ homeDashboardUID?: string }>('/api/org/preferences'))
      return found?.homeDashboardUID ?? ''
    },
    /** The result of the data source's health check, which runs a query. A 400 contains the reason. */
    dataSourceHealth: async (uid: string) => {
      try {
        return await get<{ status: string; message: string }>(`/api/datasources/uid/${uid}/health`)
      } catch (error) {
        if (error instanceof HttpError && error.status === 400)
          return error.body as { status: string; message: string }
        throw error
      }
    },
    /** What Prometheus answers to a path of its API, asked through its data source. */
    askPrometheus,
    /**
     * The values of a label in the series that a selector matches now, sorted. A query variable would use the whole time
     * range, and so offer nodes that no longer exist.
     */
    labelValues: async (
      dataSource: string,
      label: string,
      selector = '{__name__!=""}',
    ): Promise<readonly string[]> => {
      type Vector = { result: { metric: Record<string, string> }[] }
      const { result } = await askPrometheus<Vector>(dataSource, 'query', {
        query: `group by (${label}) (${selector})`,
      })
      return result.flatMap(({ metric }) => metric[label] ?? []).sort()
    },
    /**
     * Whether queries return data: a value in a frame, because an empty result is a frame without fields.
     * @returns for each query undefined if it does, else what is wrong: `no data`, or `error: …` in the server's words
     */
    queryShortfalls: async (queries: readonly PanelQuery[]): Promise<readonly (string | undefined)[]> =>
      (await queryResults(queries)).map(({ shortfall }) => shortfall),
    queryResults,
  }
}
export type Grafana = ReturnType<typeof connectGrafana>
