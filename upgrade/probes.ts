import axios from 'axios'
import { httpAgent } from '../clients/http.ts'
import { endpoints } from '../config/endpoints.ts'
import { messageOf } from '../lib/messages.ts'
import type { EndpointOutages, Outage } from './result.ts'

/** The endpoints to request, and for how many seconds each may be down, because its only replica restarts. */
export const probedEndpoints = [
  { endpoint: 'Prometheus', url: `${endpoints.prometheus}/-/ready`, budget: 60 },
  { endpoint: 'Alertmanager', url: `${endpoints.alertmanager}/-/ready`, budget: 60 },
  { endpoint: 'Grafana', url: `${endpoints.grafana}/api/health`, budget: 60 },
  { endpoint: 'OpenSearch', url: `${endpoints.opensearch}/`, budget: 120 },
  { endpoint: 'OpenSearch Dashboards', url: `${endpoints.dashboards}/api/status`, budget: 180 },
] as const

/** One request. */
export type Probe = Readonly<{
  /** Seconds since the first request. */
  at: number
  problem?: string
}>

const everyMs = 1000
// To a user, a slower answer is an outage.
const timeoutMs = 5000

const ask = async (url: string): Promise<string | undefined> => {
  try {
    const { status } = await axios.get(url, {
      timeout: timeoutMs,
      httpAgent,
      proxy: false,
      validateStatus: () => true,
    })
    return status === 200 ? undefined : `HTTP ${status}`
  } catch (error) {
    return axios.isAxiosError(error) ? (error.code ?? error.message) : messageOf(error)
  }
}

/** Each endpoint that does not answer now, with what is seen. */
export const whatIsSilent = async (): Promise<readonly string[]> =>
  (
    await Promise.all(
      probedEndpoints.map(async ({ endpoint, url }) => ({ endpoint, problem: await ask(url) })),
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
export const startProbes = (): (() => readonly EndpointOutages[]) => {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const probes = probedEndpoints.map((): Probe[] => [])
  const round = () => {
    for (const [index, { url }] of probedEndpoints.entries()) {
      const at = seconds()
      void ask(url).then((problem) =>
        probes[index]?.push({ at, ...(problem === undefined ? {} : { problem }) }),
      )
    }
  }
  round()
  const timer = setInterval(round, everyMs)
  return () => {
    clearInterval(timer)
    return probedEndpoints.map(({ endpoint, url, budget }, index) => {
      const own = probes[index] ?? []
      const outages = outagesOf(endpoint, own, seconds())
      const down = outages.reduce((sum, { from, to }) => sum + to - from, 0)
      return { endpoint, url, probes: own.length, outages, seconds: down, budget }
    })
  }
}
