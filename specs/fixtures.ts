import { inject, test } from 'vitest'
import { connectAlertmanager } from '../setup/clients/alertmanager.ts'
import { connectDashboards } from '../setup/clients/dashboards.ts'
import { connectGrafana } from '../setup/clients/grafana.ts'
import { NoAnswerError } from '../setup/clients/http.ts'
import { connectKubernetes } from '../setup/clients/kubernetes.ts'
import { connectOpenSearch } from '../setup/clients/opensearch.ts'
import { connectPrometheus } from '../setup/clients/prometheus.ts'
import { endpoints, grafanaLogin } from '../setup/endpoints.ts'
import { eventually } from '../setup/eventually.ts'
import { explainEndpoint } from '../setup/causes/services.ts'
import { claimOf, notRunReason, type ClaimId } from './checklist.ts'

/** What setup made; the only way from there into the specs. */
export const run = inject('run')

const connect = async () => ({
  kubernetes: await connectKubernetes(run.kubeconfig),
  prometheus: connectPrometheus(endpoints.prometheus),
  alertmanager: connectAlertmanager(endpoints.alertmanager),
  grafana: connectGrafana(endpoints.grafana, grafanaLogin.user, grafanaLogin.password),
  opensearch: connectOpenSearch(endpoints.opensearch),
  dashboards: connectDashboards(endpoints.dashboards),
})
type Clients = Awaited<ReturnType<typeof connect>>
// All claims of a worker share their connections.
const connected: { clients?: Promise<Clients> } = {}

// Dozens of claims ask a server that is gone, and again every second: one look serves those of these milliseconds.
const explanationLasts = 5000
const explanations = new Map<string, Readonly<{ at: number; text: Promise<string> }>>()
const explanationOf = ({ kubernetes }: Clients, url: string): Promise<string> => {
  const known = explanations.get(url)
  if (known && Date.now() - known.at < explanationLasts) return known.text
  const text = explainEndpoint(kubernetes, url)
  explanations.set(url, { at: Date.now(), text })
  return text
}

/** Where nothing answers, what its Service and its pods say of it goes with the error. */
const explainNoAnswer = (clients: Clients) => async (error: unknown) => {
  if (!(error instanceof NoAnswerError)) throw error
  const explanation = await explanationOf(clients, error.baseURL)
  throw new Error(`${error.message}\n${explanation}`, { cause: error })
}

/**
 * States a claim of the checklist: what its sentence says must come true within the limit.
 * @param probe gets the clients; throws the shortfall while the claim does not hold
 */
const claim = (id: ClaimId, within: number, probe: (clients: Clients) => Promise<void>): void => {
  const { sentence, needs } = claimOf(id)
  const left = notRunReason(claimOf(id), run.stacks) !== undefined
  test.skipIf(left)(sentence, { tags: [id] }, async () => {
    const failed = ['cluster' as const, ...needs].find((part) => run.failures[part] !== undefined)
    if (failed) throw new Error(`${failed} did not come up: ${run.failures[failed]}`)
    const clients = await (connected.clients ??= connect())
    await eventually(sentence, () => probe(clients).catch(explainNoAnswer(clients)), { within })
  })
}

/** A claim about what Kubernetes, Prometheus, Alertmanager or Grafana shows. */
export const claimQuery = (id: ClaimId, probe: (clients: Clients) => Promise<void>) =>
  claim(id, run.limits.query, probe)

/** A claim about what has come through the log pipeline. */
export const claimLogs = (id: ClaimId, probe: (clients: Clients) => Promise<void>) =>
  claim(id, run.limits.logs, probe)

/** Throws the shortfalls, if there are any, one a line. */
export const expectNone = (shortfalls: readonly string[]): void => {
  if (shortfalls.length > 0) throw new Error(shortfalls.join('\n'))
}
