import { afterEach, expect, test, vi } from 'vitest'
import type { LineCount } from '../diagnosis/lineOracle.ts'
import { exampleLine } from './exampleResults.ts'
import { linesFound } from './lines.ts'

afterEach(() => void vi.useRealTimers())

const lossy: LineCount = { ...exampleLine, found: 3997, lost: 3 }
const ended: LineCount = { ...lossy, writer: 'w0', newest: 10 }

test.each<[string, readonly (readonly LineCount[])[], boolean, number]>([
  ['all come', [[lossy], [lossy], [exampleLine]], true, 5],
  ['the newest have come, and others do not', [[lossy]], true, 30],
  ['not even the newest come', [[{ ...lossy, newest: 4199 }]], false, 61],
  ['nobody waits for the newest of a writer that has ended', [[ended, exampleLine]], true, 30],
])('%s', async (_, counts, isSettled, seconds) => {
  vi.useFakeTimers()
  const left = [...counts]
  const count = async () => (left.length > 1 ? left.shift() : left[0]) ?? []
  const result = linesFound(count, 60_000)
  const over = vi.fn()
  void result.then(over)
  await vi.advanceTimersByTimeAsync(seconds * 1000)
  expect(over).toHaveBeenCalledWith({ lines: counts.at(-1), isSettled })
})
