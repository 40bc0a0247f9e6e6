import { canonicalQuery, durationSeconds } from '../../lib/promql.ts'
import type { SideBySide, Statistics } from '../observation.ts'

/** Whether the new expression means the same as the old one, and what they return. */
export type Judgement = Readonly<{ verdict: 'same' | 'altered' | 'unknown'; text: string }>

/** The share of the series that may differ before the whole does. */
const tolerated = 0.1

export const describeNumber = (value: number | undefined): string =>
  value === undefined ? 'no value' : String(Number(value.toPrecision(3)))

/** `2 times as much`, `0.5 times as much` */
const describeRatio = (ratio: number | undefined): string =>
  ratio === undefined ? '' : `, ${describeNumber(ratio)} times as much`

const windows = /\[[^\]]*\]/g
// They add up what is in their window.
const ofWindow = /\b(?:increase|delta|changes|resets|\w+_over_time)\s*\(/

/** Whether two expressions look back over other times, and nothing else: a rate is smoother then, but the same rate. */
const isSmoothing = (old: string, now: string): boolean =>
  canonicalQuery(old).replaceAll(windows, '') === canonicalQuery(now).replaceAll(windows, '') &&
  !ofWindow.test(now)

/** The windows of two expressions that add up what is in them and are otherwise the same, if the new ones are shorter. */
export const shorterWindow = (old: string, now: string): string | undefined => {
  const [was, is] = [old, now].map((expr) =>
    [...canonicalQuery(expr).matchAll(windows)].map(([window]) => window.replaceAll(/[[\] ]/g, '')),
  )
  const isOther = canonicalQuery(old).replaceAll(windows, '') !== canonicalQuery(now).replaceAll(windows, '')
  if (!was || !is || isOther || !ofWindow.test(now)) return undefined
  const isShorter = is.some((window, index) => durationSeconds(window) < durationSeconds(was[index] ?? ''))
  return isShorter ? `${is.join(', ')}, ${was.join(', ')} before` : undefined
}

/** Whether two expressions have the same words, in whatever order and brackets. */
export const isReordered = (old: string, now: string): boolean => {
  const words = (expr: string) =>
    canonicalQuery(expr)
      .split(' ')
      .filter((word) => word !== '(' && word !== ')')
      .sort()
      .join(' ')
  return words(old) === words(now)
}

/**
 * Judges two expressions by what they returned at the same time.
 * @param scale by how much the new values may be larger, because their unit is smaller
 */
export const judgeSideBySide = (side: SideBySide | undefined, scale = 1): Judgement => {
  if (!side) return { verdict: 'unknown', text: 'it was not evaluated beside the old one' }
  const { old, now, series, labels, differing, median, ratio, atRatio, error } = side
  if (error !== undefined)
    return { verdict: 'unknown', text: `it cannot be evaluated beside the old one: ${error}` }
  const isEmpty = series.old === 0 && series.now === 0
  if (series.old === 0 || series.now === 0)
    return {
      verdict: series.old > 0 ? 'altered' : isEmpty && isReordered(old, now) ? 'same' : 'unknown',
      text: `on the same data the old one has ${series.old} series, and the new one ${series.now}`,
    }
  const isScaled =
    ratio !== undefined &&
    Math.abs(ratio / scale - 1) <= tolerated &&
    atRatio >= series.common * (1 - tolerated)
  const values = `median ${describeNumber(median.old)} before, ${describeNumber(median.now)} now${describeRatio(ratio)}, on the same data`
  if (labels.old.length > 0)
    return { verdict: 'altered', text: `it no longer has label ${labels.old.join(', ')} (${values})` }
  const lost = series.old - series.common
  if (lost > series.old * tolerated)
    return {
      verdict: 'altered',
      text: `on the same data it no longer has ${lost} of the ${series.old} series of the old one`,
    }
  if (series.now >= series.old * 1.8 && labels.now.length === 0)
    return {
      verdict: 'altered',
      text: `on the same data it has ${series.now} series, and the old one ${series.old}`,
    }
  // Twice 0 is 0.
  if (ratio === undefined && differing === 0 && !isReordered(old, now))
    return { verdict: 'unknown', text: 'every value is 0' }
  const isOther = scale === 1 ? differing > series.common * tolerated : !isScaled
  return { verdict: isOther && !isSmoothing(old, now) ? 'altered' : 'same', text: values }
}

// A factor between two units of the same quantity.
const unitFactors = [60, 100, 1000, 1024, 3600, 1e6, 2 ** 20, 1e9]
const steadySpread = 0.05
const unitTolerance = 0.05

/** Ages and times are others at every look. */
const isOfTime = (expr: string) =>
  // A histogram of times is no time of day.
  /\btime\s*\(|\btimestamp\s*\(|_timestamp|_time\b|_time_seconds(?!_(?:bucket|sum|count)\b)|uptime|_age|_created\b/.test(
    expr,
  )

/**
 * By what factor the value of an unchanged expression changed, if neither noise nor a restart explains it. Without a known
 * reason, it has to be one between two units, since memory, rates and counts are others after a restart.
 */
export const alteredBy = (
  expr: string,
  old: Statistics | undefined,
  now: Statistics | undefined,
  hasReason: boolean,
): number | undefined => {
  if (!old || !now || isOfTime(expr)) return undefined
  if (old.rises || now.rises || old.median === 0 || now.median === 0) return undefined
  if (old.spread > steadySpread || now.spread > steadySpread) return undefined
  const ratio = now.median / old.median
  const size = Math.max(Math.abs(ratio), 1 / Math.abs(ratio))
  const isUnit = unitFactors.some((factor) => Math.abs(size / factor - 1) <= unitTolerance)
  const isSign = ratio < 0 && size <= 1.1
  return isUnit || isSign || (hasReason && size >= 1.5) ? ratio : undefined
}
