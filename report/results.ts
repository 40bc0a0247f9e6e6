import type { ClaimOutcome } from '../specs/support/claim.ts'
import { countVerdict } from './checklist.ts'
import { claimsNotRun, type NotChecked } from './notChecked.ts'
import { stateOf, type State } from './page/verdict.ts'
import type { RunResult } from './result.ts'

/** Raised when a field changes its meaning or is removed. */
export const resultsVersion = 1

/** The content of out/results.json. */
export type ResultsDocument = Readonly<{
  version: typeof resultsVersion
  state: State
  counts: Readonly<{ passed: number; failed: number; notRun: number }>
  notChecked: readonly NotChecked[]
}> &
  RunResult

/** Without what else a spec declares about a claim. */
export const publishedOutcomes = (outcomes: readonly ClaimOutcome[]): readonly ClaimOutcome[] =>
  outcomes.map(({ claim: { id, area, sentence, items, needs }, ...outcome }) => ({
    claim: { id, area, sentence, items, needs },
    ...outcome,
  }))

export const resultsDocument = (result: RunResult): ResultsDocument => ({
  version: resultsVersion,
  state: stateOf(result),
  counts: {
    passed: countVerdict(result.outcomes, 'holds'),
    failed: countVerdict(result.outcomes, 'broken'),
    notRun: countVerdict(result.outcomes, 'not run'),
  },
  notChecked: claimsNotRun(result.outcomes),
  ...result,
  outcomes: publishedOutcomes(result.outcomes),
})
