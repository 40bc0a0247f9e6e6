import type { OpenSearch } from '../clients/opensearch.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { countLines, type LineCount, type WrittenLines } from '../diagnosis/lineOracle.ts'
import { marked } from '../diagnosis/logs.ts'
import { eventually, WaitError } from '../lib/eventually.ts'
import { countOf } from '../lib/messages.ts'
import { readWritten } from './writers.ts'
import { totalOf } from './verdict.ts'

type Clients = Readonly<{ kubernetes: Kubernetes; opensearch: OpenSearch }>

const fields = ['@timestamp', 'message', 'event.ingested']

/** Counts lines by the documents that arrived since a time, in milliseconds since 1970. */
const countSince = (
  { opensearch }: Clients,
  runId: string,
  since: number,
  written: readonly WrittenLines[],
): Promise<readonly LineCount[]> => {
  const arrived = { range: { 'event.ingested': { gte: since, format: 'epoch_millis' } } }
  const query = { bool: { filter: [marked(`e2e-drill=${runId}`), arrived] } }
  return countLines(opensearch.scanLogs(query, fields), written)
}

// Lines are on their way for some seconds.
const recentMs = 30_000

/** Where a count begins: everything up to these lines is found. */
export type Baseline = Readonly<{ since: number; foundBy: number; last: ReadonlyMap<string, number> }>

const nameOf = ({ node, writer }: Pick<WrittenLines, 'node' | 'writer'>) => `${node} ${writer}`

/** Waits until what the writers wrote last is found. */
export const linesSettled = async (
  clients: Clients,
  runId: string,
  rate: number,
  within: number,
): Promise<Baseline> => {
  const since = Date.now()
  const written = await readWritten(clients.kubernetes)
  const lastSecond = written.map((lines) => ({ ...lines, after: Math.max(0, lines.last - rate), foundBy: 0 }))
  await eventually(
    'the lines of the last second are found',
    async () => {
      const lost = totalOf(await countSince(clients, runId, since - recentMs, lastSecond)).lost
      if (lost > 0) throw new Error(`${countOf(lost, 'line')} missing`)
    },
    { within },
  )
  return { since, foundBy: Date.now(), last: new Map(written.map((lines) => [nameOf(lines), lines.begun])) }
}

// Milliseconds between two counts, and how long the number of lost lines must stay the same: Vector waits up to half a
// minute between two tries, but sends newer lines meanwhile.
const everyMs = 2000
const unchangedMs = 20_000

/**
 * Counts until every line that has been written by now is found, or nothing more comes although what was written last has
 * come.
 */
export const linesFound = async (
  clients: Clients,
  runId: string,
  { since, foundBy, last }: Baseline,
  within: number,
): Promise<Readonly<{ lines: readonly LineCount[]; isSettled: boolean }>> => {
  const written = (await readWritten(clients.kubernetes)).map((lines) => ({
    ...lines,
    after: last.get(nameOf(lines)) ?? 0,
    foundBy,
  }))
  const state: { lines: readonly LineCount[]; lost: number; lostSince: number } = {
    lines: [],
    lost: -1,
    lostSince: Date.now(),
  }
  const isComplete = (): boolean => {
    const hasLast = state.lines.every(
      ({ newest, writer, node }) =>
        newest >=
        (written.find((lines) => lines.writer === writer && lines.node === node && lines.last > lines.after)
          ?.last ?? 0),
    )
    return hasLast && Date.now() - state.lostSince > unchangedMs
  }
  const count = async () => {
    state.lines = await countSince(clients, runId, since, written)
    const { lost } = totalOf(state.lines)
    if (lost !== state.lost) state.lostSince = Date.now()
    state.lost = lost
    if (lost > 0 && !isComplete()) throw new Error(`${countOf(lost, 'line')} missing`)
  }
  const isSettled = await eventually('every line that will be found is found', count, {
    within,
    every: everyMs,
  }).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof WaitError)) throw error
      return false
    },
  )
  return {
    lines: state.lines.filter(({ written: own, doubled, torn }) => own + doubled + torn > 0),
    isSettled,
  }
}
