import { expect, test } from 'vitest'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { checklist } from '../specs/support/checklist.ts'
import { validatorOf } from '../tests/jsonSchema.ts'
import { extreme, green, interrupted, mixed, red, reused } from './examples.ts'
import { resultsDocument } from './results.ts'

const refusedBy = await validatorOf('schemas/results.schema.json')

const declared = checklist.map((claim): ClaimOutcome => ({ claim, verdict: 'holds', seconds: 1 }))

// `green` is a recorded run, the others are made from it.
test.each(
  Object.entries({
    green,
    red,
    interrupted,
    reused,
    extreme,
    mixed: { ...green, outcomes: mixed },
    'of the declared claims': { ...green, outcomes: declared },
  }),
)('the results of the run %s fit the JSON Schema', (_, result) => {
  expect(refusedBy(resultsDocument(result))).toEqual([])
})

test('a field that is missing or unknown does not fit', () => {
  const { state, ...others } = resultsDocument(green)
  expect(refusedBy(others)).toEqual([": must have required property 'state'"])
  expect(refusedBy({ ...others, state, extra: 1 })).toEqual([': must NOT have additional properties'])
  expect(refusedBy({ ...others, state: 'good' })).not.toEqual([])
})

test('the document begins with its version and the result', () => {
  const { version, state, counts, notChecked } = resultsDocument(interrupted)
  expect([version, state, counts.passed, counts.failed]).toEqual([1, 'interrupted', 0, 0])
  expect(notChecked).toHaveLength(counts.notRun)
  expect(notChecked[0]).toEqual({ what: 'claim cluster-nodes', why: 'interrupted by SIGINT' })
  expect(Object.keys(resultsDocument(green)).slice(0, 4)).toEqual([
    'version',
    'state',
    'counts',
    'notChecked',
  ])
})
