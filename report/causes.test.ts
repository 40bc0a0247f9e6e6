import { expect, test } from 'vitest'
import { mostProbableCause } from './causes.ts'
import type { ClaimOutcome } from './outcomes.ts'

const claim = (id: string) => ({ area: 'cluster', id, sentence: `${id} is well`, items: [], needs: [] })
const broken = (id: string): ClaimOutcome => ({
  claim: claim(id),
  verdict: 'broken',
  seconds: 1,
  text: `${id} is not`,
})
const outcomes: readonly ClaimOutcome[] = [
  { claim: claim('nodes'), verdict: 'holds', seconds: 1 },
  { claim: claim('pods'), verdict: 'not run', reason: 'left out' },
  broken('prometheus'),
  broken('app'),
]

test('the first broken claim of the checklist is the most probable cause', () => {
  expect(mostProbableCause(outcomes, [])).toEqual({ claim: claim('prometheus'), text: 'prometheus is not' })
})

test('an error outside of claims comes before them', () => {
  expect(mostProbableCause(outcomes, ['app.spec.ts cannot be loaded', 'another'])).toEqual({
    text: 'app.spec.ts cannot be loaded',
  })
})

test('nothing is the cause where nothing is broken', () => {
  expect(mostProbableCause(outcomes.slice(0, 2), [])).toBeUndefined()
})
