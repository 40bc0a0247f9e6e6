import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stretchLimits } from '../lib/eventually.ts'
import type { Run } from '../setup/global.ts'
import { checklist } from '../specs/support/checklist.ts'
import { ownArea, type ClaimOutcome } from '../specs/support/claim.ts'
import { claimTrials } from '../specs/support/suite.ts'
import { atTime } from './clock.ts'
import { describeAsked, keyOf, type Asked, type Exchange, type Respond, type Silence } from './exchange.ts'
import { startProxy } from './proxy.ts'
import { connectUpstream } from './upstream.ts'

/** A look at all claims. */
export type Look = Readonly<{
  /** When it was taken, in milliseconds since 1970: the clock stands still meanwhile. */
  at: number
  run: Run
  exchanges: readonly Exchange[]
}>

/** The ports of the servers, and the values of the `Authorization` header with which the run logs in there. */
const originsOf = ({ servers }: Run) => {
  const all = Object.values(servers)
  return {
    ports: all.map(({ url }) => Number(new URL(url).port)),
    ownLogins: all.map(
      ({ user, password }) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    ),
  }
}

// Milliseconds: longer than a client waits for an answer, so that each claim can say what it lacks.
const within = 25_000

/** Tries each claim of ours once, against what `respond` answers, while the clock stands still. */
const tryOnce = async (run: Run, at: number, respond: Respond): Promise<readonly ClaimOutcome[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'observability-e2e-'))
  const proxy = await startProxy(originsOf(run), respond)
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, proxy.kubeconfig)
    const limits = { ...run.limits, query: within, logs: within }
    // E2E_OVERLAY may be set, but nothing of its claims was recorded.
    const own = checklist.filter(({ area }) => area === ownArea).map(({ id }) => id)
    return await atTime(at, () => claimTrials()({ ...run, kubeconfig, limits, once: true }, own))
  } finally {
    proxy.close()
    await rm(folder, { recursive: true })
  }
}

/** On replay, a request that had no answer in time fails at once: waiting would change nothing. */
const unanswered: Silence = { code: 'ETIMEDOUT', silence: 'no answer while the look lasted' }

/** Searches are POST requests; one that scrolls has a new answer each time. */
const isReading = ({ method, path }: Asked) =>
  method === 'GET' || method === 'HEAD' || (method === 'POST' && !path.includes('scroll'))

/** Tries each claim once on a cluster, and keeps every request and answer. Claims that read the same share one answer. */
export const takeLook = async (
  run: Run,
): Promise<Readonly<{ look: Look; outcomes: readonly ClaimOutcome[] }>> => {
  const ask = await connectUpstream(run.kubeconfig)
  const at = Date.now()
  const exchanges: { asked: Asked; answer: Exchange['answer'] }[] = []
  const read = new Map<string, Promise<Exchange['answer']>>()
  const askAndKeep: Respond = async (asked, headers) => {
    const exchange = { asked, answer: unanswered as Exchange['answer'] }
    exchanges.push(exchange)
    return (exchange.answer = await ask(asked, headers))
  }
  const outcomes = await tryOnce(run, at, (asked, headers) => {
    if (!isReading(asked)) return askAndKeep(asked, headers)
    const known = read.get(keyOf(asked)) ?? askAndKeep(asked, headers)
    read.set(keyOf(asked), known)
    return known
  })
  return { look: { at, run: { ...run, kubeconfig: '' }, exchanges: [...exchanges] }, outcomes }
}

export type Replayed = Readonly<{
  outcomes: readonly ClaimOutcome[]
  /** Requests that the look does not have. */
  unrecorded: readonly string[]
  /** Exchanges of the look that were asked for. */
  used: ReadonlySet<Exchange>
}>

/** The next answer to a request; the last one is repeated. */
const answersIn = (exchanges: readonly Exchange[]) => {
  const byKey = Map.groupBy(exchanges, ({ asked }) => keyOf(asked))
  return (key: string): Exchange | undefined => {
    const [first, ...others] = byKey.get(key) ?? []
    if (others.length > 0) byKey.set(key, others)
    return first
  }
}

/**
 * Tries each claim once on a recorded look.
 * @param command records a request that the look does not have
 */
export const replayLook = async ({ at, run, exchanges }: Look, command: string): Promise<Replayed> => {
  const answerTo = answersIn(exchanges)
  const unrecorded = new Set<string>()
  const used = new Set<Exchange>()
  const respond: Respond = async (asked) => {
    const exchange = answerTo(keyOf(asked))
    if (exchange) {
      used.add(exchange)
      return exchange.answer
    }
    unrecorded.add(describeAsked(asked))
    return {
      status: 501,
      contentType: 'text/plain',
      date: '',
      body: `${describeAsked(asked)} was not recorded; \`${command}\` records it`,
    }
  }
  // Every answer is there: only a busy machine delays it.
  const outcomes = await stretchLimits(10, () => tryOnce(run, at, respond))
  return { outcomes, unrecorded: [...unrecorded], used }
}
