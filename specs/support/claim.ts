import { inject, test } from 'vitest'
import { connectAlertmanager } from '../../clients/alertmanager.ts'
import { connectDashboards } from '../../clients/dashboards.ts'
import { connectGrafana } from '../../clients/grafana.ts'
import { HttpError, NoAnswerError } from '../../clients/http.ts'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { connectOpenSearch } from '../../clients/opensearch.ts'
import { connectPrometheus } from '../../clients/prometheus.ts'
import { baseLimits, type Limits } from '../../config/config.ts'
import { endpoints, grafanaLogin } from '../../config/endpoints.ts'
import { stackNames, type StackName } from '../../config/stacks.ts'
import type { Overlay } from '../../config/overlay.ts'
import { readManifests } from '../../config/overlayManifests.ts'
import { describeOrigins, overlayNames } from '../../config/overlayNames.ts'
import { explainRefusedLogin } from '../../diagnosis/grafanaLogin.ts'
import { explainEndpoint } from '../../diagnosis/services.ts'
import { eventually } from '../../lib/eventually.ts'
import type { Run } from '../../setup/global.ts'
import type { Part } from '../../setup/install.ts'

const connect = async ({ kubeconfig }: Run) => ({
  kubernetes: await connectKubernetes(kubeconfig),
  prometheus: connectPrometheus(endpoints.prometheus),
  alertmanager: connectAlertmanager(endpoints.alertmanager),
  grafana: connectGrafana(endpoints.grafana, grafanaLogin.user, grafanaLogin.password),
  opensearch: connectOpenSearch(endpoints.opensearch),
  dashboards: connectDashboards(endpoints.dashboards),
})
export type Clients = Awaited<ReturnType<typeof connect>>

/**
 * Throws what is missing until the claim holds. `run` is all that the specs know about the setup; `note` takes figures
 * for the report: `p50 1.2 s, p99 2.9 s`.
 */
export type Probe = (clients: Clients, run: Run, note: (figures: string) => void) => Promise<void>

/** One sentence that must be true of the running stack. */
export type Claim = Readonly<{
  /** Its name on the command line, in reports and in faults. */
  id: string
  area: string
  /** What is true when the claim holds. */
  sentence: string
  /** Items of the final checklist that it covers; none if it goes beyond the checklist. */
  items: readonly number[]
  /** If one of these did not come up, the claim is not tried and fails with its reason. */
  needs: readonly Part[]
}>

/** The area of the claims that an overlay adds. */
export const ownArea = 'own claims'

/** A claim and its probe. */
export type DeclaredClaim = Claim &
  Readonly<{
    /** The time limit: `query` for what servers show, `logs` for what comes through the log pipeline. */
    within: 'query' | 'logs'
    /** Its own limit in seconds, before E2E_LIMITS_FACTOR. */
    limit?: number
    /** Where it is written, if not in a spec. */
    from?: SpecLine
    probe: Probe
  }>

type Options = Readonly<{
  items?: readonly number[]
  needs?: readonly Part[]
  within?: DeclaredClaim['within']
  limit?: number | undefined
  from?: SpecLine
}>

/** The outcome of a claim. */
export type ClaimOutcome = Readonly<{ claim: Claim }> &
  (
    | Readonly<{ verdict: 'holds'; seconds: number; figures?: string }>
    | Readonly<{ verdict: 'broken'; seconds: number; text: string; spec?: SpecLine }>
    | Readonly<{ verdict: 'not run'; reason: string }>
  )

/** Where a claim is declared. */
export type SpecLine = Readonly<{ file: string; line: number }>

declare module 'vitest' {
  interface ProvidedContext {
    /** Set only by vitest.config.ts: other programs and the unit tests load the specs just to read the claims. */
    claimsAreTests: true
  }
}

/** The claims of the loaded specs, in the order of their declaration. */
export const declaredClaims: DeclaredClaim[] = []

/** Why a claim is not run with these stacks; undefined if it is run. */
export const notRunReason = (
  { needs }: Pick<Claim, 'needs'>,
  selected: readonly StackName[],
): string | undefined => {
  const missing = stackNames.filter((name) => needs.includes(name) && !selected.includes(name))
  return missing.length === 0 ? undefined : `E2E_STACKS leaves out ${missing.join(', ')}`
}

