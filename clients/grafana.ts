import { httpClient, HttpError } from './http.ts'

export type DashboardSummary = Readonly<{ uid: string; title: string; tags: readonly string[] }>
export type DataSource = Readonly<{
  uid: string
  name: string
  type: string
  url: string
  isDefault: boolean
}>
export type PanelTarget = Readonly<{
  refId?: string
  expr?: string
  instant?: boolean
  range?: boolean
  hide?: boolean
}>
export type Panel = Readonly<{
  title?: string
  type: string
  targets?: readonly PanelTarget[]
  panels?: readonly Panel[]
}>
export type Variable = Readonly<{
  name: string
  type: string
  query?: string | Readonly<{ query: string }>
  includeAll?: boolean
  allValue?: string | null
  current?: Readonly<{ value?: string | readonly string[] }>
}>
type Panels = Readonly<{ panels?: readonly Panel[] }>
/** Before schema version 16, panels are in rows; Grafana returns a dashboard as it was stored. */
type StoredDashboard = Omit<Dashboard, 'panels'> & Panels & Readonly<{ rows?: readonly Panels[] }>
/** A dashboard in the classic schema, with all its panels. */
export type Dashboard = Readonly<{
  uid: string
  title: string
  tags: readonly string[]
  time?: Readonly<{ from: string; to: string }>
  panels: readonly Panel[]
  templating?: Readonly<{ list: readonly Variable[] }>
}>
/** A query as a panel sends it. */
export type PanelQuery = Readonly<{
  dataSource: string
  expr: string
  instant: boolean
  from: string
  to: string
}>

type Frame = Readonly<{ data: { values: readonly (readonly unknown[])[] } }>
type QueryBody = Readonly<{ results?: Record<string, { frames?: readonly Frame[]; error?: string }> }>

/**
 * A client of Grafana for a user who logs in by name and password.
 * @see https://grafana.com/docs/grafana/latest/developers/http_api/
 */
export const connectGrafana = (baseURL: string, user: string, password: string) => {
  const http = httpClient({ baseURL, user, password })
  const get = async <T>(path: string, params: Record<string, string | number> = {}): Promise<T> =>
    (await http('GET', path, { params })).body as T
  return {
    version: async () => (await get<{ version: string }>('/api/health')).version,
    /** The login name. Unlike /api/health, this checks the password. */
    whoAmI: async () => (await get<{ login: string }>('/api/user')).login,
    /** All dashboards, up to 5000, the limit of a search. */
    dashboards: async () => get<DashboardSummary[]>('/api/search', { type: 'dash-db', limit: 5000 }),
    dashboard: async (uid: string): Promise<Dashboard> => {
      const path = `/api/dashboards/uid/${uid}`
      const { rows = [], panels = [], ...rest } = (await get<{ dashboard: StoredDashboard }>(path)).dashboard
      return { ...rest, panels: [...panels, ...rows.flatMap((row) => row.panels ?? [])] }
    },
    dataSources: async () => get<DataSource[]>('/api/datasources'),
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
    /**
     * The values of a label in the series that a selector matches now, sorted. A query variable would use the whole time
     * range, and so offer nodes that no longer exist.
     */
    labelValues: async (
      dataSource: string,
      label: string,
      selector = '{__name__!=""}',
    ): Promise<readonly string[]> => {
      type Body = { data: { result: { metric: Record<string, string> }[] } }
      const path = `/api/datasources/proxy/uid/${dataSource}/api/v1/query`
      const { data } = await get<Body>(path, { query: `group by (${label}) (${selector})` })
      return data.result.flatMap(({ metric }) => metric[label] ?? []).sort()
    },
    /**
     * Whether a panel's query returns data: a value in a frame, because an empty result is a frame without fields.
     * @returns undefined if it does, else what is wrong
     */
    queryShortfall: async ({
      dataSource,
      expr,
      instant,
      from,
      to,
    }: PanelQuery): Promise<string | undefined> => {
      const query = {
        refId: 'A',
        datasource: { type: 'prometheus', uid: dataSource },
        expr,
        instant,
        range: !instant,
        format: 'time_series',
        // As Grafana's page for an hour; points lie this far apart, and a new sample shows at the next one.
        intervalMs: 5000,
        maxDataPoints: 500,
      }
      const { body } = await http('POST', '/api/ds/query', { data: { from, to, queries: [query] } }).catch(
        (error: unknown) => {
          if (error instanceof HttpError && error.status === 400) return { body: error.body }
          throw error
        },
      )
      const result = (body as QueryBody).results?.['A']
      if (!result)
        throw new Error(`Grafana's query API returned no result for ${expr}: ${JSON.stringify(body)}`)
      if (result.error !== undefined) return `error: ${result.error}`
      return result.frames?.some(({ data }) => (data.values[1]?.length ?? 0) > 0) ? undefined : 'no data'
    },
  }
}
export type Grafana = ReturnType<typeof connectGrafana>
