import type { Kubernetes } from '../clients/kubernetes.ts'
import type { OpenSearch } from '../clients/opensearch.ts'
import { countLines, totalOf, type LineCount, type WrittenLines } from '../diagnosis/lineOracle.ts'
import { marked } from '../diagnosis/logs.ts'
import { eventually, WaitError } from '../lib/eventually.ts'
import { countOf } from '../lib/messages.ts'
import { readWritten } from '../setup/logWriters.ts'

/** Where the lines of a run are written and searched. */
export type LineSource = Readonly<{
  kubernetes: Kubernetes
  opensearch: OpenSearch
  runId: string
  /** The namespace of the writers; that of `startWriters` by default. */
  namespace?: string
  /** The field that tells how new a document is; our ingest pipeline adds `event.ingested`, but not every cluster has it. */
  timeField: 'event.ingested' | '@timestamp'
}>

/** Lines that each node writes during an upgrade. */
export const linesPerSecond = 10

const fields = ['@timestamp', 'message', 'event.ingested']

/** Counts lines by the documents that arrived since a time, in milliseconds since 1970. */
const countSince = (
  { opensearch, runId, timeField }: LineSource,
  since: number,
  written: readonly WrittenLines[],
): Promise<readonly LineCount[]> => {
  const arrived = { range: { [timeField]: { gte: since, format: 'epoch_millis' } } }
  const query = { bool: { filter: [marked(`e2e-drill=${runId}`), arrived] } }
  return countLines(opensearch.scanLogs(query, fields, timeField), written)
}

/** Where a count begins: everything up to the last line of each writer is found. */
export type Baseline = Readonly<{ since: number; foundBy: number; last: ReadonlyMap<string, number> }>

const nameOf = ({ node, writer }: Pick<WrittenLines, 'node' | 'writer'>) => `${node} ${writer}`

// A line takes some seconds to arrive.
const recentMs = 30_000

/** Those that still write: a pod lists the writers that ran in it one after another. */
const currentWriters = <T extends Readonly<{ pod: string }>>(writers: readonly T[]): readonly T[] =>
  writers.filter(({ pod }, index) => writers[index + 1]?.pod !== pod)

/** Waits until the lines that the writers have just written are found. */
export const linesSettled = async (source: LineSource, rate: number, within: number): Promise<Baseline> => {
  const since = Date.now()
  const written = await readWritten(source.kubernetes, source.runId, source.namespace)
  const lastSecond = currentWriters(written).map((lines) => ({
    ...lines,
    after: Math.max(0, lines.last - rate),
    foundBy: 0,
  }))
  await eventually(
    'the lines of the last second are found',
    async () => {
      const { lost } = totalOf(await countSince(source, since - recentMs, lastSecond))
      if (lost > 0) throw new Error(`${countOf(lost, 'line')} missing`)
    },
    { within },
  )
  const last = new Map(written.map((lines) => [nameOf(lines), lines.begun]))
  return { since, foundBy: Date.now(), last }
}

/** Returns a function that counts what has become of the lines from the baseline until now. */
export const lineCounter = async (
  source: LineSource,
  { since, foundBy, last }: Baseline,
): Promise<() => Promise<readonly LineCount[]>> => {
  const all = await readWritten(source.kubernetes, source.runId, source.namespace)
  const written = all.map((lines) => ({ ...lines, after: last.get(nameOf(lines)) ?? 0, foundBy }))
  const isConcerned = (count: LineCount) => count.written + count.doubled + count.torn > 0
  return async () => (await countSince(source, since, written)).filter(isConcerned)
}

// Milliseconds between two counts, and for how long nothing more must come: Vector waits up to half a minute between two
// tries, but sends newer lines meanwhile.
const everyMs = 2000
const unchangedMs = 20_000

/** Whether the newest line of each pod has come. A writer that was killed may have lost its last one for good. */
const newestFound = (lines: readonly LineCount[]): boolean =>
  currentWriters(lines).every(({ newest, last, written }) => written === 0 || newest >= last)

/**
 * Counts until every line is found, or until nothing more comes although the newest lines have come.
 * @returns the last count, and whether either happened within the time
 */
export const linesFound = async (
  count: () => Promise<readonly LineCount[]>,
  within: number,
): Promise<Readonly<{ lines: readonly LineCount[]; isSettled: boolean }>> => {
  const state: { lines: readonly LineCount[]; lost: number; since: number } = {
    lines: [],
    lost: -1,
    since: Date.now(),
  }
  const isSettled = await eventually(
    'every line that was written is found',
    async () => {
      state.lines = await count()
      const { lost } = totalOf(state.lines)
      if (lost !== state.lost) Object.assign(state, { lost, since: Date.now() })
      const isOver = newestFound(state.lines) && Date.now() - state.since > unchangedMs
      if (lost > 0 && !isOver) throw new Error(`${countOf(lost, 'line')} missing`)
    },
    { within, every: everyMs },
  ).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof WaitError)) throw error
      return false
    },
  )
  return { lines: state.lines, isSettled }
}
