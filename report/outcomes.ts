import { stripVTControlCharacters } from 'node:util'
import type { TestCase, TestModule } from 'vitest/node'
import { checklist } from '../specs/support/checklist.ts'
import { figuresType, notRunReason, type ClaimOutcome, type DeclaredClaim } from '../specs/support/claim.ts'

/** What decides which claims are run. */
type Selected = Parameters<typeof notRunReason>[1]

const leftOut = 'not selected by the command line'

const figuresOf = (test: TestCase): Readonly<{ figures?: string }> => {
  const figures = test.annotations().find(({ type }) => type === figuresType)?.message
  return figures === undefined ? {} : { figures }
}

const outcomeOf = (claim: DeclaredClaim, test: TestCase, run: Selected): ClaimOutcome => {
  const result = test.result()
  const { spec } = test.meta()
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000
  const broken = (text: string): ClaimOutcome => ({
    claim,
    verdict: 'broken',
    seconds,
    // The text may quote a coloured log.
    text: stripVTControlCharacters(text),
    ...(spec && { spec }),
  })
  switch (result.state) {
    case 'passed':
      return { claim, verdict: 'holds', seconds, ...figuresOf(test) }
    case 'failed':
      return broken(result.errors.map(({ message }) => message).join('\n'))
    case 'skipped':
      return { claim, verdict: 'not run', reason: notRunReason(claim, run) ?? leftOut }
    case 'pending':
      return broken('its test did not finish')
  }
}

/**
 * The outcome of every claim, in the order of the checklist.
 * @param filtered the command line selects tests; otherwise a claim without a test is broken
 * @param interruptedBy the signal that ended the run; claims without a result by then are not run
 */
export const claimOutcomes = (
  modules: readonly TestModule[],
  run: Selected,
  filtered: boolean,
  interruptedBy?: string,
): readonly ClaimOutcome[] => {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  return checklist.map((claim) => {
    const test = tests.find(({ tags }) => tags.includes(claim.id))
    if (interruptedBy !== undefined && (!test || test.result().state === 'pending'))
      return { claim, verdict: 'not run', reason: `interrupted by ${interruptedBy}` }
    if (test) return outcomeOf(claim, test, run)
    return filtered
      ? { claim, verdict: 'not run', reason: leftOut }
      : { claim, verdict: 'broken', seconds: 0, text: 'no test checks this claim' }
  })
}

/** Errors outside of any test, such as a spec file that cannot be loaded. */
export const moduleErrors = (modules: readonly TestModule[]): readonly string[] =>
  modules.flatMap((module) => module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`))
