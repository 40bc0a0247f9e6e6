import { countOf, few } from '../../lib/messages.ts'
import { durationSeconds } from '../../lib/promql.ts'
import type { Observation, Scrape } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { compareEach, metricsIn, type Rule } from './common.ts'
import { expressionsIn } from './users.ts'

const windows = /\[((?:\d+(?:ms|[smhdwy]))+|\$__rate_interval)[\]:]/g
/** @param rateInterval in seconds, what Grafana puts in for `$__rate_interval` */
const shortestWindow = (expr: string, rateInterval: number): number =>
  Math.min(
    ...[...expr.matchAll(windows)].map(([, window = '']) =>
      window.startsWith('$') ? rateInterval : durationSeconds(window),
    ),
  )

/**
 * Four times the scrape interval that is set for the data source, whatever the real one is.
 * @see https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/#use-__rate_interval
 */
const rateIntervalOf = ({ settings }: Observation): number => {
  const intervals = Object.entries(settings['Grafana'] ?? {}).flatMap(([name, value]) =>
    /^data source .* timeInterval$/.test(name) ? [durationSeconds(value)] : [],
  )
  return 4 * Math.min(...intervals)
}

// A rate needs at least two samples, and every second scrape may be late or fail.
const scrapesPerWindow = 4

/** Queries of a job's metrics whose window was long enough for the old interval, but is too short for the new one. */
const tooShort = (job: string, old: number, now: number, observation: Observation): readonly string[] => {
  const rateInterval = rateIntervalOf(observation)
  return expressionsIn(observation)
    .filter(({ expr }) => {
      const window = shortestWindow(expr, rateInterval)
      return window >= scrapesPerWindow * old && window < scrapesPerWindow * now
    })
    .filter(({ expr }) =>
      metricsIn(expr, observation).some((metric) => observation.metrics[metric]?.jobs.includes(job)),
    )
    .map(({ user }) => user)
}

// From this factor on, a longer interval hides peaks and delays alerts noticeably.
const coarser = 4

const intervalDifference = (
  key: string,
  old: Scrape,
  now: Scrape,
  after: Observation,
): readonly Difference[] => {
  if (old.interval === now.interval) return []
  const finding = findingsAbout(`scrape/${key}/interval`, `interval:${now.job}`)
  const sentence = `the scrape interval of ${key} changed from ${old.interval} s to ${now.interval} s`
  const remedy =
    'set `interval` of its ServiceMonitor or PodMonitor, or prometheusSpec.scrapeInterval, to the old value'
  const affected =
    now.interval >= 2 * old.interval ? tooShort(now.job, old.interval, now.interval, after) : []
  return affected.length > 0
    ? [
        finding(
          'new',
          'medium',
          `${sentence}, which is too long for the window of ${few(affected)}: it can be without data or never fire`,
          remedy,
          { changesMeaning: true },
        ),
      ]
    : [
        now.interval >= coarser * old.interval
          ? finding(
              'change',
              'medium',
              `${sentence}: shorter peaks go unseen, and alerts fire up to ${now.interval} s later`,
              remedy,
            )
          : finding('change', 'low', sentence, remedy),
      ]
}

/** More targets on the same hosts: each host is counted more than once. */
const doubled = (key: string, old: Scrape, now: Scrape): readonly Difference[] => {
  const perHost = ({ targets, hosts }: Scrape) => targets / Math.max(1, hosts)
  if (now.targets <= old.targets || perHost(now) < 2 * perHost(old)) return []
  return [
    findingsAbout(`scrape/${key}/targets`, `targets:${now.job}`)(
      'new',
      'high',
      `${key} went from ${countOf(old.targets, 'target')} on ${countOf(old.hosts, 'host')} to ${countOf(now.targets, 'target')} on ${countOf(now.hosts, 'host')}: sums over it count each host more than once`,
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
        `look for queries and alerts that group or select by ${label}`,
      ),
    )

/** Scrapes with a different interval, with more targets per host, or with fewer target labels. */
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
      ? 'sums over both jobs count them twice'
      : 'sums over it count them twice, or their samples overwrite one another'
    return findingsAbout(`shared-targets/${jobs}`, `shared targets:${jobs}`)(
      'new',
      'high',
      `the URLs of job ${jobs} that are scraped more than once went from ${old} to ${now}: ${effect}`,
      'delete one of the monitors that select the same endpoints, or narrow its selector',
      { changesMeaning: true, dependsOn: jobs.split(' and ').map((job) => `targets:${job}`) },
    )
  })
