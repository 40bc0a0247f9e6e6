import type { Kubernetes } from '../setup/clients/kubernetes.ts'
import type { Hit, OpenSearch } from '../setup/clients/opensearch.ts'

/** Lines that carry a marker, as the emitters and the plants write it: `e2e-run=r0123456789`. */
export const marked = (marker: string) => ({ match_phrase: { message: marker } })

/** An emitter's line, as it was written and as it was found. */
export type EmittedLine = Readonly<{ node: string; line: number; hit: Hit }>

const linePattern = /^e2e-run=\w+ node=(\S+) line=(\d+)$/

// Ten thousand is the most that one search returns; four lines a second are that many after 40 minutes.
const mostHits = 10_000

export const emittedLines = async (
  opensearch: OpenSearch,
  runId: string,
): Promise<readonly EmittedLine[]> => {
  const marker = `e2e-run=${runId}`
  const hits = await opensearch.searchLogs(marked(marker), mostHits)
  return hits.flatMap((hit) => {
    const [, node, line] = linePattern.exec(hit.document.message.trim()) ?? []
    return node === undefined ? [] : [{ node, line: Number(line), hit }]
  })
}

/** How many lines the emitter of each node has written by now, from the logs of its pods. */
export const writtenLines = async ({ core }: Kubernetes): Promise<ReadonlyMap<string, number>> => {
  const namespace = 'default'
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=log-emitter' })
  const last = await Promise.all(
    items.map(async ({ metadata, spec }) => {
      const name = metadata?.name ?? ''
      const text = await core.readNamespacedPodLog({ namespace, name, tailLines: 1 })
      return [spec?.nodeName ?? '', Number(linePattern.exec(text.trim())?.[2] ?? 0)] as const
    }),
  )
  return new Map(last)
}

/** What is wrong with the first `written` lines of a node: lost, doubled, or labelled with another node. */
export const lineShortfalls = (
  node: string,
  written: number,
  lines: readonly EmittedLine[],
): readonly string[] => {
  const own = lines.filter((one) => one.node === node)
  if (own.length === 0) return [`node ${node}: none of the ${written} lines of this run is found`]
  const numbers = own.map(({ line }) => line)
  const seen = new Set(numbers)
  const lost = Array.from({ length: written }, (_, index) => index + 1).filter((line) => !seen.has(line))
  const labels = new Set(own.map(({ hit }) => hit.document.kubernetes.pod_node_name))
  labels.delete(node)
  return [
    ...(lost.length > 0
      ? [`node ${node}: ${lost.length} of ${written} lines are not found, the first is line ${lost[0]}`]
      : []),
    ...(seen.size < numbers.length
      ? [
          `node ${node}: ${numbers.length - seen.size} ${numbers.length - seen.size === 1 ? 'line is' : 'lines are'} there twice`,
        ]
      : []),
    ...[...labels].map((label) => `node ${node}: its lines are labelled with node ${label}`),
  ]
}

export const vectorPods = async ({ core }: Kubernetes) =>
  (await core.listNamespacedPod({ namespace: 'monitoring', labelSelector: 'app.kubernetes.io/name=vector' }))
    .items

/** What Vector itself complains about, newest last. */
export const vectorComplaints = async (kubernetes: Kubernetes): Promise<readonly string[]> => {
  const pods = await vectorPods(kubernetes)
  const logs = await Promise.all(
    pods.map(({ metadata }) =>
      kubernetes.core
        .readNamespacedPodLog({ namespace: 'monitoring', name: metadata?.name ?? '', tailLines: 200 })
        // A container that has not started has no log.
        .catch(() => '')
        .then((text) => text.split('\n').filter((line) => line.includes(' ERROR ')))
        // This one has OpenSearch's reason; those around it say only that something was lost.
        .then((lines) => lines.findLast((line) => line.includes('Not retriable')) ?? lines.at(-1))
        .then((line) => (line ? [`Pod ${metadata?.name} says: ${line.slice(0, 1000)}`] : [])),
    ),
  )
  return logs.flat()
}
