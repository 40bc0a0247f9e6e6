import { expect, test } from 'vitest'
import type { LogDocument } from '../clients/opensearch.ts'
import { formatLine, textOf } from '../manifests/app/numbered-lines.ts'
import { countLines, type WrittenLines } from './lineOracle.ts'

const lines: WrittenLines = {
  node: 'worker',
  pod: 'log-writer-1',
  writer: 'w1',
  after: 100,
  foundBy: 0,
  last: 120,
  begun: 123,
}
const event = Date.UTC(2026, 10, 28)
const text = (line: number, writer = 'w1') =>
  formatLine({ run: 'r1', node: 'worker', writer, line }, `order ${line}`)
/** The document of a message that took so long. */
const arrived = (message: string, ms: number): LogDocument => ({
  '@timestamp': new Date(event).toISOString(),
  message,
  event: { ingested: new Date(event + ms).toISOString() },
})
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)
const counted = { node: 'worker', pod: 'log-writer-1', writer: 'w1', written: 20, found: 20, lost: 0 }
const clean = { doubled: 0, torn: 0, outOfOrder: 0, gaps: [] }

test.each<[string, readonly LogDocument[], object]>([
  [
    'all',
    numbers(101, 120).map((line) => arrived(text(line), 10 * line)),
    { delays: { p50: 1110, p99: 1200, max: 1200 } },
  ],
  ['none', [], { found: 0, lost: 20, gaps: ['101–120'] }],
  [
    'some lost',
    numbers(101, 120)
      .filter((line) => ![103, 110, 111, 120].includes(line))
      .map((line) => arrived(text(line), 1000)),
    { found: 16, lost: 4, gaps: ['103', '110–111', '120'] },
  ],
  [
    'some doubled, one of them from before',
    [...numbers(101, 120), 101, 101, 99].map((line) => arrived(text(line), 1000)),
    { doubled: 3 },
  ],
  [
    'some of before that arrived while it was begun',
    [98, 99, ...numbers(101, 120)].map((line) => arrived(text(line), line < 100 ? -event : 1000)),
    {},
  ],
  [
    'one torn, and one torn that came whole, too',
    [
      ...numbers(102, 120).map((line) => arrived(text(line), 1000)),
      arrived(text(101).slice(0, -2), 1000),
      arrived(text(102).slice(0, -2), 1000),
    ],
    { found: 19, lost: 1, torn: 2, doubled: 1, gaps: ['101'] },
  ],
  [
    'two after a later line, and two at the same time',
    [...numbers(103, 118), 120, 119, 101, 102].map((line, at) => arrived(text(line), at < 18 ? line : 500)),
    { outOfOrder: 2 },
  ],
  [
    'joined into one message',
    [
      arrived(
        numbers(101, 120)
          .map((line) => text(line))
          .join('\n'),
        500,
      ),
    ],
    {},
  ],
  [
    'those after the last one are not missed, and are found if they come',
    [...numbers(101, 120), 122, 200].map((line) => arrived(text(line), 500)),
    { written: 21, found: 21 },
  ],
  [
    'those of another writer do not count',
    [...numbers(101, 120).map((line) => arrived(text(line), 500)), arrived(text(101, 'w2'), 500)],
    {},
  ],
])('%s', async (_, documents, differing) => {
  const [count] = await countLines(documents, [lines])
  expect(count).toMatchObject({ ...counted, ...clean, ...differing })
})

test('a million lines, some of them lost, doubled or torn, are counted exactly', async () => {
  const total = 1_000_000
  const documents = function* () {
    for (let line = 1; line <= total; line += 1) {
      const message = formatLine({ run: 'r1', node: 'worker', writer: 'w1', line }, textOf(line).slice(0, 60))
      if (line % 1000 === 1) continue
      yield arrived(line % 1000 === 2 ? message.slice(0, -1) : message, line % 100)
      if (line % 1000 === 3) yield arrived(message, 100)
    }
  }
  const [count] = await countLines(documents(), [
    { ...lines, after: 0, foundBy: 0, last: total, begun: total },
  ])
  expect(count).toMatchObject({ written: total, found: 998_000, lost: 2000, doubled: 1000, torn: 1000 })
}, 30_000)
