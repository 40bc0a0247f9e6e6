import type { NotChecked } from '../report/notChecked.ts'
import { groupByRootCause, type Difference } from './rootCauses.ts'
import type { Finding } from './findings.ts'
import type { Observation } from './observation.ts'
import { rules } from './rules.ts'

/** Whether any chart or server changed its version. */
const hasVersionChange = (before: Observation, after: Observation): boolean =>
  JSON.stringify([before.kubernetes, before.releases]) !== JSON.stringify([after.kubernetes, after.releases])

/** What either observation lacks, so that it cannot be compared. */
export const notObservedIn = (before: Observation, after: Observation): readonly NotChecked[] => {
  const all = [before, after].flatMap(({ notObserved = [] }) => notObserved)
  return [...new Map(all.map((one) => [`${one.what} ${one.why}`, one])).values()]
}

/** Every difference, without root causes. Events in a running cluster count only if a version changed. */
export const differences = (before: Observation, after: Observation): readonly Difference[] => {
  const hasChanged = hasVersionChange(before, after)
  return rules.flatMap((rule) => rule(before, after)).filter((found) => hasChanged || !found.byEvents)
}

/**
 * Every difference, grouped by root cause.
 * @param others differences found by other means, such as claims; they can be causes and consequences too
 */
export const compare = (
  before: Observation,
  after: Observation,
  others: readonly Difference[] = [],
): readonly Finding[] => groupByRootCause([...differences(before, after), ...others])
