import { HttpError, NoAnswerError, serverClient, type Http } from '../clients/http.ts'
import type { Servers } from '../config/endpoints.ts'
import type { ServerName } from '../config/stacks.ts'
import { messageOf } from '../lib/messages.ts'
import type { EndpointOutages, Outage } from './result.ts'

/** The endpoints to request, and for how many seconds each may be down, because its only replica restarts. */
const probed: readonly Readonly<{ server: ServerName; endpoint: string; path: string; budget: number }>[] = [
  { server: 'prometheus', endpoint: 'Prometheus', path: '/-/ready', budget: 60 },
  { server: 'alertmanager', endpoint: 'Alertmanager', path: '/-/ready', budget: 60 },
  { server: 'grafana', endpoint: 'Grafana', path: '/api/health', budget: 60 },
  { server: 'opensearch', endpoint: 'OpenSearch', path: '/', budget: 120 },
  { server: 'dashboards', endpoint: 'OpenSearch Dashboards', path: '/api/status', budget: 180 },
]

/** One request. */
export type Probe = Readonly<{
  /** Seconds since the first request. */
  at: number
  problem?: string
}>

const everyMs = 1000
// To a user, a slower answer is an outage.
const timeoutMs = 5000

const ask = async (http: Http, path: string): Promise<string | undefined> => {
  try {
    const { status } = await http('GET', path, { timeout: timeoutMs })
    return status === 200 ? undefined : `HTTP ${status}`
  } catch (error) {
    if (error instanceof HttpError) return `HTTP ${error.status}`
    return error instanceof NoAnswerError ? (error.code ?? error.message) : messageOf(error)
  }
}

const endpointsOf = (servers: Servers) =>
  probed.flatMap(({ server: name, path, ...endpoint }) => {
    const server = servers[name]
    return server ? [{ ...endpoint, path, http: serverClient(server), url: `${server.url}${path}` }] : []
  })

/** Each endpoint that does not answer now, with what was seen instead. */
export const silentEndpoints = async (servers: Servers): Promise<readonly string[]> =>
  (
    await Promise.all(
      endpointsOf(servers).map(async ({ endpoint, http, path }) => ({
        ...{ endpoint, problem: await ask(http, path) },
      })),
    )
  ).flatMap(({ endpoint, problem }) => (problem === undefined ? [] : [`${endpoint}: ${problem}`]))

/**
 * Each outage lasts from the first failed request to the next successful one.
 * @param end of an outage that has not ended, in seconds since the first request
 */
export const outagesOf = (endpoint: string, probes: readonly Probe[], end: number): readonly Outage[] => {
  const inOrder = [...probes].sort((a, b) => a.at - b.at)
  return inOrder.flatMap(({ at, problem }, index) => {
    if (problem === undefined || inOrder[index - 1]?.problem !== undefined) return []
    const next = inOrder.slice(index).find((one) => one.problem === undefined)
    return [{ endpoint, from: at, to: next?.at ?? end, seen: problem }]
  })
}

/** Requests every endpoint once a second. @returns a function that ends this and returns the outages */
export const startProbes = (servers: Servers): (() => readonly EndpointOutages[]) => {
  const endpoints = endpointsOf(servers)
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const probes = endpoints.map((): Probe[] => [])
  const round = () => {
    for (const [index, { http, path }] of endpoints.entries()) {
      const at = seconds()
      void ask(http, path).then((problem) =>
        probes[index]?.push({ at, ...(problem === undefined ? {} : { problem }) }),
      )
    }
  }
  round()
  const timer = setInterval(round, everyMs)
  return () => {
    clearInterval(timer)
    return endpoints.map(({ endpoint, url, budget }, index) => {
      const own = probes[index] ?? []
      const outages = outagesOf(endpoint, own, seconds())
      const down = outages.reduce((sum, { from, to }) => sum + to - from, 0)
      return { endpoint, url, probes: own.length, outages, seconds: down, budget }
    })
  }
}
