import type { NotChecked } from '../report/notChecked.ts'
import { publishedOutcomes } from '../report/results.ts'
import type { UpgradeResult } from './result.ts'
import { countAnswer, notCheckedOf, stateOf, verdictLine } from './summary.ts'

/** Raised when a field changes its meaning or is removed. */
export const upgradeVersion = 1

/** The content of out/upgrade.json. */
export type UpgradeDocument = Readonly<{
  version: typeof upgradeVersion
  answer: string
  state: ReturnType<typeof stateOf>
  counts: ReturnType<typeof countAnswer>
  notChecked: readonly NotChecked[]
}> &
  Omit<UpgradeResult, 'notChecked'>

export const upgradeDocument = (result: UpgradeResult): UpgradeDocument => {
  const { before, after, fresh } = result.claims
  return {
    version: upgradeVersion,
    answer: verdictLine(result),
    state: stateOf(result),
    counts: countAnswer(result),
    ...result,
    claims: {
      before: publishedOutcomes(before),
      ...(after && { after: publishedOutcomes(after) }),
      ...(fresh && { fresh: publishedOutcomes(fresh) }),
    },
    notChecked: notCheckedOf(result),
  }
}
