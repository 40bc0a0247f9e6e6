import { totalOf } from '../diagnosis/lineOracle.ts'
import { countOf } from '../lib/messages.ts'
import type { DrillResult, DrillsResult, NotRun } from './result.ts'
import { inSeconds } from './verdict.ts'

export const isPassed = ({ drills, notRun }: DrillsResult): boolean =>
  notRun.length === 0 && drills.every(({ verdict }) => verdict === 'holds')

/** `prometheus-restart, grafana-restart: the stack has not recovered from …` */
export const describeNotRun = ({ names, why }: NotRun): string => `${names.join(', ')}: ${why}`

/** The counts of all writers; undefined if they could not be counted. */
export const linesOf = ({ measured: { lines } }: DrillResult) =>
  typeof lines === 'string' ? undefined : totalOf(lines)

/** Seconds from the moment something was taken away until everything was ready. */
export const backAfter = ({ timeline: { stopped, back } }: DrillResult) =>
  back === undefined ? undefined : back - stopped
/** Seconds from then until every line was found. */
export const caughtUpAfter = ({ timeline: { back, caughtUp } }: DrillResult) =>
  back === undefined || caughtUp === undefined ? undefined : caughtUp - back
/** Seconds from the moment it was brought back until every claim held. */
export const greenAfter = ({ timeline: { released, green } }: DrillResult) =>
  green === undefined ? undefined : green - released

/** The longest time without an answer. */
export const longestOutage = ({ measured: { endpoints } }: DrillResult) =>
  endpoints.toSorted((a, b) => b.seconds - a.seconds)[0]

/** `12.4 s`, or `never`. */
export const orNever = (seconds: number | undefined): string =>
  seconds === undefined ? 'never' : inSeconds(seconds)

/** `3 of 24 drills broke a bound, 1 did not take place` */
export const verdictLine = ({ drills, notRun }: DrillsResult): string => {
  const broken = drills.filter(({ verdict }) => verdict === 'broken').length
  const verdict =
    broken === 0
      ? `${countOf(drills.length, 'drill')} within bounds`
      : `${broken} of ${countOf(drills.length, 'drill')} broke a bound`
  const skipped = notRun.reduce((sum, { names }) => sum + names.length, 0)
  return skipped === 0 ? verdict : `${verdict}, ${skipped} did not take place`
}

/** `lost: 204 of 312,400 lines (204 in opensearch-read-only); 8 doubled, 0 torn` */
export const lossLine = ({ drills }: DrillsResult): string => {
  const counted = drills.flatMap((drill) => {
    const lines = linesOf(drill)
    return lines ? [{ name: drill.name, ...lines }] : []
  })
  const sum = (of: (lines: (typeof counted)[number]) => number) =>
    counted.reduce((total, lines) => total + of(lines), 0).toLocaleString('en')
  const losing = counted.filter(({ lost }) => lost > 0)
  const what = losing.map(({ name, lost }) => `${lost.toLocaleString('en')} in ${name}`).join(', ')
  const uncounted = drills.length - counted.length
  return [
    `lost: ${sum(({ lost }) => lost)} of ${sum(({ written }) => written)} lines${what === '' ? '' : ` (${what})`}`,
    `${sum(({ doubled }) => doubled)} doubled, ${sum(({ torn }) => torn)} torn`,
    ...(uncounted > 0 ? [`not counted in ${countOf(uncounted, 'drill')}`] : []),
  ].join('; ')
}

/** What took longest: `longest: all back 80.9 s (opensearch-away), every line found 8.4 s (vector-killed), …`. */
export const longestLine = ({ drills }: DrillsResult): string => {
  const longest = (what: string, of: (drill: DrillResult) => number | undefined): string => {
    const [first] = drills
      .map((drill) => ({ name: drill.name, seconds: of(drill) ?? Infinity }))
      .toSorted((a, b) => b.seconds - a.seconds)
    if (first === undefined) return `${what} –`
    return `${what} ${first.seconds === Infinity ? 'never' : inSeconds(first.seconds)} (${first.name})`
  }
  return `longest: ${[
    longest('all back', backAfter),
    longest('every line found', caughtUpAfter),
    longest('every claim green', greenAfter),
    longest('a server without an answer', (drill) => longestOutage(drill)?.seconds ?? 0),
  ].join(', ')}`
}

/** What was lost, and what took longest. */
export const answerLines = (result: DrillsResult): readonly string[] => [
  `${isPassed(result) ? '✓' : '✗'} ${verdictLine(result)}`,
  lossLine(result),
  longestLine(result),
]
