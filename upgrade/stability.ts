import { eventually, GiveUpError } from '../lib/eventually.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import { messageOf } from '../lib/messages.ts'
import { differences } from './compare.ts'
import type { Observation } from './observation.ts'
import type { Difference } from './rootCauses.ts'

/** How far back an observation goes if no version changed: some things happen only every few minutes. */
export const longWindowSeconds = 600

// Long enough for a scrape of every job and an evaluation of most rules.
const everyMs = 15_000
// Longer than any query here needs after a restart.
const unchangedForMs = 45_000

// A rate needs two scrapes, at most 15 s apart in values/. The first comes at most 15 s after the start.
const twoScrapesMs = 45_000
// For one more evaluation, if the last one was too early.
const slackMs = 60_000

/**
 * Waits until every rule group has been evaluated on two scrapes, because Prometheus may have started without data. The
 * series of a group that is evaluated every few minutes would otherwise seem to be gone, or new.
 * @throws WaitError with the groups that were not evaluated within ten minutes, HttpError
 */
export const rulesEvaluated = async (
  prometheus: Pick<Prometheus, 'startedAt' | 'ruleGroups'>,
): Promise<void> => {
  const [startedAt, groups] = await Promise.all([prometheus.startedAt(), prometheus.ruleGroups()])
  const longest = Math.max(0, ...groups.map(({ interval }) => interval * 1000))
  await eventually(
    'every rule group was evaluated on two scrapes',
    async () => {
      const due = (await prometheus.ruleGroups()).filter(
        ({ evaluatedAt }) => evaluatedAt < startedAt + twoScrapesMs,
      )
      const named = due.map(({ name, interval }) => `${name}, every ${interval} s`)
      if (due.length > 0) throw new Error(`not yet: ${named.join('; ')}`)
    },
    { within: Math.min(longest + twoScrapesMs + slackMs, longWindowSeconds * 1000) },
  )
}

/**
 * Waits until every target has been scraped since a time. Otherwise the metrics of a new pod would seem to be gone.
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

/** What appears over time on a new cluster: targets, metrics, and queries with a result. */
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
 * Observes until two observations 15 s apart are the same. What is still missing from the old versions would otherwise
 * seem to be new after the upgrade.
 * @param within milliseconds; then the last observation counts
 */
export const observeUntilStable = async (
  observeNow: () => Promise<Observation>,
  within: number,
): Promise<Observation> => {
  const state: { latest?: Observation; observedAt: number } = { observedAt: -Infinity }
  await eventually(
    'two observations are the same',
    async () => {
      if (performance.now() - state.observedAt < everyMs)
        throw new Error('the last observation is too recent')
      const last = state.latest
      state.observedAt = performance.now()
      state.latest = await observeNow()
      if (last === undefined || presence(last) !== presence(state.latest)) throw new Error('it still changes')
    },
    { within, every: everyMs },
  ).catch((error: unknown) => {
    if (state.latest === undefined) throw error
  })
  return state.latest ?? observeNow()
}

/** What may still recover: regressions, and missing things that nothing needs; not alerts, which stay pending for minutes. */
const missing = (before: Observation, after: Observation): readonly Difference[] =>
  differences(before, after).filter(
    ({ verdict, byEvents, about }) =>
      verdict === 'new' || (verdict === 'change' && byEvents && !about.startsWith('alert:')),
  )

/**
 * Observes until nothing is worse or missing, or until that no longer changes: a query needs a few scrapes after a restart.
 * @param within milliseconds; then the last observation counts
 * @returns the last observation, or why there was none
 */
export const observeUntilRecovered = async (
  before: Observation,
  observeNow: () => Promise<Observation>,
  within: number,
): Promise<Observation | string> => {
  const state: { latest?: Observation; missing: string; since: number } = { missing: '', since: 0 }
  const problem = await eventually(
    'nothing is worse than before',
    async () => {
      state.latest = await observeNow()
      const found = missing(before, state.latest)
      if (found.length === 0) return
      // The sentences contain values that differ in every observation.
      const ids = found.map(({ id }) => id).join('\n')
      if (ids !== state.missing) Object.assign(state, { missing: ids, since: performance.now() })
      const text = found.map(({ sentence }) => sentence).join('\n')
      throw performance.now() - state.since < unchangedForMs ? new Error(text) : new GiveUpError(text)
    },
    { within, every: everyMs },
  ).then(() => '', messageOf)
  return state.latest ?? problem
}
