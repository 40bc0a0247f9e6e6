import type { Observation } from '../observation.ts'
import { metricsIn } from './common.ts'
import { changedFamilies, seriesChanges } from './series.ts'
import { judgeSideBySide } from './sideBySide.ts'

/** Returns a function that finds the inputs of a query that now mean something else, as root causes. */
export const alteredInputs = (
  before: Observation,
  after: Observation,
): ((expr: string) => readonly string[]) => {
  const ofSeries = seriesChanges(before, after).map(({ metric, job }) => ({ metric, cause: `series:${job}` }))
  const ofFamilies = changedFamilies(before, after).flatMap(({ family, metrics }) =>
    metrics.map((metric) => ({ metric, cause: `family:${family}` })),
  )
  const ofRules = Object.entries(before.recordingRules).flatMap(([key, { record }]) =>
    judgeSideBySide(after.sideBySide[`value/${key}`]).verdict === 'altered'
      ? [{ metric: record, cause: `record:${record}` }]
      : [],
  )
  const altered = Map.groupBy([...ofSeries, ...ofFamilies, ...ofRules], ({ metric }) => metric)
  return (expr) =>
    altered.size === 0
      ? []
      : metricsIn(expr, before).flatMap((metric) => (altered.get(metric) ?? []).map(({ cause }) => cause))
}
