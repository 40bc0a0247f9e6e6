import type { Kubernetes } from '../clients/kubernetes.ts'
import { endpoints } from '../config/endpoints.ts'

export const vectorPods = async ({ core }: Kubernetes) =>
  (await core.listNamespacedPod({ namespace: 'monitoring', labelSelector: 'app.kubernetes.io/name=vector' }))
    .items

/** The last error in the log of a pod of Vector. */
export type VectorError = Readonly<{ pod: string; line: string }>

/**
 * The text of an error without the parts that differ between pods or tries: time, request, number of events. Of the
 * answer of OpenSearch, it keeps the first reason.
 */
const withoutVariableParts = (line: string): string => {
  const [, kind, id] = /(\w+)\{[^}]*component_id=([^\s}]+)/.exec(line) ?? []
  const text = line
    .replace(/^.*? ERROR .*?\w(?:::\w+)+: /, '')
    .replaceAll(/ (?:internal_log_rate_limit|count)=\w+/g, '')
    .replaceAll('\\"', '"')
    .replace(/\{"error":.*?"type":"([^"]+)","reason":"([^"]+)".*$/s, '$1: $2"')
    .slice(0, 1000)
  return id === undefined ? text : `${kind} ${id}: ${text}`
}

const blocks = `${endpoints.opensearch}/logs-*/_settings`
const vectorErrorRemedies: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /\[_type\]/,
    'set `api_version: v8` for the sink in values/vector.yaml: auto sends _type, which OpenSearch refuses',
  ],
  [
    /cluster_block_exception/,
    `an index is blocked: \`curl '${blocks}'\` shows its index.blocks, ` +
      `\`curl -X PUT -H 'content-type: application/json' -d '{"index.blocks.write":null}' '${blocks}'\` removes the block of writes; ` +
      'the refused lines are lost',
  ],
]

/** The errors of the pods of Vector; the same error of several pods is one text. */
export const describeVectorErrors = (errors: readonly VectorError[]): readonly string[] =>
  [...Map.groupBy(errors, ({ line }) => withoutVariableParts(line))].map(([text, same]) => {
    const [, remedy] = vectorErrorRemedies.find(([pattern]) => pattern.test(text)) ?? []
    const error = `Vector says in ${same.map(({ pod }) => pod).join(', ')}: ${text}`
    return remedy === undefined ? error : `${error}\n  remedy: ${remedy}`
  })

/** The Service that a host name in the cluster stands for, as `namespace/name`; undefined for any other host. */
const serviceNamed = (host: string): string | undefined => {
  const [, name, namespace = 'monitoring'] =
    /^([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+))?(?:\.svc.*)?$/.exec(host) ?? []
  return name === undefined ? undefined : `${namespace}/${name}`
}

/**
 * Where Vector's sinks send to, and whether that Service exists.
 * @param config the files of its ConfigMap
 * @param services as `namespace/name`
 */
export const sinkShortfalls = (config: readonly string[], services: readonly string[]): readonly string[] => {
  const urls = config.flatMap((text) => text.match(/https?:\/\/[^\s'"\]]+/g) ?? [])
  return [...new Set(urls)].flatMap((url) => {
    const named = serviceNamed(URL.parse(url)?.hostname ?? '')
    const sends = `in ConfigMap monitoring/vector, sinks send to ${url}`
    if (named === undefined || services.includes(named)) return [sends]
    return [
      `${sends}, and there is no Service ${named}; the Service of OpenSearch is monitoring/opensearch-cluster-master\n` +
        '  remedy: correct endpoints of the sink in values/vector.yaml',
    ]
  })
}

const explainSinks = async ({ core }: Kubernetes): Promise<readonly string[]> => {
  const [{ data = {} }, { items }] = await Promise.all([
    core.readNamespacedConfigMap({ namespace: 'monitoring', name: 'vector' }),
    core.listServiceForAllNamespaces(),
  ])
  const services = items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)
  return sinkShortfalls(Object.values(data), services)
}

const lastVectorError = async ({ core }: Kubernetes, pod: string): Promise<readonly VectorError[]> => {
  const text = await core
    .readNamespacedPodLog({ namespace: 'monitoring', name: pod, tailLines: 200 })
    // A container that has not started has no log.
    .catch(() => '')
  const errors = text.split('\n').filter((line) => line.includes(' ERROR '))
  // This error contains OpenSearch's reason; the others say only that something was lost.
  const line = errors.findLast((error) => error.includes('Not retriable')) ?? errors.at(-1)
  return line === undefined ? [] : [{ pod, line }]
}

/** The last error in the log of each pod of Vector, with a remedy if it is known. */
export const vectorErrors = async (kubernetes: Kubernetes): Promise<readonly string[]> => {
  const pods = (await vectorPods(kubernetes)).map(({ metadata }) => metadata?.name ?? '')
  const errors = (await Promise.all(pods.map((pod) => lastVectorError(kubernetes, pod)))).flat()
  const unreachable = errors.some(({ line }) => line.includes('error trying to connect'))
  return [...describeVectorErrors(errors), ...(unreachable ? await explainSinks(kubernetes) : [])]
}
