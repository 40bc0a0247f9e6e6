import type { ClaimOutcome } from '../../specs/support/claim.ts'
import { countOf } from '../../lib/messages.ts'
import { countVerdicts, type Verdict } from '../findings.ts'
import { hasRegressions, type Kept, type VersionChange, type Traffic, type UpgradeResult } from '../result.ts'

export const describeVersionChange = ({ chart, from, to }: VersionChange): string =>
  `${chart} ${from} → ${to}`

/** `12 s`, `12.4 s` */
export const inSeconds = (value: number): string => `${Math.round(value * 10) / 10} s`

export const findingsOf = ({ findings }: Pick<UpgradeResult, 'findings'>, verdict: Verdict) =>
  findings.filter((finding) => finding.verdict === verdict)

export type State = 'passed' | 'failed' | 'invalid'
export const stateOf = (result: UpgradeResult): State =>
  result.invalid !== undefined ? 'invalid' : hasRegressions(result) ? 'failed' : 'passed'

const signs = { passed: '✓', failed: '✗', invalid: '?' } as const

/** `nothing`, `1 thing`, `4 things` */
export const brokenThings = (result: UpgradeResult): string => {
  const { length } = findingsOf(result, 'new')
  return length === 0 ? 'nothing' : countOf(length, 'thing')
}

const verdictLine = (result: UpgradeResult): string => {
  const upgrades = result.upgrades.map(describeVersionChange).join(', ')
  const state = stateOf(result)
  const answer =
    result.invalid === undefined
      ? ` ${result.upgrades.length === 1 ? 'breaks' : 'break'} ${brokenThings(result)}`
      : `: nothing can be concluded: ${result.invalid.split('\n', 1)[0]}`
  return `${signs[state]} ${upgrades}${answer}`
}

/** `48 of 50` */
export const countHolding = (outcomes: readonly ClaimOutcome[]): string =>
  `${outcomes.filter(({ verdict }) => verdict === 'holds').length} of ${outcomes.length}`

/** `50 of 50 held before, 48 of 50 hold now` */
export const describeClaimCounts = ({ before, after, fresh }: UpgradeResult['claims']): string =>
  [
    before.length === 0 ? 'none was looked at' : `${countHolding(before)} held before`,
    ...(after ? [`${countHolding(after)} hold now`] : []),
    ...(fresh ? [`${countHolding(fresh)} on an empty cluster`] : []),
  ].join(', ')

const countsLine = (result: UpgradeResult): string => {
  const claims = `claims: ${describeClaimCounts(result.claims)}`
  return result.invalid === undefined ? `${countVerdicts(result.findings)}; ${claims}` : claims
}

/** Endpoints, the one that was away for longest first. */
export const byOutage = ({ endpoints }: Traffic) => endpoints.toSorted((a, b) => b.seconds - a.seconds)
/** The longest gap first; none where they could not be counted. */
export const byGap = ({ gaps }: Traffic) =>
  typeof gaps === 'string' ? [] : gaps.toSorted((a, b) => b.seconds - a.seconds)

/** How many numbered lines of all nodes were lost and doubled; undefined where they could not be counted. */
export const lineTotals = ({ lines }: Traffic) =>
  typeof lines === 'string'
    ? undefined
    : {
        lost: lines.reduce((sum, { lost }) => sum + lost, 0),
        doubled: lines.reduce((sum, { doubled }) => sum + doubled, 0),
      }

const olderDocuments = ({ before, after }: Kept): string =>
  typeof after === 'string'
    ? 'older documents not counted'
    : `${Math.max(0, before - after)} of ${before} older documents gone`

const trafficLine = (traffic: Traffic | undefined): string => {
  if (!traffic) return 'no upgrade was begun'
  const totals = lineTotals(traffic)
  const [longest] = byOutage(traffic)
  const [gap] = byGap(traffic)
  return [
    longest && longest.seconds > 0
      ? `longest outage: ${longest.endpoint} ${inSeconds(longest.seconds)} of ${inSeconds(longest.budget)} allowed`
      : 'no outage',
    totals ? `${totals.lost} log lines lost, ${totals.doubled} doubled` : 'log lines not counted',
    olderDocuments(traffic.documents),
    ...(gap ? [`longest scrape gap: ${gap.job} ${inSeconds(gap.seconds)}`] : []),
  ].join('; ')
}

/** What breaks, how much of it, and how the upgrade went: the answer in three lines. */
export const answerLines = (result: UpgradeResult): readonly [string, string, string] => [
  verdictLine(result),
  countsLine(result),
  trafficLine(result.traffic),
]
