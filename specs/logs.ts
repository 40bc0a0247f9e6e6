import type { Kubernetes } from '../setup/clients/kubernetes.ts'
import type { LogDocument, OpenSearch } from '../setup/clients/opensearch.ts'

/** Lines that carry a marker, as the emitters and the plants write it: `e2e-run=r0123456789`. */
export const marked = (marker: string) => ({ match_phrase: { message: marker } })

/** An emitter's line, as it was written and as it was found. */
export type EmittedLine = Readonly<{ node: string; line: number; document: LogDocument }>

const linePattern = /^e2e-run=\w+ node=(\S+) line=(\d+)$/

export const emittedLines = async (
  opensearch: OpenSearch,
  runId: string,
): Promise<readonly EmittedLine[]> => {
  const fields = ['@timestamp', 'message', 'kubernetes.pod_node_name']
  const documents = await opensearch.allLogs(marked(`e2e-run=${runId}`), fields)
  return documents.flatMap((document) => {
    const [, node, line] = linePattern.exec(document.message.trim()) ?? []
    return node === undefined ? [] : [{ node, line: Number(line), document }]
  })
}

/**
 * How many lines the emitter of each node has written by now, from the logs of its pods.
 * @throws Error for an emitter that has written nothing: on a kept cluster the last run's may not have gone yet
 */
export const writtenLines = async (
  { core }: Kubernetes,
  runId: string,
): Promise<ReadonlyMap<string, number>> => {
  const namespace = 'default'
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=log-emitter' })
  const last = await Promise.all(
    items.map(async ({ metadata, spec }) => {
      const name = metadata?.name ?? ''
      const text = (await core.readNamespacedPodLog({ namespace, name, tailLines: 1 })).trim()
      if (!text.startsWith(`e2e-run=${runId} `))
        throw new Error(`Pod ${namespace}/${name} has written nothing`)
      return [spec?.nodeName ?? '', Number(linePattern.exec(text)?.[2] ?? 0)] as const
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
  const labels = new Set(own.map(({ document }) => document.kubernetes?.pod_node_name))
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
    ...[...labels].map(
      (label) =>
        `node ${node}: its lines are labelled with ${label === undefined ? 'no node' : `node ${label}`}`,
    ),
  ]
}
