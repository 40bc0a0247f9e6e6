import { expect, test } from 'vitest'
import { UsageError } from '../upgrade/arguments.ts'
import { readArguments } from './arguments.ts'
import { drills } from './table.ts'

test('all drills at 50 lines per second, or some at another rate', () => {
  expect(readArguments([])).toMatchObject({ chosen: drills, rate: 50, seed: expect.any(Number) })
  const { chosen, ...others } = readArguments(['--rate', '5', 'worker-drained', 'vector-killed', '--seed=3'])
  expect(chosen.map(({ name }) => name)).toEqual(['vector-killed', 'worker-drained'])
  expect(others).toEqual({ rate: 5, seed: 3 })
})

test('every mistake is reported at once', () => {
  const refused = () => readArguments(['nobody', '--rate', '0', '--seed', 'x'])
  expect(refused).toThrow(UsageError)
  expect(refused).toThrow(/^there is no drill nobody\n--rate 0: .*\n--seed x: .*\nusage: /)
  expect(() => readArguments(['--no'])).toThrow(/'--no'[^]*\nusage: /)
})

test('each drill has a name of its own, and says why it cannot promise more', () => {
  expect(new Set(drills.map(({ name }) => name)).size).toBe(drills.length)
  for (const { holds, why } of drills) for (const text of [holds, why]) expect(text).toMatch(/\.$/)
})
