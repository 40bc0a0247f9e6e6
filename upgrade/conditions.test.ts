import { expect, test } from 'vitest'
import { canonicalQuery } from '../lib/promql.ts'
import { conditionsOf, describeThreshold, distanceQuery } from './conditions.ts'
import { without } from './structuralDiff.ts'

test.each([
  ['100 * avg by (job) (1 - up) > 10', [{ operator: '>', value: 10 }]],
  [
    'a > (14.4 * 0.01) and b{x=">1"} <= 1e3 or -1 < c',
    [
      { operator: '>', value: 0.144 },
      { operator: '<=', value: 1000 },
      { operator: '<', value: 0 },
    ],
  ],
  ['a == bool 1', []],
  ['kube_spec > kube_available', [{ operator: '>', value: 0 }]],
  ['a > 0.5 * b', [{ operator: '>', value: 0 }]],
  ['vector(1)', []],
])('the thresholds of %s', (expr, thresholds) => {
  const found = conditionsOf(expr).thresholds
  expect(found.map(({ operator, value }) => ({ operator, value: Number(value.toFixed(6)) }))).toEqual(
    thresholds,
  )
})

test('expressions that differ in white space, operators and thresholds have the same skeleton', () => {
  const { skeleton } = conditionsOf('a{x="1"}\n  > 0.9 # much\n')
  expect(conditionsOf('a{x="1"} > (2 ^ 3)').skeleton).toBe(skeleton)
  expect(conditionsOf('a{x="1"} <= 0.9').skeleton).toBe(skeleton)
  expect(conditionsOf('a{x="1"} > b').skeleton).not.toBe(skeleton)
  expect(conditionsOf('a{x="2"} > 0.9').skeleton).not.toBe(skeleton)
})

test.each([
  ['a > 0.9', 'a'],
  ['a{x="=1"} != 0 and b > 2', 'a{x="=1"} and b'],
  ['a > on (x) group_left () b + c and d', 'a - on (x) group_left () (b + c) and d'],
  ['a < on (x) group_left b', 'a - on (x) group_left () (b)'],
  ['absent(up{job="k"} == 1)', '(up{job="k"})'],
  ['a > bool 1', 'a > bool 1'],
  ['a >= b', 'a - (b)'],
])('how near %s is to firing', (expr, query) => {
  expect(canonicalQuery(distanceQuery(expr))).toBe(canonicalQuery(query))
})

test('a condition that only one of the two expressions has is kept', () => {
  const [old, now] = ['a > 1', 'a > 1 and b > 2'].map((expr) => conditionsOf(expr).thresholds)
  const added = without(now ?? [], old ?? [], describeThreshold)
  expect(added).toEqual([{ operator: '>', value: 2 }])
  expect(canonicalQuery(distanceQuery('a > 1 and b > 2', added))).toBe('a and b > 2')
})
