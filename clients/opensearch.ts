import { Client, errors, type ClientOptions } from '@opensearch-project/opensearch'
import type { Server } from '../config/endpoints.ts'
import { NoAnswerError, tlsOptions } from './http.ts'
import { arrivalPipeline, logIndices, logTemplate, logTemplateName } from './logTemplate.ts'

/** A search's `query` clause. */
export type QueryClause = Readonly<Record<string, unknown>>

export type LogDocument = Readonly<{
  /** Missing if the pipeline gives the time of the event another name. */
  '@timestamp'?: string
  message: string
  /** Missing if it came without the ingest pipeline of the logs. */
  event?: Readonly<{ ingested: string }>
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
export type SearchResult = Readonly<{
  total: number
  hits: readonly Readonly<{ index: string; document: object }>[]
}>
export type Shard = Readonly<{
  index: string
  shard: number
  primary: boolean
  state: string
  reason: string
}>

/** A container that has documents, and the time of the newest one in milliseconds since 1970. */
export type LoggedContainer = Readonly<{
  namespace: string
  pod: string
  container: string
  /** Missing if its documents have no `@timestamp`. */
  newest: number | undefined
}>

/** A document that was on its way from the event to OpenSearch for this long. */
export type Delayed = Readonly<{ ms: number; document: LogDocument }>

export type LogDelays = Readonly<{
  documents: number
  /** Documents without the time of arrival. */
  unknown: number
  /** Milliseconds. */
  p50: number
  p99: number
  slowest: readonly Delayed[]
  /** How many took longer than the bound. */
  late: number
}>

export type IndexTemplate = Readonly<{
  name: string
  index_template: Readonly<{
    index_patterns: readonly string[]
    priority?: number
    data_stream?: object
    template?: Readonly<{ settings?: object; mappings?: object }>
  }>
}>

/** What decides whether and how an index of this name would be created. */
export type NextIndex = Readonly<{
  name: string
  exists: boolean
  /** As the server would create it; without a template, it has neither. */
  simulated: Readonly<{ settings?: object; mappings?: object }>
  templates: readonly IndexTemplate[]
  /** Settings of the cluster by name, with defaults. */
  settings: Readonly<Record<string, string>>
  shards: number
  dataNodes: number
  /** Names of the ingest pipelines. */
  pipelines: readonly string[]
}>

/** Indices by type of a field, for each field. */
export type FieldTypes = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

export type Rejections = Readonly<{
  /** Since the server started: requests of documents that it rejected for want of threads or memory. */
  rejected: number
  /** When the server started, in milliseconds since 1970. */
  startedAt: number
}>

/** Cluster settings, snapshots and ISM policies: what keeps and deletes data. Each by name. */
export type Retention = Readonly<{
  /** Persistent cluster settings, which survive a restart. */
  settings: Readonly<Record<string, unknown>>
  repositories: Readonly<Record<string, unknown>>
  snapshotPolicies: Readonly<Record<string, unknown>>
  statePolicies: Readonly<Record<string, unknown>>
  /** By log index: the ISM policy that manages it. An index without a policy is left out. */
  managedBy: Readonly<Record<string, string>>
}>

export type Index = Readonly<{
  name: string
  documents: number
  /** Type by path: `kubernetes.pod_name` is a `keyword`. */
  fields: Readonly<Record<string, string>>
}>

type Property = Readonly<{ type?: string; properties?: Properties }>
type Properties = Readonly<Record<string, Property>>
const fieldsOf = (properties: Properties, path = ''): readonly (readonly [string, string])[] =>
  Object.entries(properties).flatMap(([name, { type = 'object', properties: inner }]) =>
    inner ? fieldsOf(inner, `${path}${name}.`) : [[`${path}${name}`, type] as const],
  )

/** The types of the fields of a mapping by path. */
export const fieldTypesOf = (mappings: object = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(fieldsOf((mappings as { properties?: Properties }).properties ?? {}))

/** OpenSearch requires a login, or refuses the one that it was given. */
export class RefusedLoginError extends Error {
  override name = 'RefusedLoginError'
}

const short = (error: unknown, node: string): Error => {
  if (error instanceof errors.ResponseError) {
    const text = `OpenSearch answered ${error.statusCode}: ${error.message}`
    return error.statusCode === 401 ? new RefusedLoginError(text) : new Error(text)
  }
  if (error instanceof errors.OpenSearchClientError) {
    return new NoAnswerError(node, node, error)
  }
  return error instanceof Error ? error : new Error(String(error))
}

/** The vendor's client, with the login of the server. */
export const openSearchClient = (server: Server, options: ClientOptions = {}): Client => {
  const { url, user: username, password } = server
  return new Client({
    node: url,
    ssl: tlsOptions(server),
    ...(username !== undefined && password !== undefined && { auth: { username, password } }),
    ...options,
  })
}

// With lines of 20,000 characters among them, a page is a few megabytes.
const scanPage = 5000
const scanPeriodMs = 10_000

/** A client of OpenSearch and of the logs in it. */
export const connectOpenSearch = (server: Server) => {
  const { url: node } = server
  // One connection per request, as in http.ts.
  const agent = { keepAlive: false }
  // No retries: waits try again themselves, and see each answer.
  const client = openSearchClient(server, { maxRetries: 0, requestTimeout: 15_000, agent })
  const ask = async <T>(answer: Promise<{ body: unknown }>): Promise<T> => {
    try {
      return (await answer).body as T
    } catch (error) {
      throw short(error, node)
    }
  }
  /** `none` if OpenSearch answers with one of these statuses: 404 if nothing has the name, even if that is a pattern. */
  const askOr = async <T>(
    none: T,
    answer: Promise<{ body: unknown }>,
    statuses: readonly number[] = [404],
  ): Promise<T> => {
    try {
      return (await answer).body as T
    } catch (error) {
      if (error instanceof errors.ResponseError && statuses.includes(error.statusCode)) return none
      throw short(error, node)
    }
  }
  /**
   * Aggregates by fields. Without our index template, a string is a text field, which cannot be aggregated, with a
   * subfield `keyword`, which can.
   */
  const onKeywords = async <T>(search: (suffix: string) => Promise<T>): Promise<T> => {
    try {
      return await search('')
    } catch (error) {
      if (error instanceof Error && error.message.includes('Text fields are not optimised'))
        return search('.keyword')
      throw error
    }
  }
  /** Undefined if the plugin is not installed, or its index does not exist yet. */
  const askPlugin = <T>(path: string): Promise<T | undefined> =>
    askOr<T | undefined>(undefined, client.transport.request({ method: 'GET', path }), [400, 404, 405])
  return {
    version: async () => (await ask<{ version: { number: string } }>(client.info())).version.number,
    putLogTemplate: async () => {
      await ask(client.ingest.putPipeline({ id: logTemplateName, body: arrivalPipeline as never }))
      await ask(client.indices.putIndexTemplate({ name: logTemplateName, body: logTemplate as never }))
      // A template is for new indices only.
      const body = { index: { default_pipeline: logTemplateName } }
      await ask(client.indices.putSettings({ index: logIndices, body, allow_no_indices: true }))
    },
    /** How many replicas the index template for logs asks for; none if there is no such template. */
    logReplicas: async (): Promise<number> => {
      type Found = { index_templates: IndexTemplate[] }
      const found = client.indices.getIndexTemplate({ name: `${logTemplateName}*` })
      const { index_templates: all } = await askOr<Found>({ index_templates: [] }, found)
      const template = all.find(({ name }) => name === logTemplateName)?.index_template.template
      const { index } = (template?.settings ?? {}) as { index?: { number_of_replicas?: string } }
      return Number(index?.number_of_replicas ?? 0)
    },
    /** The clock of each node in milliseconds since 1970, by its name. */
    clocks: async (): Promise<Readonly<Record<string, number>>> => {
      type Stats = { nodes: Record<string, { name: string; timestamp: number }> }
      const { nodes } = await ask<Stats>(client.nodes.stats({ metric: ['os'] }))
      return Object.fromEntries(Object.values(nodes).map(({ name, timestamp }) => [name, timestamp]))
    },
    health: async () =>
      ask<{
        status: string
        number_of_nodes: number
        number_of_data_nodes: number
        unassigned_shards: number
      }>(client.cluster.health()),
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
    /** How many documents of an index pattern match a query, and the first few. */
    search: async (index: string, query: QueryClause, size: number): Promise<SearchResult> => {
      type Answer = { hits: { total: { value: number }; hits: { _index: string; _source: object }[] } }
      const body = { query, size, track_total_hits: true }
      const { hits } = await ask<Answer>(client.search({ index, body }))
      return {
        total: hits.total.value,
        hits: hits.hits.map(({ _index, _source }) => ({ index: _index, document: _source })),
      }
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
    /**
     * Yields the documents of the logs indices that match a query, in the order of a field with their arrival and with only
     * these fields. It holds one page at a time, and the server sorts only what arrived within a few seconds.
     */
    scanLogs: async function* (
      query: QueryClause,
      fields: readonly string[],
      arrival: string,
    ): AsyncGenerator<LogDocument> {
      type Ends = { aggregations?: Record<'first' | 'last', { value: number | null }> }
      const aggs = { first: { min: { field: arrival } }, last: { max: { field: arrival } } }
      const { aggregations } = await ask<Ends>(
        client.search({ index: logIndices, body: { size: 0, query, aggs } as never }),
      )
      const [first, last] = [aggregations?.first.value ?? Infinity, aggregations?.last.value ?? 0]
      const periods = function* (): Generator<QueryClause> {
        for (let from = first; from <= last; from += scanPeriodMs)
          yield { range: { [arrival]: { gte: from, lt: from + scanPeriodMs, format: 'epoch_millis' } } }
        yield { bool: { must_not: [{ exists: { field: arrival } }] } }
      }
      try {
        for (const period of periods()) {
          const body = {
            query: { bool: { filter: [query, period] } },
            sort: [{ [arrival]: 'asc' }],
            _source: [...fields],
          }
          yield* client.helpers.scrollDocuments<LogDocument>({
            index: logIndices,
            body,
            size: scanPage,
          })
        }
      } catch (error) {
        throw short(error, node)
      }
    },
    /** Every container that has documents in the logs indices; at most 10,000. */
    loggedContainers: async (): Promise<readonly LoggedContainer[]> => {
      type Bucket = {
        key: { namespace: string; pod: string; container: string }
        newest: { value: number | null }
      }
      type Found = { aggregations?: { containers: { buckets: Bucket[] } } }
      const newest = { max: { field: '@timestamp' } }
      const { aggregations } = await onKeywords((suffix) => {
        const source = (name: string, field: string) => ({
          [name]: { terms: { field: `kubernetes.${field}${suffix}` } },
        })
        const sources = [
          source('namespace', 'namespace_name'),
          source('pod', 'pod_name'),
          source('container', 'container_name'),
        ]
        const containers = { composite: { size: 10_000, sources }, aggs: { newest } }
        return ask<Found>(
          client.search({ index: logIndices, body: { size: 0, aggs: { containers } } as never }),
        )
      })
      const buckets = aggregations?.containers.buckets ?? []
      return buckets.map(({ key, newest }) => ({ ...key, newest: newest.value ?? undefined }))
    },
    /** How long the documents that match were on their way until OpenSearch took them. */
    logDelays: async (query: QueryClause, boundMs: number): Promise<LogDelays> => {
      const millis = (field: string) => `doc['${field}'].value.toInstant().toEpochMilli()`
      const script = { source: `${millis('event.ingested')} - ${millis('@timestamp')}` }
      const arrived = { exists: { field: 'event.ingested' } }
      const late = { script: { script: { ...script, source: `${script.source} > ${boundMs}L` } } }
      const body = {
        size: 5,
        query: { bool: { filter: [query, arrived] } },
        sort: [{ _script: { type: 'number', order: 'desc', script } }],
        track_total_hits: true,
        aggs: { ms: { percentiles: { script, percents: [50, 99] } }, late: { filter: late } },
      }
      type Found = {
        hits: { total: { value: number }; hits: { _source: LogDocument; sort: number[] }[] }
        aggregations?: { ms: { values: Record<string, number | null> }; late: { doc_count: number } }
      }
      const without = { bool: { filter: [query], must_not: [arrived] } }
      const [{ hits, aggregations }, unknown] = await Promise.all([
        ask<Found>(client.search({ index: logIndices, body: body as never })),
        ask<{ count: number }>(client.count({ index: logIndices, body: { query: without } })),
      ])
      return {
        documents: hits.total.value,
        unknown: unknown.count,
        p50: aggregations?.ms.values['50.0'] ?? 0,
        p99: aggregations?.ms.values['99.0'] ?? 0,
        slowest: hits.hits.map(({ _source, sort }) => ({ ms: sort[0] ?? 0, document: _source })),
        late: aggregations?.late.doc_count ?? 0,
      }
    },
    nextIndex: async (name: string): Promise<NextIndex> => {
      type Simulated = { template?: NextIndex['simulated'] }
      type Settings = Record<'persistent' | 'transient' | 'defaults', Record<string, string>>
      type Health = Record<
        'active_shards' | 'initializing_shards' | 'unassigned_shards' | 'number_of_data_nodes',
        number
      >
      const [exists, { template = {} }, { index_templates }, all, health, pipelines] = await Promise.all([
        ask<boolean>(client.indices.exists({ index: name })),
        ask<Simulated>(client.indices.simulateIndexTemplate({ name })),
        ask<{ index_templates: IndexTemplate[] }>(client.indices.getIndexTemplate()),
        ask<Settings>(client.cluster.getSettings({ include_defaults: true, flat_settings: true })),
        ask<Health>(client.cluster.health()),
        askOr<Record<string, unknown>>({}, client.ingest.getPipeline()),
      ])
      return {
        name,
        exists,
        simulated: template,
        templates: index_templates,
        settings: { ...all.defaults, ...all.persistent, ...all.transient },
        shards: health.active_shards + health.initializing_shards + health.unassigned_shards,
        dataNodes: health.number_of_data_nodes,
        pipelines: Object.keys(pipelines),
      }
    },
    /** The server's reason for refusing to create an index; where it creates it, the index is deleted at once. */
    refusalToCreate: async (index: string): Promise<string | undefined> => {
      try {
        await client.indices.create({ index, wait_for_active_shards: '0' })
      } catch (error) {
        const { message } = short(error, node)
        return message
      }
      await ask(client.indices.delete({ index }))
      return undefined
    },
    /** The types of every field of the logs indices that is not internal. */
    fieldTypes: async (): Promise<FieldTypes> => {
      type Capabilities = {
        indices: string[]
        fields: Record<string, Record<string, { indices?: string[] }>>
      }
      const { indices, fields } = await ask<Capabilities>(
        client.fieldCaps({ index: logIndices, fields: ['*'] }),
      )
      // The indices of a type are listed only where there are several.
      const own = Object.entries(fields).filter(([field]) => !field.startsWith('_'))
      return Object.fromEntries(
        own.map(([field, types]) => [
          field,
          Object.fromEntries(Object.entries(types).map(([type, one]) => [type, one.indices ?? indices])),
        ]),
      )
    },
    retention: async (): Promise<Retention> => {
      type Settings = { persistent: Record<string, unknown> }
      type SnapshotPolicies = { policies: { sm_policy: { name: string } & Record<string, unknown> }[] }
      type StatePolicies = { policies: { _id: string; policy: unknown }[] }
      const policyId = 'index.plugins.index_state_management.policy_id'
      type Managed = Record<string, { [policyId]?: string | null } | number>
      const [{ persistent }, repositories = {}, snapshots, states, managed = {}] = await Promise.all([
        ask<Settings>(client.cluster.getSettings({ flat_settings: true })),
        askPlugin<Record<string, unknown>>('/_snapshot'),
        askPlugin<SnapshotPolicies>('/_plugins/_sm/policies'),
        askPlugin<StatePolicies>('/_plugins/_ism/policies'),
        askPlugin<Managed>(`/_plugins/_ism/explain/${logIndices}`),
      ])
      return {
        settings: persistent,
        repositories,
        snapshotPolicies: Object.fromEntries(
          (snapshots?.policies ?? []).map(({ sm_policy }) => [sm_policy.name, sm_policy]),
        ),
        statePolicies: Object.fromEntries((states?.policies ?? []).map(({ _id, policy }) => [_id, policy])),
        managedBy: Object.fromEntries(
          Object.entries(managed).flatMap(([index, one]) => {
            const policy = typeof one === 'object' ? one[policyId] : undefined
            return typeof policy === 'string' ? [[index, policy]] : []
          }),
        ),
      }
    },
    rejections: async (): Promise<Rejections> => {
      type Stats = {
        jvm: { timestamp: number; uptime_in_millis: number }
        thread_pool: { write: { rejected: number } }
        indexing_pressure?: { memory: { total: Record<string, number> } }
      }
      const { nodes } = await ask<{ nodes: Record<string, Stats> }>(
        client.nodes.stats({ metric: ['jvm', 'thread_pool', 'indexing_pressure'] }),
      )
      const own = Object.values(nodes).map(({ jvm, thread_pool, indexing_pressure }) => ({
        rejected: Object.entries(indexing_pressure?.memory.total ?? {})
          .filter(([name]) => name.endsWith('_rejections'))
          .reduce((sum, [, count]) => sum + count, thread_pool.write.rejected),
        startedAt: jvm.timestamp - jvm.uptime_in_millis,
      }))
      return {
        rejected: own.reduce((sum, { rejected }) => sum + rejected, 0),
        startedAt: Math.min(...own.map(({ startedAt }) => startedAt)),
      }
    },
    /** Settings of each logs index by name, those that are set. */
    logSettings: async (): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> => {
      type Settings = Record<string, { settings: Record<string, string> }>
      const settings = await ask<Settings>(
        client.indices.getSettings({ index: logIndices, flat_settings: true }),
      )
      return Object.fromEntries(Object.entries(settings).map(([index, one]) => [index, one.settings]))
    },
    /** The number of documents in the logs indices by value of a keyword field. */
    countLogsBy: async (field: string): Promise<Readonly<Record<string, number>>> => {
      type Found = { aggregations?: { values: { buckets: { key: string; doc_count: number }[] } } }
      const { aggregations } = await onKeywords((suffix) => {
        const values = { terms: { field: `${field}${suffix}`, size: 1000 } }
        return ask<Found>(client.search({ index: logIndices, body: { size: 0, aggs: { values } } }))
      })
      return Object.fromEntries(
        aggregations?.values.buckets.map(({ key, doc_count }) => [key, doc_count]) ?? [],
      )
    },
  }
}
export type OpenSearch = ReturnType<typeof connectOpenSearch>
