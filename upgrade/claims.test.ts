import { expect, test } from 'vitest'
import { checklist } from '../specs/support/checklist.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { claimDifferences, lastSeen } from './claims.ts'
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

test.each([
  ['it holds: not so after 3.0 s (3 tries)\n    last: two of three\n    before: one', 'two of three'],
  [
    'it holds: not so after 3.0 s\n  last: of 10 kinds:\n          pods: 0 of 30\n',
    'of 10 kinds: pods: 0 of 30',
  ],
  ['a bug\n  at line 3', 'a bug'],
])('what was seen last, in one line', (text, seen) => expect(lastSeen(text)).toBe(seen))
