import type { Bounds } from './drill.ts'
import type { DrillResult, DrillsResult } from './result.ts'
import { answerLines, isPassed } from './summary.ts'

/** Raised when a field changes its meaning or is removed. */
export const drillsVersion = 1

type Numbers = Omit<Bounds, 'outages' | 'gone'>
type DocumentBounds = Readonly<Record<keyof Numbers, number | 'any'>> &
  Readonly<{ outages: Readonly<Record<string, number>>; gone: readonly string[] }>
export type DrillDocument = Omit<DrillResult, 'bounds'> & Readonly<{ bounds: DocumentBounds }>
/** The content of out/drills.json. */
export type DrillsDocument = Omit<DrillsResult, 'drills'> &
  Readonly<{
    version: typeof drillsVersion
    state: 'passed' | 'failed'
    answer: readonly string[]
    drills: readonly DrillDocument[]
  }>

/** JSON has no infinity. */
const boundsDocument = ({ outages, gone, ...numbers }: Bounds): DocumentBounds => {
  const entries = Object.entries(numbers satisfies Numbers).map(([name, bound]) => [
    name,
    bound === Infinity ? 'any' : bound,
  ])
  return { outages, gone, ...(Object.fromEntries(entries) as Record<keyof Numbers, number | 'any'>) }
}

export const drillsDocument = (result: DrillsResult): DrillsDocument => ({
  version: drillsVersion,
  state: isPassed(result) ? 'passed' : 'failed',
  answer: answerLines(result),
  ...result,
  drills: result.drills.map((drill) => ({ ...drill, bounds: boundsDocument(drill.bounds) })),
})
