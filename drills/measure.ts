import type { OpenSearch } from '../clients/opensearch.ts'
import { eventually, watch } from '../lib/eventually.ts'
import { messageOf } from '../lib/messages.ts'
import type { Clients } from '../specs/support/claim.ts'
import { startProbes } from '../upgrade/probes.ts'
import { scrapeGaps } from '../upgrade/traffic.ts'
import type { Health, Measured } from './result.ts'
import { sessionName, startSession } from './session.ts'

const healthEveryMs = 1000
// Milliseconds to read again what could not be read: everything answers by then.
const readWithin = 30_000

/** Adds up the seconds of each status. @returns a function that ends this and returns them */
const watchHealth = (opensearch: OpenSearch): (() => Health) => {
  const seconds = { green: 0, yellow: 0, red: 0, none: 0 }
  const state = { at: performance.now() }
  const watching = watch(async () => {
    const status = await opensearch.health().then(
      (health) => health.status as keyof Health,
      () => 'none' as const,
    )
    const now = performance.now()
    seconds[status] += (now - state.at) / 1000
    state.at = now
  }, healthEveryMs)
  return () => {
    watching.stop()
    return { ...seconds }
  }
}

/** Reads again after an error: a connection that was open while a node was off is reset when it is used. */
const read = <T>(what: string, readOnce: () => Promise<T>): Promise<T | string> =>
  eventually(`${what} can be read`, readOnce, { within: readWithin }).catch(messageOf)

/** What users see in Grafana and Dashboards, by name. */
const readStored = async ({ grafana, dashboards }: Clients): Promise<readonly string[]> => {
  const [boards, sources, patterns] = await Promise.all([
    grafana.dashboards(),
    grafana.dataSources(),
    dashboards.indexPatterns(),
  ])
  return [
    ...boards.map(({ title }) => `dashboard ${title}`),
    ...sources.map(({ name }) => `data source ${name}`),
    ...patterns.map(({ title }) => `index pattern ${title}`),
  ]
}

/** Measures everything except the lines and the alerts from now on. @returns a function that ends this */
export const startMeasuring = async (
  clients: Clients,
): Promise<() => Promise<Omit<Measured, 'lines' | 'notifications'>>> => {
  const { opensearch, prometheus, servers } = clients
  const began = Date.now()
  const olderLogs = () =>
    opensearch.countLogs({ range: { '@timestamp': { lt: new Date(began).toISOString() } } })
  const [documents, stored, isLoggedIn] = await Promise.all([
    olderLogs(),
    readStored(clients),
    startSession(servers.grafana),
  ])
  const readMissing = async () => {
    const [now, session] = await Promise.all([readStored(clients), isLoggedIn()])
    return [...stored.filter((one) => !now.includes(one)), ...(session ? [] : [sessionName])]
  }
  const endProbes = startProbes(servers)
  const endHealth = watchHealth(opensearch)
  return async () => {
    const [gaps, after, missing] = await Promise.all([
      read('scrape gaps', () => scrapeGaps(prometheus, began / 1000)),
      read('older documents', olderLogs),
      read('what users have stored', readMissing),
    ])
    return {
      endpoints: endProbes(),
      health: endHealth(),
      gaps,
      documents: { before: documents, after },
      missing,
    }
  }
}
