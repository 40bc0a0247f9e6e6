import type { Kubernetes } from '../clients/kubernetes.ts'
import type { LogDocument, OpenSearch } from '../clients/opensearch.ts'
import { countOf } from '../lib/messages.ts'

/** Lines with a marker of the emitters or of the sample logs: `e2e-run=r0123456789`. */
export const marked = (marker: string) => ({ match_phrase: { message: marker } })

/** A line of an emitter, and the document in which it was found. */
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
 * How many lines the emitter of each node has written so far, from the logs of the pods.
 * @throws Error if an emitter has written nothing: on a kept cluster, the pod of the previous run may still be there
 */
export const writtenLines = async (
  { core }: Kubernetes,
  runId: string,
): Promise<ReadonlyMap<string, number>> => {
  const labelSelector = 'app=log-emitter,app.kubernetes.io/part-of=observability-e2e'
  const { items } = await core.listPodForAllNamespaces({ labelSelector })
  const last = await Promise.all(
    items.map(async ({ metadata, spec }) => {
      const { namespace = '', name = '' } = metadata ?? {}
      const text = (await core.readNamespacedPodLog({ namespace, name, tailLines: 1 })).trim()
      if (!text.startsWith(`e2e-run=${runId} `))
        throw new Error(`Pod ${namespace}/${name} has written nothing`)
      return [spec?.nodeName ?? '', Number(linePattern.exec(text)?.[2] ?? 0)] as const
    }),
  )
  return new Map(last)
}

/** What is wrong with the first `written` lines of a node: lost, found twice, or labelled with another node. */
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
      ? [`node ${node}: ${countOf(numbers.length - seen.size, 'line')} found twice`]
      : []),
    ...[...labels].map(
      (label) =>
        `node ${node}: its lines are labelled with ${label === undefined ? 'no node' : `node ${label}`}`,
    ),
  ]
}

/** A document, and the expected values of its fields, by path. */
export type ExpectedDocument = Readonly<{
  id: string
  document: LogDocument
  expected: Readonly<Record<string, string | RegExp>>
}>

/** The fields of a document by path, for example `kubernetes.labels.app`. */
const fieldsOf = (object: object, path = ''): readonly (readonly [field: string, value: string])[] =>
  Object.entries(object as Record<string, unknown>).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? fieldsOf(value, `${path}${key}.`)
      : [[`${path}${key}`, String(value)] as const],
  )

/** The fields beside a missing one: it may have another name. */
const siblingsOf = (field: string, fields: readonly string[]): string => {
  const parent = field.slice(0, field.lastIndexOf('.') + 1)
  const within = fields.filter((one) => one.startsWith(parent))
  const depth = within.length > 0 ? parent.split('.').length : 1
  const names = (within.length > 0 ? within : fields).map((one) => one.split('.').slice(0, depth).join('.'))
  return [...new Set(names)].sort().join(', ')
}

const fieldRemedy = (field: string) =>
  field === '@timestamp'
    ? 'log_schema.timestamp_key of values/vector.yaml sets its name'
    : 'transform shape of values/vector.yaml creates it'

/** Fields that documents lack or that have another value: one text per field, however many documents it concerns. */
export const fieldShortfalls = (documents: readonly ExpectedDocument[]): readonly string[] => {
  const seen = documents.flatMap(({ id, document, expected }) => {
    const fields = new Map(fieldsOf(document))
    return Object.entries(expected).flatMap(([field, wanted]) => {
      const value = fields.get(field)
      if (value === undefined) return [{ field, lacking: true, what: siblingsOf(field, [...fields.keys()]) }]
      const fits = wanted instanceof RegExp ? wanted.test(value) : value === wanted
      return fits ? [] : [{ field, lacking: false, what: `${id} has ${value}, not ${String(wanted)}` }]
    })
  })
  return [...Map.groupBy(seen, ({ field, lacking }) => `${field} ${lacking}`).values()].flatMap((same) => {
    const [first] = same
    if (!first) return []
    const { field, lacking, what } = first
    const one = same.length === 1
    const shortfall = lacking
      ? `${one ? 'lacks' : 'lack'} ${field}; ${one ? 'it has' : 'they have'}: ${what}`
      : `${one ? 'has' : 'have'} a wrong ${field}: ${what}`
    return [`${countOf(same.length, 'document')} ${shortfall}\n  remedy: ${fieldRemedy(field)}`]
  })
}
