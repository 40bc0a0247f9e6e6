import { inject, test } from 'vitest'
import { connectAlertmanager } from '../../clients/alertmanager.ts'
import { connectDashboards } from '../../clients/dashboards.ts'
import { connectGrafana } from '../../clients/grafana.ts'
import { HttpError, NoAnswerError } from '../../clients/http.ts'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { connectOpenSearch, RefusedLoginError } from '../../clients/opensearch.ts'
import { connectPrometheus } from '../../clients/prometheus.ts'
import type { Components } from '../../config/components.ts'
import { baseLimits, type Limits } from '../../config/config.ts'
import type { Server, Servers } from '../../config/endpoints.ts'
import { stackNames, type StackName } from '../../config/stacks.ts'
import { readManifests } from '../../config/overlayManifests.ts'
import { describeOrigins, overlayNames } from '../../config/overlayNames.ts'
import { explainRefusedLogin } from '../../diagnosis/grafanaLogin.ts'
import { describeRefusedOpenSearch } from '../../diagnosis/openSearchLogin.ts'
import { explainEndpoint, explainService } from '../../diagnosis/services.ts'
import { eventually } from '../../lib/eventually.ts'
import type { Run } from '../../setup/global.ts'
import type { ContextPart } from '../../setup/context/servers.ts'
import type { Part } from '../../setup/install.ts'
import { notRunOnContext, withoutOurNames } from './runningCluster.ts'

// Stands for a server that the cluster lacks; no claim that is run needs it.
const nowhere: Server = { url: 'http://server.invalid' }

