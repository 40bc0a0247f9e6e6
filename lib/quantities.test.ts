import { expect, test } from 'vitest'
import { quantityOf } from './quantities.ts'

test.each([
  ['2', 2],
  ['100m', 0.1],
  ['512Mi', 536_870_912],
  ['24684092Ki', 25_276_510_208],
  ['1.5G', 1.5e9],
  ['1e3', 1000],
  ['', NaN],
  ['lots', NaN],
])('%s is %d', (text, value) => {
  expect(quantityOf(text)).toBe(value)
})
