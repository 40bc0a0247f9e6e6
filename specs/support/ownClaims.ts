import { basename } from 'node:path'
import { HttpError, NoAnswerError, serverClient, textAnswer } from '../../clients/http.ts'
import { apiStatus } from '../../clients/kubernetes.ts'
import type { Sample } from '../../clients/prometheus.ts'
import {
  defaultIndex,
  type DqlClaim,
  type HttpClaim,
  type ObjectClaim,
  type OwnClaim,
  type PromqlClaim,
} from '../../config/ownClaims.ts'
import { stackNames, stackOf } from '../../config/stacks.ts'
import { explainEmptyQuery } from '../../diagnosis/missingSeries.ts'
import {
  explainMissingHits,
  judgeHits,
  searchedFields,
  unknownFields,
} from '../../diagnosis/ownClaims/dql.ts'
import { explainProxyFailure, judgeAnswer, proxyFailure } from '../../diagnosis/ownClaims/http.ts'
import type { Judgement } from '../../diagnosis/ownClaims/judgement.ts'
import { explainObjects, judgeObjects, readObjects } from '../../diagnosis/ownClaims/object.ts'
import { judgeSamples } from '../../diagnosis/ownClaims/promql.ts'
import { translateDql } from '../../lib/dql.ts'
import { GiveUpError, withLimit } from '../../lib/eventually.ts'
import { isObject } from '../../lib/json.ts'
import { countOf, messageOf, oneLine } from '../../lib/messages.ts'
import type { ContextPart } from '../../setup/context/servers.ts'
import type { Part } from '../../setup/install.ts'
import { cachedExplanation, type Clients, type Probe } from './claim.ts'

/** What was judged, and how to explain its shortfalls. */
type Examined = Judgement & Readonly<{ explain: () => Promise<readonly string[]> }>

/** The line of the file at which Prometheus fails to parse the query. */
const lineOfError = (problem: string, { queryLine }: OwnClaim): number =>
  queryLine + Number(/^(\d+):\d+: parse error/.exec(problem)?.[1] ?? 1) - 1

/** What to do about a result that has no samples. */
const resultRemedies = [
  ['is a scalar', 'make it a vector: `vector(…)`'],
  ['is a string', 'write a query for numbers'],
  ['is a matrix', 'apply a function, such as `rate(…)` or `last_over_time(…)`'],
  [
    'native histograms',
    'apply a function that gives a number, such as `histogram_count(…)` or `histogram_avg(…)`',
  ],
] as const

/** Says what is wrong with a query that Prometheus refuses: waiting does not make it valid. */
const refusedQuery = (claim: OwnClaim, query: string) => (error: unknown) => {
  const shown = oneLine(query).trim()
  if (error instanceof NoAnswerError) throw error
  if (!(error instanceof HttpError)) {
    const problem = messageOf(error)
    const [, remedy] = resultRemedies.find(([words]) => problem.includes(words)) ?? []
    if (remedy === undefined) throw error
    throw new GiveUpError(`${problem}\n  remedy: ${remedy.replaceAll('(…)', `(${shown})`)}`)
  }
  // 400: it cannot be parsed; 422: it cannot be evaluated, with the series of now.
  if (error.status !== 400 && error.status !== 422) throw error
  const { body } = error
  if (!isObject(body) || typeof body['error'] !== 'string') throw error
  const problem = body['error'].replace('invalid parameter "query": ', '')
  const place =
    query === claim.promql?.query ? ` at ${basename(claim.file)}:${lineOfError(problem, claim)}` : ''
  const text = `Prometheus refuses ${shown}${place}: ${problem}\n  remedy: correct the query`
  throw error.status === 422 ? new Error(text) : new GiveUpError(text)
}

const examineMetrics = async (clients: Clients, claim: OwnClaim, promql: PromqlClaim): Promise<Examined> => {
  const { query, equalTo, noResult } = promql
  const ask = (text: string, time?: number): Promise<readonly Sample[]> =>
    clients.prometheus.query(text, time).catch(refusedQuery(claim, text))
  const now = equalTo === undefined ? undefined : (await ask('vector(time())'))[0]?.value
  const [samples, others] = await Promise.all([
    ask(query, now),
    equalTo === undefined ? undefined : ask(equalTo, now),
  ])
  const judged = judgeSamples(promql, samples, others)
  const whyEmpty = async () => (samples.length > 0 ? undefined : explainEmptyQuery(clients, query))
  // A misspelled metric has no result either.
  const missing = noResult ? /there is no metric \S+/.exec((await whyEmpty()) ?? '')?.[0] : undefined
  return {
    ...judged,
    figures: [judged.figures, missing].filter(Boolean).join(': '),
    explain: async () => {
      const cause = await whyEmpty()
      return [`  query: ${oneLine(query).trim()}`, ...(cause === undefined ? [] : [`  cause: ${cause}`])]
    },
  }
}

