import type { TestCase, TestModule } from 'vitest/node'
import type { StackName } from '../setup/stacks.ts'
import { checklist, notRunReason, type Claim } from '../specs/checklist.ts'

/** What became of a claim. */
export type ClaimOutcome = Readonly<{ claim: Claim }> &
  (
    | Readonly<{ verdict: 'holds'; seconds: number }>
    | Readonly<{ verdict: 'broken'; seconds: number; text: string }>
    | Readonly<{ verdict: 'not run'; reason: string }>
  )

const outcomeOf = (claim: Claim, test: TestCase, stacks: readonly StackName[]): ClaimOutcome => {
  const result = test.result()
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000
  switch (result.state) {
    case 'passed':
      return { claim, verdict: 'holds', seconds }
    case 'failed':
      return {
        claim,
        verdict: 'broken',
        seconds,
        text: result.errors.map(({ message }) => message).join('\n'),
      }
    default:
      return {
        claim,
        verdict: 'not run',
        reason: notRunReason(claim, stacks) ?? 'left out by the command line',
      }
  }
}

/**
 * The outcome of every claim of the checklist, in its order.
 * @param filtered some tests were left out on purpose; otherwise a claim without a test is broken
 */
export const claimOutcomes = (
  modules: readonly TestModule[],
  stacks: readonly StackName[],
  filtered: boolean,
): readonly ClaimOutcome[] => {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  return checklist.map((claim) => {
    const test = tests.find(({ tags }) => tags.includes(claim.id))
    if (test) return outcomeOf(claim, test, stacks)
    return filtered
      ? { claim, verdict: 'not run', reason: 'left out by the command line' }
      : { claim, verdict: 'broken', seconds: 0, text: 'no test states this claim' }
  })
}

/** What went wrong outside of any test: a spec file that cannot be loaded, say. */
export const moduleErrors = (modules: readonly TestModule[]): readonly string[] =>
  modules.flatMap((module) => module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`))
