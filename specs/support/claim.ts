import { inject, test } from 'vitest'
import { connectAlertmanager } from '../../clients/alertmanager.ts'
import { connectDashboards } from '../../clients/dashboards.ts'
import { connectGrafana } from '../../clients/grafana.ts'
import { HttpError, NoAnswerError } from '../../clients/http.ts'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { connectOpenSearch } from '../../clients/opensearch.ts'
import { connectPrometheus } from '../../clients/prometheus.ts'
import { endpoints, grafanaLogin } from '../../config/endpoints.ts'
import type { Run } from '../../setup/global.ts'
import { eventually } from '../../lib/eventually.ts'
import { explainRefusedLogin } from '../../diagnosis/grafanaLogin.ts'
import { explainEndpoint } from '../../diagnosis/services.ts'
import { claimOf, notRunReason, type ClaimId } from './checklist.ts'

export const connect = async ({ kubeconfig }: Run) => ({
  kubernetes: await connectKubernetes(kubeconfig),
  prometheus: connectPrometheus(endpoints.prometheus),
  alertmanager: connectAlertmanager(endpoints.alertmanager),
  grafana: connectGrafana(endpoints.grafana, grafanaLogin.user, grafanaLogin.password),
  opensearch: connectOpenSearch(endpoints.opensearch),
  dashboards: connectDashboards(endpoints.dashboards),
})
export type Clients = Awaited<ReturnType<typeof connect>>

// Dozens of claims ask a server that is gone, and again every second: one look serves those of these milliseconds.
const explanationLasts = 5000
const explanations = new Map<string, Readonly<{ at: number; text: Promise<string> }>>()
const cachedExplanation = (key: string, explain: () => Promise<string>): Promise<string> => {
  const known = explanations.get(key)
  if (known && Date.now() - known.at < explanationLasts) return known.text
  const text = explain()
  explanations.set(key, { at: Date.now(), text })
  return text
}

const explanationOf = async ({ kubernetes }: Clients, error: Error): Promise<string | undefined> => {
  if (error instanceof NoAnswerError)
    return cachedExplanation(error.baseURL, () => explainEndpoint(kubernetes, error.baseURL))
  if (error instanceof HttpError && error.status === 401 && error.baseURL === endpoints.grafana)
    return cachedExplanation('login', () => explainRefusedLogin(kubernetes))
  return undefined
}

/** Where nothing answers, or Grafana lets nobody in, what the cluster says of it goes with the error. */
const explainAnswer = (clients: Clients) => async (error: unknown) => {
  const explanation = error instanceof Error ? await explanationOf(clients, error) : undefined
  if (!(error instanceof Error) || explanation === undefined) throw error
  throw new Error(`${error.message}\n${explanation}`, { cause: error })
}

/** Throws the shortfall while the claim does not hold. `run` is what setup made: the only way from there into the specs. */
type Probe = (clients: Clients, run: Run) => Promise<void>
/** What a spec says of a claim: what its sentence says must come true within the limit. */
export type Statement = Readonly<{ id: ClaimId; limit: 'query' | 'logs'; probe: Probe }>

/** @throws WaitError with the shortfall, Error where what it needs did not come up */
export const waitForClaim = async (
  { id, limit, probe }: Statement,
  run: Run,
  connected: () => Promise<Clients>,
): Promise<void> => {
  const { sentence, needs } = claimOf(id)
  const failed = ['cluster' as const, ...needs].find((part) => run.failures[part] !== undefined)
  if (failed) throw new Error(`${failed} did not come up: ${run.failures[failed]}`)
  const clients = await connected()
  await eventually(sentence, () => probe(clients, run).catch(explainAnswer(clients)), {
    within: run.limits[limit],
  })
}

// All claims of a worker share their connections.
const shared: { clients?: Promise<Clients> } = {}

const makeTest = (statement: Statement): void => {
  const run = inject('run')
  const claim = claimOf(statement.id)
  test.skipIf(notRunReason(claim, run.stacks) !== undefined)(claim.sentence, { tags: [claim.id] }, () =>
    waitForClaim(statement, run, () => (shared.clients ??= connect(run))),
  )
}

/** All that the specs state, as far as they are loaded. */
export const statements: Statement[] = []

const state = (statement: Statement): void => {
  statements.push(statement)
  // Elsewhere nothing collects tests: specs/support/suite.ts looks at the statements.
  if (process.env['VITEST'] !== undefined) makeTest(statement)
}

/** A claim about what Kubernetes, Prometheus, Alertmanager or Grafana shows. */
export const claimQuery = (id: ClaimId, probe: Probe) => state({ id, limit: 'query', probe })

/** A claim about what has come through the log pipeline. */
export const claimLogs = (id: ClaimId, probe: Probe) => state({ id, limit: 'logs', probe })

/** Throws the shortfalls, if there are any, one a line. */
export const expectNone = (shortfalls: readonly string[]): void => {
  if (shortfalls.length > 0) throw new Error(shortfalls.join('\n'))
}
