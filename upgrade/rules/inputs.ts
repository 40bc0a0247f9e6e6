import type { Observation } from '../observation.ts'
import { metricsIn } from './common.ts'
import { changedFamilies, seriesChanges } from './series.ts'
import { judgeSideBySide } from './sideBySide.ts'

/** Something that a query reads and that now means something else. */
export type AlteredInput = Readonly<{
  /** The root cause: `record:node:load`. */
  cause: string
  /** The factor by which its values changed, if it is known. */
  ratio?: number
}>

/** Returns a function that finds the altered inputs of a query. */
export const alteredInputs = (
  before: Observation,
  after: Observation,
): ((expr: string) => readonly AlteredInput[]) => {
  const ofSeries = seriesChanges(before, after).map(({ metric, job }) => ({ metric, cause: `series:${job}` }))
  const ofFamilies = changedFamilies(before, after).flatMap(({ family, metrics }) =>
    metrics.map((metric) => ({ metric, cause: `family:${family}` })),
  )
  const ofRules = Object.entries(before.recordingRules).flatMap(([key, { record }]) => {
    const side = after.sideBySide[`value/${key}`]
    if (judgeSideBySide(side).verdict !== 'altered') return []
    return [
      { metric: record, cause: `record:${record}`, ...(side?.ratio !== undefined && { ratio: side.ratio }) },
    ]
  })
  const altered = Map.groupBy<string, AlteredInput & { metric: string }>(
    [...ofSeries, ...ofFamilies, ...ofRules],
    ({ metric }) => metric,
  )
  return (expr) =>
    altered.size === 0 ? [] : metricsIn(expr, before).flatMap((metric) => altered.get(metric) ?? [])
}
