import { totalOf, type LineCount } from '../diagnosis/lineOracle.ts'
import { countOf, few } from '../lib/messages.ts'
import type { Bounds, Drill, Extent } from './drill.ts'
import type { Measured, Timeline } from './result.ts'

/** The bounds of every drill, unless its row says otherwise. */
const strictest: Bounds = {
  lost: 0,
  doubled: 0,
  torn: 0,
  // A busy machine sometimes answers late.
  outages: { others: 10 },
  scrapeGap: 30,
  unsent: 0,
  sentTwice: 0,
  workerDelay: 120,
  red: 10,
  leastRed: 0,
  leastYellow: 0,
  gone: [],
  back: 120,
  caughtUp: 60,
}

export const boundsOf = ({ bounds }: Pick<Drill, 'bounds'>, extent: Extent): Bounds => ({
  ...strictest,
  ...bounds(extent),
})

export const inSeconds = (value: number): string => `${value.toFixed(1)} s`

/** Where lines are lost: `worker2: 5 (17–20, 31)`. */
const where = (lines: readonly LineCount[]): string =>
  few(
    lines
      .filter(({ lost }) => lost > 0)
      .map(({ node, gaps, lost }) => `${node}: ${lost} (${gaps.join(', ')})`),
    4,
    '; ',
  )

/** Why lines were lost, why they came late, and what to set to lose less. */
export type Explanation = Readonly<{
  causes: readonly string[]
  delays: readonly string[]
  remedy?: string
}>

const explained = ({ causes, remedy }: Pick<Explanation, 'causes' | 'remedy'>): string =>
  [
    ...causes.map((cause) => `\n  cause: ${cause.replaceAll('\n', '\n    ')}`),
    ...(remedy === undefined ? [] : [`\n  remedy: ${remedy}`]),
  ].join('')

const lineShortfalls = (
  lines: Measured['lines'],
  bounds: Bounds,
  explanation: Explanation,
): readonly string[] => {
  if (typeof lines === 'string') return [`the lines could not be counted: ${lines}`]
  const total = totalOf(lines)
  const over = (what: 'lost' | 'doubled' | 'torn', more = '') =>
    total[what] > bounds[what]
      ? [
          `${total[what]} of ${countOf(total.written, 'line')} ${what}, but at most ${bounds[what]} may be${more}`,
        ]
      : []
  const slowest = lines
    .filter(({ node }) => !node.endsWith('-control-plane'))
    .toSorted((a, b) => (b.delays?.max ?? 0) - (a.delays?.max ?? 0))[0]
  const delay = (slowest?.delays?.max ?? 0) / 1000
  return [
    ...over('lost', `: ${where(lines)}${explained(explanation)}`),
    ...over('doubled'),
    ...over('torn'),
    ...(delay > bounds.workerDelay
      ? [
          `a line of ${slowest?.node} took ${inSeconds(delay)} until it was in OpenSearch, but at most ${inSeconds(bounds.workerDelay)} are allowed${explained({ causes: explanation.delays })}`,
        ]
      : []),
  ]
}

const outageShortfalls = ({ endpoints }: Measured, { outages }: Bounds): readonly string[] =>
  endpoints.flatMap(({ endpoint, seconds, outages: [first] }) => {
    const allowed = outages[endpoint] ?? outages.others
    return seconds > allowed
      ? [
          `${endpoint} gave no answer for ${inSeconds(seconds)} (${first?.seen}), but at most ${inSeconds(allowed)} are allowed`,
        ]
      : []
  })

const alertShortfalls = ({ notifications }: Measured, bounds: Bounds): readonly string[] => {
  if (typeof notifications === 'string') return []
  const { fired, unsent, sentTwice } = notifications
  return [
    ...(unsent > bounds.unsent
      ? [`${unsent} of ${fired} alerts were not reported, but at most ${bounds.unsent} may be missing`]
      : []),
    ...(sentTwice > bounds.sentTwice
      ? [
          `${sentTwice} of ${fired} alerts were reported as resolved more than once, but at most ${bounds.sentTwice} may be`,
        ]
      : []),
  ]
}

const storedShortfalls = (
  { documents: { before, after }, missing }: Measured,
  { gone }: Bounds,
): readonly string[] => {
  const unexpected = typeof missing === 'string' ? [] : missing.filter((one) => !gone.includes(one))
  return [
    ...(typeof after === 'string'
      ? [`the documents could not be counted: ${after}`]
      : after < before
        ? [`${before - after} of ${before} log documents from before the drill are gone`]
        : []),
    ...(typeof missing === 'string' ? [`what users have stored could not be read: ${missing}`] : []),
    ...(unexpected.length > 0 ? [`gone: ${few(unexpected, 5)}`] : []),
  ]
}

const timeShortfalls = ({ released, back, caughtUp, green }: Timeline, bounds: Bounds): readonly string[] => {
  const late = (what: string, seconds: number | undefined, allowed: number) => {
    if (seconds !== undefined && seconds <= allowed) return []
    const seen = seconds === undefined ? 'did not finish' : `took ${inSeconds(seconds)}`
    return [`${what} ${seen}, but at most ${inSeconds(allowed)} are allowed`]
  }
  return [
    ...late('recovery', back === undefined ? undefined : back - released, bounds.back),
    ...(back === undefined
      ? []
      : late('catching up', caughtUp === undefined ? undefined : caughtUp - back, bounds.caughtUp)),
    ...(green === undefined ? ['not all claims hold again'] : []),
  ]
}

const healthShortfalls = ({ health }: Measured, bounds: Bounds): readonly string[] => {
  const red = health.red + health.none
  const least = (what: string, seconds: number, bound: number) =>
    seconds < bound ? [`OpenSearch was ${what} for ${inSeconds(seconds)} only: the drill had no effect`] : []
  return [
    ...(red > bounds.red
      ? [
          `OpenSearch was red for ${inSeconds(health.red)} and without an answer for ${inSeconds(health.none)}, but at most ${inSeconds(bounds.red)} are allowed`,
        ]
      : []),
    ...least('red or without an answer', red, bounds.leastRed),
    ...least('yellow', health.yellow, bounds.leastYellow),
  ]
}

/** What is beyond its bound, a sentence each. */
export const shortfallsOf = (
  measured: Measured,
  timeline: Timeline,
  bounds: Bounds,
  explanation: Explanation,
): readonly string[] => {
  const { gaps } = measured
  const [gap] = typeof gaps === 'string' ? [] : gaps
  return [
    ...lineShortfalls(measured.lines, bounds, explanation),
    ...storedShortfalls(measured, bounds),
    ...outageShortfalls(measured, bounds),
    ...healthShortfalls(measured, bounds),
    ...(typeof gaps === 'string'
      ? [`the scrape gaps could not be read: ${gaps}`]
      : gap && gap.seconds > bounds.scrapeGap
        ? [
            `job ${gap.job} was not scraped for ${inSeconds(gap.seconds)}, but at most ${inSeconds(bounds.scrapeGap)} are allowed`,
          ]
        : []),
    ...alertShortfalls(measured, bounds),
    ...timeShortfalls(timeline, bounds),
  ]
}
