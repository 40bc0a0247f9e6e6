import { canonicalQuery, durationSeconds } from '../../lib/promql.ts'
import type { SideBySide, Statistics } from '../observation.ts'

/** Whether the new expression means the same as the old one, and what both return. */
export type Comparison = Readonly<{ verdict: 'same' | 'smoothed' | 'altered' | 'unknown'; text: string }>

/** If a larger share of the series differs, the result does. */
const tolerated = 0.1

export const describeNumber = (value: number | undefined): string =>
  value === undefined ? 'no value' : String(Number(value.toPrecision(3)))

/** `the median changed from 3 to 6 (× 2)` */
export const describeMedians = (
  old: number | undefined,
  now: number | undefined,
  ratio: number | undefined,
): string => {
  const factor = ratio === undefined ? '' : ` (× ${describeNumber(ratio)})`
  return `the median changed from ${describeNumber(old)} to ${describeNumber(now)}${factor}`
}

const windows = /\[[^\]]*\]/g
// Their results grow with the window.
const ofWindow = /\b(?:increase|delta|changes|resets|\w+_over_time)\s*\(/

/** How two expressions differ if they differ only in their windows. */
export type WindowChange = Readonly<{
  /** `from 15m to 1m` */
  text: string
  /** The factors of the window that shrank most and of the one that grew most. */
  smallest: number
  largest: number
  /** Whether the results grow with the window. A rate does not: over a longer window it is smoother, but the same. */
  scales: boolean
}>

export const windowChange = (old: string, now: string): WindowChange | undefined => {
  const windowsOf = (expr: string) =>
    [...canonicalQuery(expr).matchAll(windows)].map(([window]) => window.replaceAll(/[[\] ]/g, ''))
  const [was, is] = [windowsOf(old), windowsOf(now)]
  const withoutWindows = (expr: string) => canonicalQuery(expr).replaceAll(windows, '')
  // Without the step of a subquery.
  const lengthOf = (window = '') => durationSeconds(window.split(':', 1)[0] ?? '')
  const factors = is.map((window, index) => lengthOf(window) / lengthOf(was[index]))
  // [60s] is [1m].
  if (withoutWindows(old) !== withoutWindows(now) || factors.every((factor) => factor === 1)) return undefined
  return {
    text: `from ${was.join(', ')} to ${is.join(', ')}`,
    smallest: Math.min(...factors),
    largest: Math.max(...factors),
    scales: ofWindow.test(now),
  }
}

/** From this factor on, a rate over the longer window hides what the old one showed, and what reads it reacts later. */
export const muchLonger = 4

/** Whether two expressions have the same tokens, in any order and with any parentheses. */
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
 * Compares two expressions by what they returned at the same time.
 * @param scale the factor between old and new values that a change of unit explains
 */
export const judgeSideBySide = (side: SideBySide | undefined, scale = 1): Comparison => {
  if (!side) return { verdict: 'unknown', text: 'it was not evaluated side by side with the old one' }
  const { old, now, series, labels, differing, median, ratio, atRatio, error } = side
  if (error !== undefined)
    return { verdict: 'unknown', text: `it cannot be evaluated side by side with the old one: ${error}` }
  const isEmpty = series.old === 0 && series.now === 0
  if (series.old === 0 || series.now === 0)
    return {
      verdict: series.old > 0 ? 'altered' : isEmpty && isReordered(old, now) ? 'same' : 'unknown',
      text: `on the same data the old expression returns ${series.old} series, the new one ${series.now}`,
    }
  const isScaled =
    ratio !== undefined &&
    Math.abs(ratio / scale - 1) <= tolerated &&
    atRatio >= series.common * (1 - tolerated)
  const values = `on the same data ${describeMedians(median.old, median.now, ratio)}`
  if (labels.now.length > 0 && series.now > series.old)
    return {
      verdict: 'altered',
      text: `on the same data it returns ${series.now} series instead of ${series.old}: they also have label ${labels.now.join(', ')}`,
    }
  if (labels.old.length > 0)
    return {
      verdict: 'altered',
      text: `its series no longer have label ${labels.old.join(', ')} (${values})`,
    }
  const lost = series.old - series.common
  if (lost > series.old * tolerated)
    return {
      verdict: 'altered',
      text: `on the same data the new expression lacks ${lost} of the ${series.old} series of the old one`,
    }
  if (series.now >= series.old * 1.8)
    return {
      verdict: 'altered',
      text: `on the same data the new expression returns ${series.now} series, the old one ${series.old}`,
    }
  // Twice 0 is also 0.
  if (ratio === undefined && differing === 0 && !isReordered(old, now))
    return { verdict: 'unknown', text: 'every value is 0' }
  const isOther = scale === 1 ? differing > series.common * tolerated : !isScaled
  if (!isOther) return { verdict: 'same', text: values }
  const window = windowChange(old, now)
  if (window === undefined || window.scales) return { verdict: 'altered', text: values }
  return window.largest >= muchLonger
    ? { verdict: 'altered', text: `its window changed ${window.text}, so short peaks vanish; ${values}` }
    : { verdict: 'smoothed', text: values }
}

// A factor between two units of the same quantity.
const unitFactors = [60, 100, 1000, 1024, 3600, 1e6, 2 ** 20, 1e9]
const steadySpread = 0.05
const unitTolerance = 0.05

/** Ages and timestamps differ at every evaluation. */
const isOfTime = (expr: string) =>
  // A histogram of durations is not a timestamp.
  /\btime\s*\(|\btimestamp\s*\(|_timestamp|_time\b|_time_seconds(?!_(?:bucket|sum|count)\b)|uptime|_age|_created\b/.test(
    expr,
  )

/**
 * The factor by which the value of an unchanged expression changed, if neither noise nor a restart explains it. Without a
 * known reason, only a factor between two units counts, because a restart changes memory, rates and counts.
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
