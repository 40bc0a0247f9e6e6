import { eventually, GiveUpError } from '../lib/eventually.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import { messageOf } from '../lib/messages.ts'
import { differences } from './compare.ts'
import type { Observation } from './observation.ts'

/** Seconds that count as now where nothing changes its version: some things happen only every few minutes. */
export const longWindowSeconds = 600

// A scrape of every job lies in between, and an evaluation of most rules.
const every = 15_000
// What is the same for as long as this, which is longer than any query here needs after a restart, stays so.
const unchangedFor = 45_000

// A rate needs two scrapes, which values/ has 15 s apart at the most, and the first comes that much after the start.
const twoScrapes = 45_000
// A turn of its own after the one that came too early.
const slack = 60_000

/**
 * Waits until every group of rules has been evaluated on two scrapes of a Prometheus that may have started with nothing:
 * what a group that has its turn every few minutes records would seem to be gone, or to be new.
 * @throws WaitError with the groups that did not have their turn within ten minutes, HttpError
 */
export const rulesEvaluated = async (
  prometheus: Pick<Prometheus, 'startedAt' | 'ruleGroups'>,
): Promise<void> => {
  const [startedAt, groups] = await Promise.all([prometheus.startedAt(), prometheus.ruleGroups()])
  const longest = Math.max(0, ...groups.map(({ interval }) => interval * 1000))
  await eventually(
    'every group of rules was evaluated on two scrapes',
    async () => {
      const due = (await prometheus.ruleGroups()).filter(
        ({ evaluatedAt }) => evaluatedAt < startedAt + twoScrapes,
      )
      const named = due.map(({ name, interval }) => `${name}, once in ${interval} s`)
      if (due.length > 0) throw new Error(`not yet: ${named.join('; ')}`)
    },
    { within: Math.min(longest + twoScrapes + slack, longWindowSeconds * 1000) },
  )
}

/**
 * Waits until every target was scraped since an instant: without it, all that a new pod measures would seem to be gone.
 * @param since milliseconds since 1970
 * @param within milliseconds
 * @throws WaitError with the targets that were not
 */
export const scrapedSince = (
  prometheus: Pick<Prometheus, 'targets'>,
  since: number,
  within: number,
): Promise<void> =>
  eventually(
    'every target was scraped since the upgrade',
    async () => {
      const due = (await prometheus.targets()).filter(({ lastScrape }) => Date.parse(lastScrape) < since)
      const named = due.map(({ labels, scrapeUrl }) => `${labels['job']} ${scrapeUrl}`)
      if (due.length > 0) throw new Error(`not yet: ${named.join(', ')}`)
    },
    { within },
  )

/** What comes with time on a new cluster: the names of all that is there and has an answer. */
const presence = ({ targets, metrics, recordingRules, dashboards }: Observation): string =>
  JSON.stringify([
    targets,
    Object.keys(metrics),
    Object.entries(recordingRules).map(([name, { answer }]) => [name, answer]),
    Object.values(dashboards).map(({ panels }) =>
      Object.entries(panels).map(([name, { answer }]) => [name, answer]),
    ),
  ])

/**
 * Looks until nothing more comes with time, which takes two looks 15 s apart that are the same: what is yet to come on the
 * old side would seem to be new on the other.
 * @param within milliseconds, after which the last look counts
 */
export const observeUntilStable = async (
  look: () => Promise<Observation>,
  within: number,
): Promise<Observation> => {
  const state: { latest?: Observation; lookedAt: number } = { lookedAt: -Infinity }
  await eventually(
    'nothing more comes with time',
    async () => {
      if (performance.now() - state.lookedAt < every) throw new Error('the last look was just now')
      const last = state.latest
      state.lookedAt = performance.now()
      state.latest = await look()
      if (last === undefined || presence(last) !== presence(state.latest)) throw new Error('it still grows')
    },
    { within, every },
  ).catch((error: unknown) => {
    if (state.latest === undefined) throw error
  })
  return state.latest ?? look()
}

/** What may come back with time: what is worse, and what is gone though nothing here needs it. */
const missing = (before: Observation, after: Observation): string =>
  differences(before, after)
    .filter(({ verdict, byEvents }) => verdict === 'new' || (verdict === 'change' && byEvents))
    .map(({ sentence }) => sentence)
    .join('\n')

/**
 * Looks until nothing is worse or missing, or the same stays so: a query needs a few scrapes after a restart.
 * @param within milliseconds, after which the last look counts
 * @returns the last look, or why there was none
 */
export const observeUntilRecovered = async (
  before: Observation,
  look: () => Promise<Observation>,
  within: number,
): Promise<Observation | string> => {
  const state: { latest?: Observation; missing: string; since: number } = { missing: '', since: 0 }
  const problem = await eventually(
    'all is as before, or better',
    async () => {
      state.latest = await look()
      const text = missing(before, state.latest)
      if (text === '') return
      if (text !== state.missing) Object.assign(state, { missing: text, since: performance.now() })
      throw performance.now() - state.since < unchangedFor ? new Error(text) : new GiveUpError(text)
    },
    { within, every },
  ).then(() => '', messageOf)
  return state.latest ?? problem
}
