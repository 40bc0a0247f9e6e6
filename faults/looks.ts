import { createVitest } from 'vitest/node'
import { claimOutcomes, type ClaimOutcome } from '../report/outcomes.ts'
import type { Run } from '../setup/global.ts'
import { stackNames } from '../setup/stacks.ts'

/** Claims on a cluster that stands: all of them, as often as one likes. */
export type Suite = Readonly<{
  run: Run
  /** One run of all claims: as `npm test` has them, but each is given up on after so many milliseconds. */
  look: (patience: number) => Promise<readonly ClaimOutcome[]>
  /** What the last step of `npm test` does: deletes the cluster, unless it is to be kept. */
  close: () => Promise<void>
}>

/** Sets up what `npm test` sets up, and states the claims once, with their usual limits. */
export const startSuite = async (): Promise<Suite & Readonly<{ outcomes: readonly ClaimOutcome[] }>> => {
  const vitest = await createVitest({ watch: false, reporters: [{}], maxWorkers: 1 })
  const outcomesOf = ({ testModules }: Awaited<ReturnType<typeof vitest.start>>) =>
    claimOutcomes(testModules, stackNames, false)
  const outcomes = outcomesOf(await vitest.start())
  const specifications = await vitest.globTestSpecifications()
  const project = vitest.getRootProject()
  const { run } = project.getProvidedContext()
  return {
    run,
    outcomes,
    look: async (patience) => {
      project.provide('run', { ...run, limits: { ...run.limits, query: patience, logs: patience } })
      return outcomesOf(await vitest.runTestSpecifications(specifications, true))
    },
    close: () => vitest.close(),
  }
}
