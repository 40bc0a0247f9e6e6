import type { Hit, OpenSearch } from '../setup/clients/opensearch.ts'

/** Lines that carry a marker, as the emitters and the plants write it: `e2e-run=r0123456789`. */
export const marked = (marker: string) => ({ match_phrase: { message: marker } })

/** An emitter's line, as it was written and as it was found. */
export type EmittedLine = Readonly<{ node: string; line: number; hit: Hit }>

// Ten thousand is the most that one search returns; four lines a second are that many after 40 minutes.
const mostHits = 10_000

export const emittedLines = async (
  opensearch: OpenSearch,
  runId: string,
): Promise<readonly EmittedLine[]> => {
  const marker = `e2e-run=${runId}`
  const hits = await opensearch.searchLogs(marked(marker), mostHits)
  return hits.flatMap((hit) => {
    const [, node, line] = /^e2e-run=\w+ node=(\S+) line=(\d+)$/.exec(hit.document.message.trim()) ?? []
    return node === undefined ? [] : [{ node, line: Number(line), hit }]
  })
}

/** What is wrong with the lines of one node: none, gaps, doubles, or the label of another node. */
export const lineShortfalls = (node: string, lines: readonly EmittedLine[]): readonly string[] => {
  const own = lines.filter((one) => one.node === node)
  if (own.length === 0) return [`no line of this run from node ${node}`]
  const numbers = own.map(({ line }) => line)
  const last = Math.max(...numbers)
  const seen = new Set(numbers)
  const lost = Array.from({ length: last }, (_, index) => index + 1).filter((line) => !seen.has(line))
  const labels = new Set(
    own.map(({ hit }) => hit.document.kubernetes.pod_node_name).filter((label) => label !== node),
  )
  return [
    ...(lost.length > 0
      ? [`node ${node}: of ${last} lines ${lost.length} are missing: ${lost.slice(0, 10).join(', ')}`]
      : []),
    ...(seen.size < numbers.length
      ? [`node ${node}: ${numbers.length - seen.size} lines are there twice`]
      : []),
    ...[...labels].map((label) => `node ${node}: its lines are labelled with node ${label}`),
  ]
}
