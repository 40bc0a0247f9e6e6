import { Client, errors } from '@opensearch-project/opensearch'
import { NoAnswerError } from './http.ts'

/** A search's `query` clause. */
export type QueryClause = Readonly<Record<string, unknown>>

export type LogDocument = Readonly<{
  /** Missing if the pipeline gives the time of the event another name. */
  '@timestamp'?: string
  message: string
  /** Missing if the pipeline does not know the pod. */
  kubernetes?: Readonly<{
    namespace_name: string
    pod_name: string
    container_name: string
    pod_node_name: string
    labels: Readonly<Record<string, string>>
  }>
}>
export type Hit = Readonly<{ index: string; document: LogDocument }>
export type Shard = Readonly<{
  index: string
  shard: number
  primary: boolean
  state: string
  reason: string
}>

export type Index = Readonly<{
  name: string
  documents: number
  /** Type by path: `kubernetes.pod_name` is a `keyword`. */
  fields: Readonly<Record<string, string>>
}>

export const logIndices = 'logs-*'

type Property = Readonly<{ type?: string; properties?: Properties }>
type Properties = Readonly<Record<string, Property>>
const fieldsOf = (properties: Properties, path = ''): readonly (readonly [string, string])[] =>
  Object.entries(properties).flatMap(([name, { type = 'object', properties: inner }]) =>
    inner ? fieldsOf(inner, `${path}${name}.`) : [[`${path}${name}`, type] as const],
  )

/** Names are keywords: a query for a name finds exactly that name, not every name that contains it as a word. */
const logTemplate = {
  index_patterns: [logIndices],
  priority: 100,
  template: {
    settings: { number_of_shards: 1, number_of_replicas: 1 },
    mappings: {
      dynamic_templates: [
        { labels: { path_match: 'kubernetes.labels.*', mapping: { type: 'keyword' } } },
        { names: { path_match: 'kubernetes.*', match_mapping_type: 'string', mapping: { type: 'keyword' } } },
      ],
      properties: {
        '@timestamp': { type: 'date' },
        message: { type: 'text' },
      },
    },
  },
} as const

const short = (error: unknown, node: string): Error => {
  if (error instanceof errors.ResponseError)
    return new Error(`OpenSearch answered ${error.statusCode}: ${error.message}`)
  if (error instanceof errors.OpenSearchClientError) {
    return new NoAnswerError(node, node, error)
  }
  return error instanceof Error ? error : new Error(String(error))
}

/** A client of OpenSearch and of the logs in it. */
export const connectOpenSearch = (node: string) => {
  // One connection per request, as in http.ts.
  const agent = { keepAlive: false }
  // No retries: waits try again themselves, and see each answer.
  const client = new Client({ node, maxRetries: 0, requestTimeout: 15_000, agent })
  const ask = async <T>(answer: Promise<{ body: unknown }>): Promise<T> => {
    try {
      return (await answer).body as T
    } catch (error) {
      throw short(error, node)
    }
  }
  return {
    version: async () => (await ask<{ version: { number: string } }>(client.info())).version.number,
    putLogTemplate: async () =>
      ask(client.indices.putIndexTemplate({ name: 'logs', body: logTemplate as never })),
    /** The clock of each node in milliseconds since 1970, by its name. */
    clocks: async (): Promise<Readonly<Record<string, number>>> => {
      type Stats = { nodes: Record<string, { name: string; timestamp: number }> }
      const { nodes } = await ask<Stats>(client.nodes.stats({ metric: ['os'] }))
      return Object.fromEntries(Object.values(nodes).map(({ name, timestamp }) => [name, timestamp]))
    },
    health: async () =>
      ask<{ status: string; number_of_nodes: number; unassigned_shards: number }>(client.cluster.health()),
    shards: async (): Promise<readonly Shard[]> => {
      type Row = {
        index: string
        shard: string
        prirep: string
        state: string
        'unassigned.reason': string | null
      }
      const h = ['index', 'shard', 'prirep', 'state', 'unassigned.reason']
      const rows = await ask<Row[]>(client.cat.shards({ format: 'json', h }))
      return rows.map((row) => ({
        index: row.index,
        shard: Number(row.shard),
        primary: row.prirep === 'p',
        state: row.state,
        reason: row['unassigned.reason'] ?? '',
      }))
    },
    /** The deciders that prevent each node from holding an unassigned shard, with their reasons. */
    whyUnassigned: async ({ index, shard, primary }: Shard): Promise<readonly string[]> => {
      type Explanation = {
        node_allocation_decisions?: {
          deciders?: { decider: string; decision: string; explanation: string }[]
        }[]
      }
      const { node_allocation_decisions: nodes = [] } = await ask<Explanation>(
        client.cluster.allocationExplain({ body: { index, shard, primary } }),
      )
      return nodes.flatMap(({ deciders = [] }) =>
        deciders
          .filter(({ decision }) => decision === 'NO')
          .map(({ decider, explanation }) => `${decider}: ${explanation}`),
      )
    },
    /** Every index that is not internal: the number of documents and the type of each field. */
    indices: async (): Promise<readonly Index[]> => {
      type Row = { index: string; 'docs.count': string | null }
      type Mappings = Record<string, { mappings: { properties?: Properties } }>
      const [rows, mappings] = await Promise.all([
        ask<Row[]>(client.cat.indices({ format: 'json', h: ['index', 'docs.count'] })),
        ask<Mappings>(client.indices.getMapping()),
      ])
      return rows.map((row) => ({
        name: row.index,
        documents: Number(row['docs.count'] ?? 0),
        fields: Object.fromEntries(fieldsOf(mappings[row.index]?.mappings.properties ?? {})),
      }))
    },
    /** The number of documents in the logs indices that match a query. */
    countLogs: async (query: QueryClause): Promise<number> =>
      (await ask<{ count: number }>(client.count({ index: logIndices, body: { query } }))).count,
    /** Documents of the logs indices that match a query, in no order; at most 10,000. */
    searchLogs: async (query: QueryClause, size = 1000): Promise<readonly Hit[]> => {
      type Found = { hits: { hits: { _index: string; _source: LogDocument }[] } }
      const { hits } = await ask<Found>(client.search({ index: logIndices, body: { query, size } }))
      return hits.hits.map(({ _index, _source }) => ({ index: _index, document: _source }))
    },
    /** All documents of the logs indices that match a query, with only these fields. */
    allLogs: async (query: QueryClause, fields: readonly string[]): Promise<readonly LogDocument[]> => {
      const body = { query, _source: [...fields] }
      try {
        return await Array.fromAsync(
          client.helpers.scrollDocuments<LogDocument>({ index: logIndices, body, size: 10_000 }),
        )
      } catch (error) {
        throw short(error, node)
      }
    },
    /** The number of documents in the logs indices by value of a keyword field. */
    countLogsBy: async (field: string): Promise<Readonly<Record<string, number>>> => {
      type Found = { aggregations?: { values: { buckets: { key: string; doc_count: number }[] } } }
      const body = { size: 0, aggs: { values: { terms: { field, size: 1000 } } } }
      const { aggregations } = await ask<Found>(client.search({ index: logIndices, body }))
      return Object.fromEntries(
        aggregations?.values.buckets.map(({ key, doc_count }) => [key, doc_count]) ?? [],
      )
    },
  }
}
export type OpenSearch = ReturnType<typeof connectOpenSearch>
