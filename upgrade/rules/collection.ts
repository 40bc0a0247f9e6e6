import { countOf } from '../../lib/messages.ts'
import { durationSeconds } from '../../lib/promql.ts'
import type { Observation, Scrape } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { compareEach, metricsIn, type Rule } from './common.ts'
import { expressionsIn } from './users.ts'

// Windows that Grafana computes follow the interval.
const windows = /\[((?:\d+(?:ms|[smhdwy]))+)[\]:]/g
const shortestWindow = (expr: string): number =>
  Math.min(...[...expr.matchAll(windows)].map(([, window = '']) => durationSeconds(window)))

// Two samples are the least that a rate needs, and one scrape in two may be late or fail.
const scrapesPerWindow = 4

/** Queries of a job's metrics whose window had room for enough scrapes, and no longer has. */
const tooShort = (job: string, old: number, now: number, observation: Observation): readonly string[] =>
  expressionsIn(observation)
    .filter(({ expr }) => {
      const window = shortestWindow(expr)
      return window >= scrapesPerWindow * old && window < scrapesPerWindow * now
    })
    .filter(({ expr }) =>
      metricsIn(expr, observation).some((metric) => observation.metrics[metric]?.jobs.includes(job)),
    )
    .map(({ user }) => user)

// Peaks and the start of an alert are seen this much later before it is worth a look.
const coarser = 4

const several = (names: readonly string[]) =>
  names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ')

const intervalDifference = (
  key: string,
  old: Scrape,
  now: Scrape,
  after: Observation,
): readonly Difference[] => {
  if (old.interval === now.interval) return []
  const finding = findingsAbout(`scrape/${key}/interval`, `interval:${now.job}`)
  const sentence = `${key} is scraped every ${now.interval} s, every ${old.interval} s before`
  const remedy = 'set the interval of its monitor, or scrapeInterval, to the old value'
  const affected =
    now.interval >= 2 * old.interval ? tooShort(now.job, old.interval, now.interval, after) : []
  return affected.length > 0
    ? [
        finding(
          'new',
          'medium',
          `${sentence}: too rarely for the window of ${several(affected)}, which can have no data or never fire`,
          remedy,
          { changesMeaning: true },
        ),
      ]
    : [
        now.interval >= coarser * old.interval
          ? finding(
              'change',
              'medium',
              `${sentence}: shorter peaks are not seen, and alerts on them fire up to ${now.interval} s later`,
              remedy,
            )
          : finding('change', 'low', sentence, remedy),
      ]
}

/** More targets on the same hosts: the same thing is counted more than once. */
const doubled = (key: string, old: Scrape, now: Scrape): readonly Difference[] => {
  const perHost = ({ targets, hosts }: Scrape) => targets / Math.max(1, hosts)
  if (now.targets <= old.targets || perHost(now) < 2 * perHost(old)) return []
  return [
    findingsAbout(`scrape/${key}/targets`, `targets:${now.job}`)(
      'new',
      'high',
      `${key} has ${countOf(now.targets, 'target')} on ${countOf(now.hosts, 'host')}, ${old.targets} on ${old.hosts} before: every sum over it multiplies`,
      'find the second monitor, Service or port that selects the same pods, and remove it',
      { changesMeaning: true },
    ),
  ]
}

const lostLabels = (key: string, old: Scrape, now: Scrape): readonly Difference[] =>
  old.labels
    .filter((label) => !now.labels.includes(label))
    .map((label) =>
      findingsAbout(`scrape/${key}/${label}`, `target label:${now.job}/${label}`)(
        'change',
        'medium',
        `targets of ${key} no longer have label ${label}`,
        `look for queries that group or select by ${label}`,
      ),
    )

/** Scrapes with another interval, with several targets for one thing, or with fewer labels. */
export const scrapes: Rule = (before, after) =>
  compareEach(before.scrapes, after.scrapes, (key, old, now) =>
    old && now
      ? [...intervalDifference(key, old, now, after), ...doubled(key, old, now), ...lostLabels(key, old, now)]
      : undefined,
  )

/** URLs that are scraped more than once. */
export const sharedTargets: Rule = (before, after) =>
  compareEach(before.sharedTargets, after.sharedTargets, (jobs, old = 0, now = 0) => {
    if (now <= old) return undefined
    const effect = jobs.includes(' and ')
      ? 'every sum over both counts them twice'
      : 'every sum over it counts them twice, or their samples overwrite one another'
    return findingsAbout(`shared-targets/${jobs}`, `targets:${jobs}`)(
      'new',
      'high',
      `${countOf(now, 'URL')} of job ${jobs} ${now === 1 ? 'is' : 'are'} scraped more than once, ${old} before: ${effect}`,
      'delete one of the monitors that select the same endpoints, or narrow its selector',
      { changesMeaning: true },
    )
  })
