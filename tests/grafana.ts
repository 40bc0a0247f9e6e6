import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { connectGrafana, type Grafana } from '../clients/grafana.ts'
import { selectorsOf, type Selector } from '../lib/promql.ts'

type Labels = Readonly<Record<string, string>>
type Contents = Readonly<{
  /** Series of Prometheus, as selectors of themselves: `up{job="a"}`. */
  series?: readonly string[]
  dashboards?: readonly Readonly<Record<string, unknown>>[]
  dataSources?: readonly object[]
  libraryPanels?: Readonly<Record<string, object>>
  /** Recording rules by name. */
  rules?: Readonly<Record<string, string>>
  /** Checksums of files by uid. */
  checksums?: Readonly<Record<string, string>>
}>

const matches = ({ metric, matchers }: Selector, labels: Labels): boolean =>
  (metric === undefined || labels['__name__'] === metric) &&
  matchers.every(({ label, operator, value }) => {
    const own = labels[label] ?? ''
    const equal = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(own) : own === value
    return operator.startsWith('!') ? !equal : equal
  })

/** A small part of PromQL: whether an expression has a result, by whether its selectors have series. */
const hasResult = (expr: string, series: readonly Labels[]): boolean => {
  const parts = expr.split(/ and on\(\) | and /)
  if (parts.length > 1) return parts.every((part) => hasResult(part, series))
  const isThere = selectorsOf(expr).map((selector) => series.some((labels) => matches(selector, labels)))
  return expr.startsWith('absent(') ? isThere.every((there) => !there) : isThere.every(Boolean)
}

const isBroken = (expr: string) => (expr.match(/[({]/g) ?? []).length !== (expr.match(/[)}]/g) ?? []).length
const parseError = { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected end' }

type Query = Readonly<{ refId: string; expr?: string; datasource: { type: string } }>

const answerQuery = ({ expr = '', datasource }: Query, series: readonly Labels[]) => {
  if (datasource.type !== 'prometheus') return { error: `plugin ${datasource.type} not found` }
  if (isBroken(expr)) return { error: 'bad_data: parse error: unexpected end' }
  return { frames: [{ data: { values: hasResult(expr, series) ? [[0], [1]] : [] } }] }
}

const bodyOf = async (request: IncomingMessage) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as { queries: Query[] }
}

/** A client of a server that answers like Grafana with a Prometheus that has these series. */
export const startGrafana = async ({
  series = [],
  dashboards = [],
  dataSources = [],
  libraryPanels = {},
  rules = {},
  checksums = {},
}: Contents): Promise<Grafana> => {
  const all = series.flatMap(selectorsOf).map(({ metric = '', matchers }): Labels => ({
    __name__: metric,
    ...Object.fromEntries(matchers.map(({ label, value }) => [label, value])),
  }))
  const ofPrometheus = (path: string, params: URLSearchParams): readonly [number, object] => {
    if (path === 'rules') {
      const listed = Object.entries(rules).map(([name, query]) => ({ type: 'recording', name, query }))
      return [200, { data: { groups: [{ interval: 5, rules: listed }] } }]
    }
    if (path === 'status/runtimeinfo') return [200, { data: { startTime: '2020-01-01T00:00:00Z' } }]
    if (path === 'label/__name__/values')
      return [200, { data: [...new Set(all.map(({ __name__: name }) => name))] }]
    const query = params.get('query') ?? ''
    if (isBroken(query)) return [400, parseError]
    const [, label, grouped = query] = /^group by \((\w+)\) \((.*)\)$/s.exec(query) ?? []
    const [selector] = selectorsOf(grouped)
    const found = all.filter((labels) => selector && matches(selector, labels))
    const metrics =
      label === undefined
        ? found
        : [...new Set(found.map((labels) => labels[label]))].map((value) =>
            value === undefined ? {} : { [label]: value },
          )
    const result = metrics.map((metric) => ({ metric, value: [0, '1'] }))
    return [200, { data: { resultType: 'vector', result } }]
  }
  const answer = async (request: IncomingMessage): Promise<readonly [number, object]> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://grafana')
    const last = pathname.split('/').at(-1) ?? ''
    const [, path] = /^\/api\/datasources\/proxy\/uid\/\w+\/api\/v1\/(.*)$/.exec(pathname) ?? []
    if (path !== undefined) return ofPrometheus(path, searchParams)
    if (pathname === '/api/datasources') return [200, dataSources]
    if (pathname === '/api/search') return [200, dashboards]
    if (pathname === '/api/ds/query') {
      const { queries } = await bodyOf(request)
      const results = Object.fromEntries(queries.map((query) => [query.refId, answerQuery(query, all)]))
      return [Object.values(results).some((one) => 'error' in one) ? 400 : 200, { results }]
    }
    const dashboard = dashboards.find(({ uid }) => uid === last)
    if (pathname.startsWith('/api/dashboards/uid/') && dashboard)
      return [200, { dashboard, meta: { provisionedExternalId: `${last}.json` } }]
    const checksum = checksums[last]
    if (pathname.startsWith('/apis/') && checksum !== undefined)
      return [200, { metadata: { annotations: { 'grafana.app/sourceChecksum': checksum } } }]
    const model = libraryPanels[last]
    if (pathname.startsWith('/api/library-elements/') && model) return [200, { result: { model } }]
    return [404, { message: 'Not found' }]
  }
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    )
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return connectGrafana({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: 'a',
    password: 'b',
  })
}
