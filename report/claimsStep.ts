import type { Wait } from '../lib/progress.ts'
import type { StepTimings } from '../lib/steps.ts'
import { few } from '../lib/messages.ts'

/** `31 of 50 decided, waiting for: vector-nodes, logs-shape, logs-event-time and 16 more` */
export const describeUndecided = (decided: number, total: number, undecided: ReadonlySet<string>): string => {
  const ids = [...undecided]
  const names = ids.length > 0 ? `, waiting for: ${few(ids)}` : ''
  return `${decided} of ${total} decided${names}`
}

/** All claims as one step of the run, which shows the undecided ones. */
export const startClaims = (timings: StepTimings, total: number) => {
  const undecided = new Set<string>()
  const ended = Promise.withResolvers<undefined>()
  let decided = 0
  let wait: Wait | undefined
  const update = () => {
    if (wait) wait.lacks = describeUndecided(decided, total, undecided)
  }
  const step = timings
    .step('claims', (own) => {
      wait = own
      return ended.promise
    })
    // The line of the step shows the failure.
    .catch(() => {})
  return {
    begun: (id: string) => {
      undecided.add(id)
      update()
    },
    decided: (id: string) => {
      undecided.delete(id)
      decided += 1
      update()
    },
    /** Ends the step, which fails if there is a failure. */
    end: (failure?: string): Promise<void> => {
      if (failure === undefined) ended.resolve(undefined)
      else ended.reject(new Error(failure))
      return step
    },
  }
}

export type ClaimsStep = ReturnType<typeof startClaims>
