import { expect, test } from 'vitest'
import { isClose, median } from './numbers.ts'

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
  [[], NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})

test('values within a tenth of each other are close', () => {
  expect(isClose(10, 9)).toBe(true)
  expect(isClose(10, 8.9)).toBe(false)
  expect(isClose(0, 0)).toBe(true)
  expect(isClose(1, -1)).toBe(false)
})