const examineLogs = async (clients: Clients, dql: DqlClaim): Promise<Examined> => {
  const { query, index = defaultIndex, hits } = dql
  const fields = await searchedFields(clients, index)
  const found = await clients.opensearch.search(index, translateDql(query, { title: index, fields }), 3)
  const isTooFew = found.total <= Math.max(hits.atLeast ?? 0, hits.above ?? 0, hits.exactly ?? 0)
  return {
    ...judgeHits(dql, found),
    explain: async () => {
      const unknown = unknownFields(query, index, fields)
      const why = async () => (await explainMissingHits(clients, query)).join('\n')
      const missing =
        isTooFew && unknown.length === 0 ? await cachedExplanation(clients, `logs: ${query}`, why) : ''
      return [`  query: ${query.trim()}`, ...unknown, ...(missing === '' ? [] : [missing])]
    },
  }
}

const examineAnswer = async ({ kubernetes, servers }: Clients, http: HttpClaim): Promise<Examined> => {
  const { server, path } = http
  if (server !== undefined) {
    const answer = await textAnswer(serverClient(servers[server]), path)
    return {
      ...judgeAnswer(http, answer),
      explain: async () => [`  request: GET ${servers[server].url}${path}`],
    }
  }
  const [, namespace = '', name = '', port = ''] = /^(.*)\/(.*):(.*)$/.exec(http.service ?? '') ?? []
  const service = { namespace, name, port }
  const request = `  request: GET ${path} of Service ${http.service}, through the API server`
  const answer = await kubernetes.askService(service, path)
  const failure = proxyFailure(answer)
  if (failure === undefined) return { ...judgeAnswer(http, answer), explain: async () => [request] }
  return {
    figures: '',
    shortfalls: [`expected an answer of Service ${http.service}; seen: the API server says ${failure}`],
    explain: async () => [request, ...(await explainProxyFailure(kubernetes, service))],
  }
}

/** The reason why the API server refuses a request. The message of the client's error also contains every header. */
const refusedRequest = (error: unknown): never => {
  const status = apiStatus(error)
  if (status === 400) throw new GiveUpError(`${messageOf(error)}\n  remedy: correct the claim`)
  throw status === undefined ? error : new Error(messageOf(error), { cause: error })
}

const examineObjects = async ({ kubernetes }: Clients, claim: ObjectClaim): Promise<Examined> => {
  const objects = await readObjects(kubernetes, claim).catch(refusedRequest)
  return {
    ...judgeObjects(claim, objects),
    explain: () => explainObjects(kubernetes, claim, objects),
  }
}

const examine = (clients: Clients, claim: OwnClaim): Promise<Examined> => {
  const { promql, dql, http, object } = claim
  if (promql) return examineMetrics(clients, claim, promql)
  if (dql) return examineLogs(clients, dql)
  if (http) return examineAnswer(clients, http)
  if (object) return examineObjects(clients, object)
  throw new GiveUpError('it checks nothing')
}

const explanationLimitMs = 2500

/** The probe of an own claim: what was expected and seen, the cause, a remedy, and the line of the overlay. */
export const ownProbe = (claim: OwnClaim): Probe => {
  const from = `  from: ${basename(claim.file)}:${claim.line} of the overlay`
  return async (clients, _, note) => {
    try {
      const { shortfalls, figures, explain } = await examine(clients, claim)
      if (shortfalls.length === 0) {
        if (figures !== '') note(figures)
        return
      }
      // If the cause cannot be found in time, the message still says what was seen.
      const explained = await withLimit(explain(), explanationLimitMs).catch(() => [])
      const hasRemedy = explained.some((line) => line.includes('remedy: '))
      const remedy = '  remedy: repair what the claim checks, or correct what claims.yaml expects'
      throw new Error([...shortfalls, ...explained, ...(hasRemedy ? [] : [remedy])].join('\n'))
    } catch (error) {
      // In place, because the class of an error decides how it is handled. If a server does not answer, its claim is not at fault.
      const isAnswer =
        error instanceof Error && !(error instanceof NoAnswerError || error instanceof TypeError)
      if (isAnswer) error.message = `${error.message}\n${from}`
      throw error
    }
  }
}

/** The parts of the stack that an own claim needs. */
export const ownNeeds = ({ promql, dql, http }: OwnClaim): readonly Part[] => {
  if (promql) return ['kube-prometheus-stack']
  if (dql) return ['opensearch', 'opensearch-dashboards']
  const server = http?.server
  return server === undefined ? [] : stackNames.filter((name) => server in (stackOf(name).hostPorts ?? {}))
}

/** What a claim needs of a cluster that already runs. */
export const ownParts = ({ promql, dql, http }: OwnClaim): readonly ContextPart[] => {
  if (promql) return ['prometheus']
  if (dql) return ['opensearch', 'dashboards']
  return http?.server === undefined ? [] : [http.server]
}

/** The own claims whose id is that of a claim of the harness. */
export const takenIds = (claims: readonly OwnClaim[], ours: readonly string[]): readonly string[] =>
  claims
    .filter(({ id }) => ours.includes(id))
    .map(({ id, file, line }) => `${file}:${line}: ${id} is the id of a claim of the stack; choose another`)

/** `2 mistakes in claims.yaml, nothing was created:` and the mistakes. */
export const describeMistakes = (problems: readonly string[]): string =>
  [
    `${countOf(problems.length, 'mistake')} in claims.yaml of the overlay, nothing was created:`,
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n')
