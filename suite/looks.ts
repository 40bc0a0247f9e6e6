import { createVitest } from 'vitest/node'
import { claimOutcomes, type ClaimOutcome } from '../report/outcomes.ts'
import type { Run } from '../setup/global.ts'
import { stackNames, type Releases } from '../setup/stacks.ts'

/** Claims on a cluster that stands: all of them, as often as one likes. */
export type Suite = Readonly<{
  run: Run
  /** One run of all claims as `npm test` has them, with what is different now of the run that the specs know. */
  look: (changes?: Partial<Run>) => Promise<readonly ClaimOutcome[]>
  /** What the last step of `npm test` does: deletes the cluster, unless it is to be kept. */
  close: () => Promise<void>
}>

/**
 * Sets up what `npm test` sets up, and states the claims once.
 * @param releases other versions than the pinned ones
 */
export const startSuite = async (
  releases: Releases = {},
): Promise<Suite & Readonly<{ outcomes: readonly ClaimOutcome[] }>> => {
  const vitest = await createVitest({
    watch: false,
    reporters: [{}],
    include: ['suite/claims.spec.ts'],
    maxWorkers: 1,
    provide: { releases },
  })
  const outcomesOf = ({ testModules }: Awaited<ReturnType<typeof vitest.start>>) =>
    claimOutcomes(testModules, stackNames, false)
  const outcomes = outcomesOf(await vitest.start())
  const specifications = await vitest.globTestSpecifications()
  const project = vitest.getRootProject()
  const { run } = project.getProvidedContext()
  return {
    run,
    outcomes,
    look: async (changes) => {
      project.provide('run', { ...run, ...changes })
      return outcomesOf(await vitest.runTestSpecifications(specifications, true))
    },
    close: () => vitest.close(),
  }
}
