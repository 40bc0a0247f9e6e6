import { expect, test } from 'vitest'
import { describeUndecided } from './claimsStep.ts'

test.each([
  [48, ['vector-nodes', 'logs-shape'], '48 of 50 decided, waiting for: vector-nodes, logs-shape'],
  [45, ['a', 'b', 'c', 'd', 'e'], '45 of 50 decided, waiting for: a, b, c and 2 more'],
  [50, [], '50 of 50 decided'],
])('%d claims are decided, undecided: %j', (decided, ids, text) => {
  expect(describeUndecided(decided, 50, new Set(ids))).toBe(text)
})
