import { groupByRootCause, type Difference } from './rootCauses.ts'
import type { Finding } from './findings.ts'
import type { Observation } from './observation.ts'
import { rules } from './rules.ts'

/** Whether any chart or server has changed its version in between. */
const hasVersionChange = (before: Observation, after: Observation): boolean =>
  JSON.stringify([before.kubernetes, before.releases]) !== JSON.stringify([after.kubernetes, after.releases])

/** Every difference by the table of rules; each stands for itself. */
export const differences = (before: Observation, after: Observation): readonly Difference[] => {
  const moved = hasVersionChange(before, after)
  return rules.flatMap((rule) => rule(before, after)).filter((found) => moved || !found.byEvents)
}

/**
 * What is different, and what is as broken as it was. Two observations of a cluster that nobody touched have no
 * difference: what comes and goes with what happens in a running system counts only where a version has changed.
 * @param others what was found out by other means than observing, claims say; it takes part in what explains what
 */
export const compare = (
  before: Observation,
  after: Observation,
  others: readonly Difference[] = [],
): readonly Finding[] => groupByRootCause([...differences(before, after), ...others])
