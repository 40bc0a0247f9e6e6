import type { Claim } from '../specs/checklist.ts'
import type { ClaimOutcome } from './outcomes.ts'

/** Where to begin: the claim that is broken, and its text; no claim where the error is outside of any. */
export type Cause = Readonly<{ claim?: Claim; text: string }>

/**
 * An error outside of claims, or else the first claim that is broken: the checklist is in the order of dependency, so
 * what comes later is more often a consequence of what comes before than the other way round.
 * @param outcomes in the order of the checklist
 * @returns undefined where nothing is broken
 */
export const mostProbableCause = (
  outcomes: readonly ClaimOutcome[],
  errors: readonly string[],
): Cause | undefined => {
  const [error] = errors
  if (error !== undefined) return { text: error }
  const first = outcomes.find((outcome) => outcome.verdict === 'broken')
  return first && { claim: first.claim, text: first.text }
}
