import { stripVTControlCharacters } from 'node:util'
import type { TestCase, TestModule } from 'vitest/node'
import type { StackName } from '../config/stacks.ts'
import { checklist } from '../specs/support/checklist.ts'
import { notRunReason, type Claim, type ClaimOutcome, type SpecLine } from '../specs/support/claim.ts'

const leftOut = 'left out by the command line'

/** Known since vitest.config.ts has vitest keep the locations of tests. */
const specOf = ({ module, location }: TestCase): Readonly<{ spec?: SpecLine }> =>
  location ? { spec: { file: module.relativeModuleId, line: location.line } } : {}

const outcomeOf = (claim: Claim, test: TestCase, stacks: readonly StackName[]): ClaimOutcome => {
  const result = test.result()
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000
  const broken = (text: string): ClaimOutcome => ({
    claim,
    verdict: 'broken',
    seconds,
    // A program's log, which may be a part of it, has colours.
    text: stripVTControlCharacters(text),
    ...specOf(test),
  })
  switch (result.state) {
    case 'passed':
      return { claim, verdict: 'holds', seconds }
    case 'failed':
      return broken(result.errors.map(({ message }) => message).join('\n'))
    case 'skipped':
      return { claim, verdict: 'not run', reason: notRunReason(claim, stacks) ?? leftOut }
    case 'pending':
      return broken('its test did not come to an end')
  }
}

/**
 * The outcome of every claim of the checklist, in its order.
 * @param filtered some tests were left out on purpose; otherwise a claim without a test is broken
 * @param interruptedBy the signal that cut the run short: what has no result by then is not run
 */
export const claimOutcomes = (
  modules: readonly TestModule[],
  stacks: readonly StackName[],
  filtered: boolean,
  interruptedBy?: string,
): readonly ClaimOutcome[] => {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  return checklist.map((claim) => {
    const test = tests.find(({ tags }) => tags.includes(claim.id))
    if (interruptedBy !== undefined && (!test || test.result().state === 'pending'))
      return { claim, verdict: 'not run', reason: `interrupted by ${interruptedBy}` }
    if (test) return outcomeOf(claim, test, stacks)
    return filtered
      ? { claim, verdict: 'not run', reason: leftOut }
      : { claim, verdict: 'broken', seconds: 0, text: 'no test states this claim' }
  })
}

/** What went wrong outside of any test: a spec file that cannot be loaded, say. */
export const moduleErrors = (modules: readonly TestModule[]): readonly string[] =>
  modules.flatMap((module) => module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`))
