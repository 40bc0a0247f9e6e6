import type { LogDocument } from '../clients/opensearch.ts'
import { parseLine } from '../manifests/app/numbered-lines.ts'

/** The lines of one writer to look for. */
export type WrittenLines = Readonly<{
  node: string
  pod: string
  writer: string
  /** All up to this line had been found at this time, in milliseconds since 1970: they are not counted again. */
  after: number
  foundBy: number
  /** The last line that it certainly wrote. */
  last: number
  /** The last line that it may have written. */
  begun: number
}>

/** What became of the lines of one writer: `written` is `found` + `lost`. */
export type LineCount = Readonly<{
  node: string
  pod: string
  writer: string
  written: number
  /** Lines of which there is a whole document. */
  found: number
  lost: number
  /** Documents beyond the first of their line. */
  doubled: number
  /** Documents whose checksum differs. */
  torn: number
  /** Lines that arrived after a later line of their writer. */
  outOfOrder: number
  /** The number of its last line, and the highest of which there is a document. */
  last: number
  newest: number
  /** Milliseconds from the event until OpenSearch took it; absent if no document says so. */
  delays?: Delays
  /** The first lost numbers, as ranges: `17–20`. */
  gaps: readonly string[]
}>
export type Delays = Readonly<{ p50: number; p99: number; max: number }>

// Numbers are kept as bits: ten million lines take two megabytes.
const createBits = (size: number) => {
  const bytes = new Uint8Array(Math.ceil(size / 8))
  const has = (index: number) => ((bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
  const add = (index: number) => {
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7))
  }
  return { has, add }
}

// Milliseconds of one step of the histogram, and steps: ten minutes in all.
const step = 10
const steps = 60_000

const createDelays = () => {
  const counts = new Uint32Array(steps)
  const state = { total: 0, max: 0 }
  const add = (ms: number) => {
    const index = Math.min(Math.max(Math.floor(ms / step), 0), steps - 1)
    counts[index] = (counts[index] ?? 0) + 1
    state.total += 1
    state.max = Math.max(state.max, ms)
  }
  const percentile = (share: number) => {
    let left = state.total * share
    const index = counts.findIndex((count) => (left -= count) <= 0)
    return Math.min((index + 1) * step, state.max)
  }
  const summary = (): Delays | undefined =>
    state.total === 0 ? undefined : { p50: percentile(0.5), p99: percentile(0.99), max: state.max }
  return { add, summary }
}

const mostGaps = 5

const createCounter = ({ node, pod, writer, after, foundBy, last, begun }: WrittenLines) => {
  const [seen, whole] = [createBits(begun - after), createBits(begun - after)]
  const delays = createDelays()
  const state = { doubled: 0, torn: 0, outOfOrder: 0, newest: 0, newestBefore: 0, at: 0 }

  /** Lines that arrived at the same time have no order. */
  const checkOrder = (line: number, at: number) => {
    if (at > state.at) state.newestBefore = state.newest
    state.at = at
    if (line < state.newestBefore) state.outOfOrder += 1
  }

  const add = (line: number, isWhole: boolean, { '@timestamp': event, event: arrival }: LogDocument) => {
    // Written after the count began.
    if (line > begun) return
    const at = arrival === undefined ? undefined : Date.parse(arrival.ingested)
    const index = line - after - 1
    if (index < 0 && (at ?? 0) <= foundBy) return
    if (!isWhole) state.torn += 1
    if (index >= 0 && isWhole) whole.add(index)
    if (index < 0 || seen.has(index)) {
      state.doubled += 1
      return
    }
    seen.add(index)
    if (at !== undefined) checkOrder(line, at)
    state.newest = Math.max(state.newest, line)
    if (event !== undefined && at !== undefined) delays.add(at - Date.parse(event))
  }

  const summary = (): LineCount => {
    const gaps: [from: number, to: number][] = []
    let [lost, uncertain] = [0, 0]
    for (let line = after + 1; line <= begun; line += 1) {
      if (whole.has(line - after - 1)) continue
      if (line > last) {
        uncertain += 1
        continue
      }
      lost += 1
      const current = gaps.at(-1)
      if (current?.[1] === line - 1) current[1] = line
      else if (gaps.length < mostGaps) gaps.push([line, line])
    }
    const written = begun - after - uncertain
    const { doubled, torn, outOfOrder, newest } = state
    const measured = delays.summary()
    return {
      node,
      pod,
      writer,
      written,
      found: written - lost,
      lost,
      doubled,
      torn,
      outOfOrder,
      last,
      newest,
      ...(measured && { delays: measured }),
      gaps: gaps.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)),
    }
  }
  return { add, summary }
}

/**
 * Counts exactly what became of written lines, with two bits of memory for each.
 * @param documents in the order of their arrival
 */
export const countLines = async (
  documents: AsyncIterable<LogDocument> | Iterable<LogDocument>,
  written: readonly WrittenLines[],
): Promise<readonly LineCount[]> => {
  const counters = new Map(written.map((lines) => [lines.writer + lines.node, createCounter(lines)]))
  for await (const document of documents) {
    // A pipeline may join the lines of a stack trace.
    for (const text of document.message.split('\n')) {
      const read = parseLine(text)
      if (read) counters.get(read.writer + read.node)?.add(read.line, read.whole, document)
    }
  }
  return [...counters.values()].map(({ summary }) => summary())
}

const sum = (lines: readonly LineCount[], of: (count: LineCount) => number) =>
  lines.reduce((total, count) => total + of(count), 0)

/** The counts of all writers together. */
export const totalOf = (lines: readonly LineCount[]) => ({
  written: sum(lines, ({ written }) => written),
  found: sum(lines, ({ found }) => found),
  lost: sum(lines, ({ lost }) => lost),
  doubled: sum(lines, ({ doubled }) => doubled),
  torn: sum(lines, ({ torn }) => torn),
  outOfOrder: sum(lines, ({ outOfOrder }) => outOfOrder),
})
