import { countOf, few } from '../../lib/messages.ts'
import type { Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import type { Rule } from './common.ts'
import { describeUsers, usersOf } from './users.ts'

const suffixes = ['_bucket', '_sum', '_count', '_total']
const metricsOfFamily = (family: string) => [family, ...suffixes.map((suffix) => `${family}${suffix}`)]

/** The type of a metric, found by its family. */
const typeOf = (metric: string, { families }: Observation): string | undefined => {
  const suffix = suffixes.find((one) => metric.endsWith(one)) ?? ''
  const family = families[metric] ?? families[metric.slice(0, metric.length - suffix.length)]
  return family?.type
}

type FamilyChange = Readonly<{
  family: string
  metrics: readonly string[]
  field: 'type' | 'unit'
  was: string
  is: string
}>

/** The families whose type or unit changed, with their metrics. */
export const changedFamilies = (before: Observation, after: Observation): readonly FamilyChange[] =>
  Object.entries(before.families).flatMap(([family, old]) => {
    const now = after.families[family]
    return (['type', 'unit'] as const).flatMap((field): readonly FamilyChange[] => {
      const [was, is = ''] = [old[field], now?.[field]]
      // Exporters may disagree about it, and not all of them may have been scraped at the time.
      const isKnown = [was, is].every((one) => one !== '' && !one.includes(' or '))
      return !isKnown || was === is ? [] : [{ family, metrics: metricsOfFamily(family), field, was, is }]
    })
  })

/** Metrics whose type or unit changed. */
export const families: Rule = (before, after) =>
  changedFamilies(before, after).map(({ family, metrics, field, was, is }) => {
    const users = usersOf(metrics, after)
    const finding = findingsAbout(`metric/${family}/${field}`, `family:${family}`)
    const sentence = `the ${field} of metric ${family} changed from ${was} to ${is}`
    return users.length > 0
      ? finding(
          'new',
          'high',
          `${sentence}, and ${describeUsers(users)} the old ${field}`,
          `rewrite the queries of ${family}, or keep the old version of its exporter`,
          { changesMeaning: true },
        )
      : finding('change', 'low', `${sentence}; no dashboard or rule here needs it`)
  })

const isQuiet = (target: Observation['targets'][string] | undefined) => target?.down.length === 0

/** A metric of which a job exposes about twice or half as many series, from the same number of targets. */
export type SeriesChange = Readonly<{
  job: string
  change: 'doubled' | 'halved'
  metric: string
  old: number
  now: number
}>

export const seriesChanges = (before: Observation, after: Observation): readonly SeriesChange[] =>
  Object.entries(before.series).flatMap(([metric, jobs]) =>
    Object.entries(jobs).flatMap(([job, old]): readonly SeriesChange[] => {
      const now = after.series[metric]?.[job]
      const [was, is] = [before.targets[job], after.targets[job]]
      if (!now || was?.up !== is?.up || !isQuiet(was) || !isQuiet(is)) return []
      // A few series come and go with events in the cluster.
      if (Math.abs(now.count - old.count) < 4) return []
      const ratio = now.count / old.count
      const isGauge = typeOf(metric, after) === 'gauge'
      // The series of a counter appear when it first counts something, and vanish at a restart, which also lowers its sum.
      const hasRestarted = now.sum < old.sum * ratio * 0.9
      if (ratio >= 1.8 && isGauge) return [{ job, change: 'doubled', metric, old: old.count, now: now.count }]
      if (ratio <= 0.55 && (isGauge || !hasRestarted))
        return [{ job, change: 'halved', metric, old: old.count, now: now.count }]
      return []
    }),
  )

/** Jobs that expose twice or half as many series. */
export const series: Rule = (before, after) =>
  [...Map.groupBy(seriesChanges(before, after), ({ job, change }) => `${job}/${change}`)].flatMap(
    ([key, all]): readonly Difference[] => {
      const [first] = all
      if (!first) return []
      const { job, change } = first
      const usedBy = all.map((one) => ({ ...one, users: usersOf([one.metric], after) }))
      const users = usedBy.flatMap((one) => one.users)
      const metrics = usedBy
        .toSorted((a, b) => b.users.length - a.users.length)
        .map(({ metric, old, now }) => `${metric} ${old} → ${now}`)
      const times = change === 'doubled' ? 'about twice as many' : 'about half as many'
      const sentence = `job ${job} exposes ${times} series of ${countOf(all.length, 'metric')} from the same number of targets: ${few(metrics)}`
      const them = all.length === 1 ? 'it' : 'them'
      const finding = findingsAbout(`series/${key}`, `series:${job}`)
      const remedy =
        'compare the labels of the series with the old ones: a relabeling or the new exporter adds or drops series; restore the old relabelings in the values file'
      const dependsOn = [`job:${job}`]
      return users.length > 0
        ? [
            finding('new', 'high', `${sentence}; ${describeUsers(users)} ${them}`, remedy, {
              dependsOn,
              changesMeaning: true,
            }),
          ]
        : [
            finding('change', 'medium', `${sentence}; no dashboard or rule here needs ${them}`, remedy, {
              dependsOn,
            }),
          ]
    },
  )
