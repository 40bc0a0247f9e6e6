import type { StepTimings } from '../lib/steps.ts'
import type { Wait } from '../lib/progress.ts'

/** `31 of 50 decided, waiting for: vector-nodes, logs-shape, logs-event-time and 16 more` */
export const describeUndecided = (decided: number, total: number, undecided: ReadonlySet<string>): string => {
  const ids = [...undecided]
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : ''
  const names = ids.length > 0 ? `, waiting for: ${ids.slice(0, 3).join(', ')}${more}` : ''
  return `${decided} of ${total} decided${names}`
}

/** All claims as one step of the run, which says while it lasts which are undecided. */
export type ClaimsStep = Readonly<{
  begun: (id: string) => void
  decided: (id: string) => void
  /** Ends the step; with a reason where not all is well. */
  end: (failure?: string) => Promise<void>
}>

export const startClaims = (timings: StepTimings, total: number): ClaimsStep => {
  const undecided = new Set<string>()
  const ended = Promise.withResolvers<undefined>()
  let decided = 0
  let wait: Wait | undefined
  const tell = () => {
    if (wait) wait.lacks = describeUndecided(decided, total, undecided)
  }
  const step = timings
    .step('claims', (own) => {
      wait = own
      return ended.promise
    })
    // It is told in the step's line.
    .catch(() => {})
  return {
    begun: (id) => {
      undecided.add(id)
      tell()
    },
    decided: (id) => {
      undecided.delete(id)
      decided += 1
      tell()
    },
    end: (failure) => {
      if (failure === undefined) ended.resolve(undefined)
      else ended.reject(new Error(failure))
      return step
    },
  }
}