// If a server is down, dozens of claims ask it again every second: they share one explanation for this long.
const explanationLastsMs = 5000
const explanations = new Map<string, Readonly<{ at: number; text: Promise<string> }>>()
export const cachedExplanation = (key: string, explain: () => Promise<string>): Promise<string> => {
  const known = explanations.get(key)
  if (known && Date.now() - known.at < explanationLastsMs) return known.text
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

/** Adds the cause from the cluster if a server does not answer or Grafana refuses the login. */
const explainAnswer = (clients: Clients) => async (error: unknown) => {
  const explanation = error instanceof Error ? await explanationOf(clients, error) : undefined
  if (!(error instanceof Error) || explanation === undefined) throw error
  throw new Error(`${error.message}\n${explanation}`, { cause: error })
}

/** Milliseconds; a limit of its own is longer or shorter in proportion to how the limits of the run are. */
const limitOf = ({ within, limit }: DeclaredClaim, limits: Limits): number =>
  limit === undefined ? limits[within] : limits[within] * ((limit * 1000) / baseLimits[within])

/** Adds the lines of the overlay that a failure is about. */
const withOrigins = (error: unknown, overlay: Overlay | undefined): unknown => {
  if (!(error instanceof Error) || !overlay) return error
  try {
    const origins = describeOrigins(error.message, overlayNames(readManifests(overlay).objects))
    error.message = [error.message, ...origins].join('\n')
  } catch {
    // Somebody has moved a file since. The failure itself must not be lost.
  }
  return error
}

/**
 * @returns figures for the report
 * @throws WaitError with what is missing, or Error if something that the claim needs did not come up; both with the lines
 *   of the overlay that they are about
 */
export const waitForClaim = (
  claim: DeclaredClaim,
  run: Run,
  connected: (run: Run) => Promise<Clients>,
): Promise<string | undefined> =>
  tryClaim(claim, run, connected).catch((error: unknown) => {
    throw withOrigins(error, run.overlay)
  })

const tryClaim = async (
  claim: DeclaredClaim,
  run: Run,
  connected: (run: Run) => Promise<Clients>,
): Promise<string | undefined> => {
  const { sentence, needs, probe } = claim
  const failed = ['cluster' as const, ...needs].find((part) => run.failures[part] !== undefined)
  if (failed) throw new Error(`${failed} did not come up: ${run.failures[failed]}`)
  const clients = await connected(run)
  const noted: { figures?: string } = {}
  const note = (figures: string) => {
    noted.figures = figures
  }
  await eventually(sentence, () => probe(clients, run, note).catch(explainAnswer(clients)), {
    within: limitOf(claim, run.limits),
  })
  return noted.figures
}

/** Connects once for all claims. If that fails, the next claim tries again. */
export const shareClients = () => {
  const shared: { clients?: Promise<Clients> } = {}
  return (run: Run): Promise<Clients> =>
    (shared.clients ??= connect(run).catch((error: unknown) => {
      delete shared.clients
      throw error
    }))
}

const clientsOfWorker = shareClients()

/** The type of the annotation with which a test hands its figures to the reporter. */
export const figuresType = 'figures'

// `vitest list` runs no global setup, so there is no run and no stack is left out.
const makeTest = (claim: DeclaredClaim): void => {
  const run = inject('run') as Run | undefined
  const isLeftOut = run !== undefined && notRunReason(claim, run.stacks) !== undefined
  const timeout = run && claim.limit !== undefined ? limitOf(claim, run.limits) + 15_000 : undefined
  const options = { tags: [claim.id], ...(timeout !== undefined && { timeout }) }
  test.skipIf(isLeftOut)(claim.id, options, async ({ annotate }) => {
    const figures = await waitForClaim(claim, inject('run'), clientsOfWorker)
    if (figures) await annotate(figures, figuresType)
  })
}

const isWorkerOfVitest = process.env['VITEST_POOL_ID'] !== undefined

/**
 * Returns the function with which a spec declares the claims of its area. Specs call it `testClaim`: `vitest list` and
 * editors look for functions whose name begins with `test`, and take the first argument as the name of the test.
 * @param areaNeeds what every claim of the area needs
 */
export const area =
  (name: string, areaNeeds: readonly Part[]) =>
  (
    id: string,
    sentence: string,
    { items = [], needs = [], within = 'query', limit, from }: Options,
    probe: Probe,
  ): void => {
    const claim: DeclaredClaim = {
      id,
      area: name,
      sentence,
      items,
      needs: [...areaNeeds, ...needs],
      within,
      ...(limit !== undefined && { limit }),
      ...(from && { from }),
      probe,
    }
    declaredClaims.push(claim)
    if (isWorkerOfVitest && (inject('claimsAreTests') as true | undefined)) makeTest(claim)
  }

/** Throws the shortfalls, if there are any, one per line. */
export const expectNone = (shortfalls: readonly string[]): void => {
  if (shortfalls.length > 0) throw new Error(shortfalls.join('\n'))
}
