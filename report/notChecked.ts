import { countOf, few, firstLine } from '../lib/messages.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'

/** Something that a report says nothing about, and why. */
export type NotChecked = Readonly<{ what: string; why: string }>

/** Claims that were not run. */
export const claimsNotRun = (outcomes: readonly ClaimOutcome[]): readonly NotChecked[] =>
  outcomes.flatMap((outcome) =>
    outcome.verdict === 'not run' ? [{ what: `claim ${outcome.claim.id}`, why: outcome.reason }] : [],
  )

/** What was not checked, by reason. */
export const byReason = (
  entries: readonly NotChecked[],
): readonly Readonly<{ why: string; whats: readonly string[] }>[] =>
  [...Map.groupBy(entries, ({ why }) => why)].map(([why, group]) => ({
    why,
    whats: group.map(({ what }) => what),
  }))

export const notCheckedTitle = 'What was not checked'
const shownReasons = 3

/** For the console: how much, and the first few by reason. */
export const describeNotChecked = (entries: readonly NotChecked[]): readonly string[] => {
  const reasons = byReason(entries)
  const others = reasons.slice(shownReasons)
  return entries.length === 0
    ? []
    : [
        `${notCheckedTitle}: ${countOf(entries.length, 'thing')}`,
        ...reasons
          .slice(0, shownReasons)
          .map(({ why, whats }) => `  - ${firstLine(why)}: ${few(whats, 3, '; ')}`),
        ...(others.length === 0 ? [] : [`  - and ${others.flatMap(({ whats }) => whats).length} more`]),
        '',
      ]
}