const connect = async ({ kubeconfig, components, servers, context }: Run) => ({
  kubernetes: await connectKubernetes(kubeconfig, { readOnly: context !== undefined }),
  prometheus: connectPrometheus(servers.prometheus ?? nowhere),
  alertmanager: connectAlertmanager(servers.alertmanager ?? nowhere),
  grafana: connectGrafana(servers.grafana ?? nowhere),
  opensearch: connectOpenSearch(servers.opensearch ?? nowhere),
  dashboards: connectDashboards(servers.dashboards ?? nowhere),
  // A claim only reads what its `needs` name, so it does not read what is absent.
  components: components as Required<Components>,
  servers: servers as Required<Servers>,
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
    /** What it needs of a cluster that already runs, beyond what runningCluster.ts says of its area and id. */
    parts?: readonly ContextPart[]
    /** Its own limit in seconds, before E2E_LIMITS_FACTOR. */
    limit?: number
    /** Where it is stated. */
    from?: SpecLine
    probe: Probe
  }>

type Options = Readonly<{
  items?: readonly number[]
  needs?: readonly Part[]
  parts?: readonly ContextPart[]
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
  interface TaskMeta {
    spec?: SpecLine
  }
}

/** The claims of the loaded specs, in the order of their declaration. */
export const declaredClaims: DeclaredClaim[] = []

/** Why a claim is not run; undefined if it is run. */
export const notRunReason = (
  claim: Pick<DeclaredClaim, 'id' | 'area' | 'needs' | 'parts'>,
  {
    stacks,
    obstacles,
    context,
  }: Readonly<{ stacks: readonly StackName[] }> & Partial<Pick<Run, 'obstacles' | 'context'>>,
): string | undefined => {
  if (context) return notRunOnContext(claim, context)
  const { needs } = claim
  const missing = stackNames.filter((name) => needs.includes(name) && !stacks.includes(name))
  if (missing.length > 0) return `E2E_STACKS leaves out ${missing.join(', ')}`
  return stackNames.flatMap((name) => (needs.includes(name) ? (obstacles?.[name] ?? []) : []))[0]
}

// If a server is down, dozens of claims ask it again every second: they share one explanation for this long.
const explanationLastsMs = 5000
type Explanations = Map<string, Readonly<{ at: number; text: Promise<string> }>>
const explanationsOf = new WeakMap<Clients, Explanations>()
export const cachedExplanation = (
  clients: Clients,
  key: string,
  explain: () => Promise<string>,
): Promise<string> => {
  const explanations = explanationsOf.get(clients) ?? (new Map() as Explanations)
  explanationsOf.set(clients, explanations)
  const known = explanations.get(key)
  if (known && Date.now() - known.at < explanationLastsMs) return known.text
  const text = explain()
  explanations.set(key, { at: Date.now(), text })
  return text
}

const explanationOf = async (clients: Clients, error: Error): Promise<string | undefined> => {
  const { kubernetes, components, servers } = clients
  if (error instanceof NoAnswerError)
    return cachedExplanation(clients, error.baseURL, () => explainEndpoint(kubernetes, error.baseURL))
  const refusedBy = error instanceof HttpError && error.status === 401 ? error.baseURL : undefined
  if (refusedBy !== undefined && refusedBy === servers.grafana.url)
    return cachedExplanation(clients, 'login', () =>
      explainRefusedLogin(kubernetes, components.grafana, servers.grafana),
    )
  // Dashboards passes the login on to OpenSearch.
  if (error instanceof RefusedLoginError || (refusedBy !== undefined && refusedBy === servers.dashboards.url))
    return describeRefusedOpenSearch(components.opensearch, servers.opensearch)
  return undefined
}

/** The same on a cluster that already runs: its API server answers 502 or 503 for a server that does not answer. */
const explanationOnContext = async (
  clients: Clients,
  { services }: NonNullable<Run['context']>,
  error: Error,
): Promise<string | undefined> => {
  const { kubernetes, servers } = clients
  const isSilent = error instanceof NoAnswerError || / answered 50[23]: /.test(error.message)
  // Only the errors of OpenSearch's own client do not name their server.
  const url = 'baseURL' in error ? String(error.baseURL) : servers.opensearch.url
  const service = services[url]
  return isSilent && service
    ? cachedExplanation(clients, url, () => explainService(kubernetes, service))
    : undefined
}

/** Milliseconds; a limit of its own is scaled like the limits of the run. */
const limitOf = ({ within, limit }: DeclaredClaim, limits: Limits): number =>
  limit === undefined ? limits[within] : limits[within] * ((limit * 1000) / baseLimits[within])

/** Adds the lines of the overlay that a failure is about; names our own installation only if the cluster has it. */
const withOrigins = (error: unknown, { overlay, context }: Run): unknown => {
  if (!(error instanceof Error)) return error
  if (context) error.message = withoutOurNames(error.message)
  if (!overlay) return error
  try {
    const origins = describeOrigins(error.message, overlayNames(readManifests(overlay).objects))
    error.message = [error.message, ...origins].join('\n')
  } catch {
    // The overlay has changed since the run began. The failure itself must not be lost.
  }
  return error
}

/** Adds the cause from the cluster if a server does not answer or refuses the login. */
const explainAnswer =
  (clients: Clients, { context }: Run) =>
  async (error: unknown) => {
    const explain = (one: Error) =>
      context ? explanationOnContext(clients, context, one) : explanationOf(clients, one)
    const explanation = error instanceof Error ? await explain(error) : undefined
    if (!(error instanceof Error) || explanation === undefined) throw error
    throw new Error(`${error.message}\n${explanation}`, { cause: error })
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
    throw withOrigins(error, run)
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
  await eventually(sentence, () => probe(clients, run, note).catch(explainAnswer(clients, run)), {
    within: limitOf(claim, run.limits),
    once: run.once ?? false,
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

// `vitest list` runs no global setup, so there is no run and nothing is left out.
const makeTest = (claim: DeclaredClaim): void => {
  const run = inject('run') as Run | undefined
  const isLeftOut = run !== undefined && notRunReason(claim, run) !== undefined
  const timeout = run && claim.limit !== undefined ? limitOf(claim, run.limits) + 15_000 : undefined
  const options = {
    tags: [claim.id],
    ...(claim.from && { meta: { spec: claim.from } }),
    ...(timeout !== undefined && { timeout }),
  }
  test.skipIf(isLeftOut)(claim.id, options, async ({ annotate }) => {
    const figures = await waitForClaim(claim, inject('run'), clientsOfWorker)
    if (figures) await annotate(figures, figuresType)
  })
}

const isWorkerOfVitest = process.env['VITEST_POOL_ID'] !== undefined

/** Where the calling spec declares a claim; undefined in vitest.config.ts, which Vite bundles with the specs. */
const specLine = (): SpecLine | undefined => {
  const [, file, line] = /(specs\/[\w-]+\.spec\.ts):(\d+)/.exec(new Error('here').stack ?? '') ?? []
  return file === undefined ? undefined : { file, line: Number(line) }
}

/**
 * Returns the function with which a spec declares the claims of its area.
 * @param areaNeeds what every claim of the area needs
 */
export const area =
  (name: string, areaNeeds: readonly Part[]) =>
  (
    id: string,
    sentence: string,
    { items = [], needs = [], parts, within = 'query', limit, from = specLine() }: Options,
    probe: Probe,
  ): void => {
    const claim: DeclaredClaim = {
      id,
      area: name,
      sentence,
      items,
      needs: [...areaNeeds, ...needs],
      ...(parts && { parts }),
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
