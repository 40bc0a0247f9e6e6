import { expect, test } from 'vitest'
import { checklist } from '../specs/support/checklist.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { claimDifferences } from './claims.ts'
import { findingsAbout, groupByRootCause } from './rootCauses.ts'

test('claims that were not tried since a stack did not come up follow from its failed upgrade', () => {
  const outcomes: readonly ClaimOutcome[] = checklist.slice(0, 2).map((claim) => ({
    claim,
    verdict: 'broken',
    seconds: 0,
    text: 'vector did not come up: DaemonSet/vector in monitoring is ready: gave up',
  }))
  const findings = groupByRootCause([
    // Its name is in the text, too.
    findingsAbout('object/vector', 'object:vector')('new', 'high', 'a volume is another', 'set it'),
    findingsAbout('helm/vector', 'helm:vector')('new', 'high', 'could not be upgraded', 'mend it'),
    ...claimDifferences(outcomes),
  ])
  expect(findings.map(({ id, consequences }) => [id, consequences.length])).toEqual(
    expect.arrayContaining([
      ['helm/vector', 2],
      ['object/vector', 0],
    ]),
  )
})
