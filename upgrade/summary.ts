import { totalOf } from '../diagnosis/lineOracle.ts'
import { countOf, firstLine } from '../lib/messages.ts'
import { claimsNotRun, type NotChecked } from '../report/notChecked.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { countVerdicts, type Finding, type Verdict } from './findings.ts'
import { hasRegressions, type Kept, type Traffic, type UpgradeResult, type VersionChange } from './result.ts'

export const describeVersionChange = ({ chart, from, to }: VersionChange): string =>
  `${chart} ${from} → ${to}`

/** Rounded to tenths. */
export const tenths = (value: number): number => Math.round(value * 10) / 10

/** `12 s`, `12.4 s` */
export const inSeconds = (value: number): string => `${tenths(value)} s`

/** `12.4–19`, in seconds */
export const describePeriod = (from: number, to: number): string => `${tenths(from)}–${tenths(to)}`

/** How reports group findings: by verdict, but `new` is in two: what breaks, and what means something else. */
export const findingGroups = ['breaks', 'meaning', 'expected', 'fixed', 'pre-existing', 'change'] as const
export type FindingGroup = (typeof findingGroups)[number]

const groupOf = ({ verdict, changesMeaning }: Finding): FindingGroup => {
  if (verdict !== 'new') return verdict satisfies Exclude<Verdict, 'new'>
  return changesMeaning ? 'meaning' : 'breaks'
}

export const findingsOf = ({ findings }: Pick<UpgradeResult, 'findings'>, group: FindingGroup) =>
  findings.filter((finding) => groupOf(finding) === group)

export const stateOf = (result: UpgradeResult): 'passed' | 'failed' | 'invalid' =>
  result.invalid !== undefined ? 'invalid' : hasRegressions(result) ? 'failed' : 'passed'

const signs = { passed: '✓', failed: '✗', invalid: '?' } as const

/** What this check says nothing about, and why. */
export const notCheckedOf = ({ notChecked = [], claims, traffic }: UpgradeResult): readonly NotChecked[] => {
  const round = (outcomes: readonly ClaimOutcome[] = [], where: string) =>
    claimsNotRun(outcomes).map(({ what, why }) => ({ what: `${what} ${where}`, why }))
  const uncounted = traffic
    ? [
        { what: 'scrape gaps during the upgrade', seen: traffic.gaps },
        { what: 'log lines written during the upgrade', seen: traffic.lines },
        { what: 'log documents from before the upgrade', seen: traffic.documents.after },
        { what: 'Prometheus series from before the upgrade', seen: traffic.series.after },
      ].flatMap(({ what, seen }) => (typeof seen === 'string' ? [{ what, why: seen }] : []))
    : []
  return [
    ...notChecked,
    ...round(claims.after, 'after the upgrade'),
    ...round(claims.fresh, 'on an empty cluster'),
    ...uncounted,
  ]
}

/** How many findings break something, how many only change a meaning, and how much was not checked. */
export const countAnswer = (result: UpgradeResult) => ({
  breaks: findingsOf(result, 'breaks').length,
  meansSomethingElse: findingsOf(result, 'meaning').length,
  notChecked: notCheckedOf(result).length,
})

/** `nothing`, `1 thing`, `4 things` */
export const things = (count: number): string => (count === 0 ? 'nothing' : countOf(count, 'thing'))

/** `4 now mean something else, 3 were not checked` */
export const describeRest = (result: UpgradeResult): string => {
  const { meansSomethingElse, notChecked } = countAnswer(result)
  return [
    `${meansSomethingElse} now ${meansSomethingElse === 1 ? 'means' : 'mean'} something else`,
    `${notChecked} ${notChecked === 1 ? 'was' : 'were'} not checked`,
  ].join(', ')
}

/** The verdict in one line. */
export const verdictLine = (result: UpgradeResult): string => {
  const { upgrades, invalid } = result
  const answer =
    invalid === undefined
      ? ` ${upgrades.length === 1 ? 'breaks' : 'break'} ${things(countAnswer(result).breaks)}, ${describeRest(result)}`
      : `: nothing can be concluded: ${firstLine(invalid)}`
  return `${signs[stateOf(result)]} ${upgrades.map(describeVersionChange).join(', ')}${answer}`
}

/** `48 of 50` */
export const countHolding = (outcomes: readonly ClaimOutcome[]): string =>
  `${outcomes.filter(({ verdict }) => verdict === 'holds').length} of ${outcomes.length}`

/** `50 of 50 held before, 48 of 50 hold now` */
export const describeClaimCounts = ({ before, after, fresh }: UpgradeResult['claims']): string =>
  [
    before.length === 0 ? 'none was checked' : `${countHolding(before)} held before`,
    ...(after ? [`${countHolding(after)} hold now`] : []),
    ...(fresh ? [`${countHolding(fresh)} on an empty cluster`] : []),
  ].join(', ')

/** Endpoints, the longest outage first. */
export const byOutage = ({ endpoints }: Traffic) => endpoints.toSorted((a, b) => b.seconds - a.seconds)

/** What became of the numbered lines of all nodes; undefined if they could not be counted. */
export const lineTotals = ({ lines }: Traffic) => (typeof lines === 'string' ? undefined : totalOf(lines))

const olderDocuments = ({ before, after }: Kept): string =>
  typeof after === 'string'
    ? 'older documents not counted'
    : `${Math.max(0, before - after)} of ${before} older documents gone`

const trafficLine = (traffic: Traffic | undefined): string => {
  if (!traffic) return 'the upgrade did not start'
  const totals = lineTotals(traffic)
  const [longest] = byOutage(traffic)
  const [gap] = typeof traffic.gaps === 'string' ? [] : traffic.gaps
  return [
    longest && longest.seconds > 0
      ? `longest outage: ${longest.endpoint} ${inSeconds(longest.seconds)} of ${inSeconds(longest.budget)} allowed`
      : 'no outage',
    totals ? `${totals.lost} log lines lost, ${totals.doubled} doubled` : 'log lines not counted',
    olderDocuments(traffic.documents),
    ...(gap ? [`longest scrape gap: ${gap.job} ${inSeconds(gap.seconds)}`] : []),
  ].join('; ')
}

/** The answer in three lines: the verdict, the counts, and what failed during the upgrade. */
export const answerLines = (result: UpgradeResult): readonly string[] => {
  const { invalid, findings, claims, traffic } = result
  const claimCounts = `claims: ${describeClaimCounts(claims)}`
  return [
    verdictLine(result),
    invalid === undefined ? `${countVerdicts(findings)}; ${claimCounts}` : claimCounts,
    trafficLine(traffic),
  ]
}
