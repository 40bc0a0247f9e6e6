import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Components } from '../config/components.ts'
import type { Server } from '../config/endpoints.ts'
import { podsOf } from './componentPods.ts'
import { curlOf, describeCause, resetFloodStage } from './remedies.ts'
import type { Cause } from './types.ts'
import { readVectorFiles } from './vectorConfig.ts'

/** The last error in the log of a pod of Vector. */
export type VectorError = Readonly<{ pod: string; line: string }>

/**
 * The text of an error without the parts that differ between pods or tries: time, request, number of events. Of the
 * answer of OpenSearch, it keeps the first reason.
 */
const withoutVariableParts = (line: string): string => {
  const [, kind, id] = /(\w+)\{[^}]*component_id=([^\s}]+)/.exec(line) ?? []
  const text = line
    .replace(/^.*? (?:ERROR|WARN) .*?\w(?:::\w+)+: /, '')
    .replaceAll(/ (?:internal_log_rate_limit|count|encountered_size_so_far)=\w+/g, '')
    // The start of a line that is too long, and the id that OpenSearch gave to a document.
    .replaceAll(/ (?:truncated_bytes|event)=(?:Bytes\()?b"(?:[^"\\]|\\.)*"\)?/g, '')
    .replaceAll(/ in document with id '[^']*'/g, '')
    .replaceAll('\\"', '"')
    .replace(
      / error_code="http_response_200" response=Response \{.*?"error":\{"type":"([^"]+)","reason":"([^"]*)".*$/s,
      ' $1: $2',
    )
    .replace(/\{"error":.*?"type":"([^"]+)","reason":"([^"]+)".*$/s, '$1: $2"')
    .slice(0, 1000)
  return id === undefined ? text : `${kind} ${id}: ${text}`
}

/** The components at the two ends of the log pipeline. */
export type LogComponents = Required<Pick<Components, 'vector' | 'opensearch'>>

/** What to do about what OpenSearch or Vector says when a document is refused. */
const vectorErrorRemedies = (opensearch: Server): readonly (readonly [pattern: RegExp, remedy: string])[] => {
  const { url } = opensearch
  const curl = curlOf(opensearch)
  const blocks = `${url}/logs-*/_settings`
  const put = `${curl} -X PUT -H 'content-type: application/json' -d`
  return [
    [
      /\b401 Unauthorized|http_response_401/,
      'OpenSearch refuses the login of the sink: correct `auth` of the sink in values/vector.yaml; the refused lines are lost',
    ],
    [
      /security_exception/,
      "the user of the sink lacks a permission: correct that user's role in OpenSearch; the refused lines are lost",
    ],
    [
      /Limit of total fields/,
      'the index has as many fields as it may have, and a document with one more is refused: remove fields in transform shape of values/vector.yaml, ' +
        `or raise the limit: \`${put} '{"index.mapping.total_fields.limit":2000}' '${blocks}'\``,
    ],
    [
      /maximum (?:\w+ )?shards open/,
      `delete old indices (\`${curl} '${url}/_cat/indices?v&s=index'\` lists them), or raise cluster.max_shards_per_node`,
    ],
    [
      /mapper_parsing_exception|mapping|strict_dynamic/,
      'the field has another type in the index: give it another name, or always the same type, in transform shape of values/vector.yaml; ' +
        'what was refused is lost',
    ],
    [
      /pipeline with id/,
      '`E2E_KEEP=1 npm test` creates the ingest pipeline again; until then no document is taken',
    ],
    [
      /TOO_MANY_REQUESTS\/12|read-only-allow-delete|read_only_allow_delete/,
      resetFloodStage(opensearch, 'logs-*'),
    ],
    [
      /Failed to gracefully shut ?down/,
      'Vector held lines that it could not send before its pod had to end: raise VECTOR_GRACEFUL_SHUTDOWN_LIMIT_SECS and, beyond it, ' +
        'terminationGracePeriodSeconds in values/vector.yaml; both must outlast request.timeout_secs of the sink',
    ],
    [
      /Not retriable.*(?:unavailable_shards|node_closed|no_shard_available|primary shard is not active|process_cluster_event_timeout)/,
      'OpenSearch was starting or shutting down, and Vector dropped the rejected documents: ' +
        'set `request_retry_partial: true` for the sink, as values/vector.yaml of this harness does, so that Vector retries them',
    ],
    [
      /circuit_breaking|rejected_execution|too many requests|http_response_429/i,
      'OpenSearch has too little memory or too few threads for what it gets: raise opensearchJavaOpts and resources in values/opensearch.yaml',
    ],
    [
      /Found line that exceeds max_merged_line_bytes/,
      'raise max_merged_line_bytes of the source in values/vector.yaml; the line is lost',
    ],
    [
      /Found line that exceeds max_line_bytes/,
      'raise max_line_bytes of the source in values/vector.yaml; the line is lost',
    ],
    [
      /\[_type\]/,
      'set `api_version: v8` for the sink in values/vector.yaml: auto sends _type, which OpenSearch refuses',
    ],
    [
      /cluster_block_exception/,
      `an index is blocked: \`${curl} '${blocks}'\` shows its index.blocks, ` +
        `\`${put} '{"index.blocks.write":null}' '${blocks}'\` removes the block of writes; ` +
        'the refused lines are lost',
    ],
  ]
}

/** The errors of the pods of Vector; the same error of several pods is one. */
export const vectorErrorCauses = (
  errors: readonly VectorError[],
  opensearch: Server,
): readonly Pick<Cause, 'cause' | 'remedy'>[] => {
  const remedies = vectorErrorRemedies(opensearch)
  return [...Map.groupBy(errors, ({ line }) => withoutVariableParts(line))].map(([text, same]) => {
    const [, remedy] = remedies.find(([pattern]) => pattern.test(text)) ?? []
    const cause = `Vector says in ${[...new Set(same.map(({ pod }) => pod))].join(', ')}: ${text}`
    return remedy === undefined ? { cause } : { cause, remedy }
  })
}

export const describeVectorErrors = (errors: readonly VectorError[], opensearch: Server): readonly string[] =>
  vectorErrorCauses(errors, opensearch).map(describeCause)

/** The Service that a host name in the cluster stands for, as `namespace/name`; undefined for any other host. */
const serviceNamed = (host: string, ownNamespace: string): string | undefined => {
  const [, name, namespace = ownNamespace] =
    /^([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+))?(?:\.svc.*)?$/.exec(host) ?? []
  return name === undefined ? undefined : `${namespace}/${name}`
}

/**
 * Where Vector's sinks send to, and whether that Service exists.
 * @param config the files of its ConfigMap
 * @param services as `namespace/name`
 */
export const sinkShortfalls = (
  { vector, opensearch }: LogComponents,
  config: readonly string[],
  services: readonly string[],
): readonly string[] => {
  const urls = config.flatMap((text) => text.match(/https?:\/\/[^\s'"\]]+/g) ?? [])
  return [...new Set(urls)].flatMap((url) => {
    const named = serviceNamed(URL.parse(url)?.hostname ?? '', vector.namespace)
    const sends = `in ConfigMap ${vector.namespace}/${vector.name}, sinks send to ${url}`
    if (named === undefined || services.includes(named)) return [sends]
    return [
      `${sends}, and there is no Service ${named}; the Service of OpenSearch is ${opensearch.namespace}/${opensearch.name}\n` +
        '  remedy: correct endpoints of the sink in values/vector.yaml',
    ]
  })
}

const explainSinks = async (
  kubernetes: Kubernetes,
  components: LogComponents,
): Promise<readonly string[]> => {
  const [config, { items }] = await Promise.all([
    readVectorFiles(kubernetes, components.vector),
    kubernetes.core.listServiceForAllNamespaces(),
  ])
  const services = items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)
  return sinkShortfalls(components, config, services)
}

const lastVectorError = async (
  { core }: Kubernetes,
  namespace: string,
  pod: string,
): Promise<readonly VectorError[]> => {
  const text = await core
    .readNamespacedPodLog({ namespace, name: pod, tailLines: 200 })
    // A container that has not started has no log.
    .catch(() => '')
  const errors = text
    .split('\n')
    .filter((line) => line.includes(' ERROR ') && !line.includes('Internal log ['))
  // These contain OpenSearch's reason; the others say only that something was lost.
  const line =
    errors.findLast((error) => error.includes('Not retriable')) ??
    errors.findLast((error) => error.includes('Response contained errors')) ??
    errors.at(-1)
  return line === undefined ? [] : [{ pod, line }]
}

/** The last error in the log of each pod of Vector, with a remedy if it is known. */
export const vectorErrors = async (
  kubernetes: Kubernetes,
  components: LogComponents,
  server: Server,
): Promise<readonly string[]> => {
  const { vector } = components
  const pods = (await podsOf(kubernetes, vector)).map(({ metadata }) => metadata?.name ?? '')
  const errors = (
    await Promise.all(pods.map((pod) => lastVectorError(kubernetes, vector.namespace, pod)))
  ).flat()
  const unreachable = errors.some(({ line }) => line.includes('error trying to connect'))
  return [
    ...describeVectorErrors(errors, server),
    ...(unreachable ? await explainSinks(kubernetes, components) : []),
  ]
}
