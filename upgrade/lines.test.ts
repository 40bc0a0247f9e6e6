import { afterEach, expect, test, vi } from 'vitest'
import type { LineCount } from '../diagnosis/lineOracle.ts'
import { formatLine } from '../manifests/app/numbered-lines.ts'
import { exampleLine } from './exampleResults.ts'
import { linesFound, linesSettled, type LineSource } from './lines.ts'

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

test('the lines of a writer that has ended were found, or are lost for good: nobody waits for them', async () => {
  const pod = { metadata: { namespace: 'default', name: 'w' }, spec: { nodeName: 'worker' } }
  const written = [
    { writer: 'w0', last: 90, begun: 100 },
    { writer: 'w1', last: 3, begun: 3 },
  ]
  const source = {
    kubernetes: {
      core: { listNamespacedPod: async () => ({ items: [pod] }) },
      get: async () => ({ run: 'r1', written }),
    },
    opensearch: {
      scanLogs: async function* () {
        for (const line of [1, 2, 3])
          yield { message: formatLine({ run: 'r1', node: 'worker', writer: 'w1', line }, 'order') }
      },
    },
    runId: 'r1',
    timeField: 'event.ingested',
  } as unknown as LineSource
  const { last } = await linesSettled(source, 10, 1000)
  expect([...last]).toEqual([
    ['worker w0', 100],
    ['worker w1', 3],
  ])
})
