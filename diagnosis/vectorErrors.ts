import type { Kubernetes } from '../clients/kubernetes.ts'
import { endpoints } from '../config/endpoints.ts'

export const vectorPods = async ({ core }: Kubernetes) =>
  (await core.listNamespacedPod({ namespace: 'monitoring', labelSelector: 'app.kubernetes.io/name=vector' }))
    .items

/** The last error in the log of a pod of Vector. */
export type VectorError = Readonly<{ pod: string; line: string }>

/**
 * What an error says, without what differs from one pod or one try to the next: the time, the request, how many events.
 * Of OpenSearch's answer it keeps the first reason.
 */
const withoutVariableParts = (line: string): string => {
  const [, kind, id] = /(\w+)\{[^}]*component_id=([^\s}]+)/.exec(line) ?? []
  const said = line
    .replace(/^.*? ERROR .*?\w(?:::\w+)+: /, '')
    .replaceAll(/ (?:internal_log_rate_limit|count)=\w+/g, '')
    .replaceAll('\\"', '"')
    .replace(/\{"error":.*?"type":"([^"]+)","reason":"([^"]+)".*$/s, '$1: $2"')
    .slice(0, 1000)
  return id === undefined ? said : `${kind} ${id}: ${said}`
}

const blocks = `${endpoints.opensearch}/logs-*/_settings`
const vectorErrorRemedies: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /\[_type\]/,
    'set `api_version: v8` for the sink in values/vector.yaml: auto sends _type, which OpenSearch refuses',
  ],
  [
    /cluster_block_exception/,
    `an index takes no documents: \`curl '${blocks}'\` has its index.blocks, ` +
      `\`curl -X PUT -H 'content-type: application/json' -d '{"index.blocks.write":null}' '${blocks}'\` lifts that of writes; ` +
      'what was refused is lost',
  ],
]

/** What the pods of Vector complain of, those that say the same together. */
export const describeVectorErrors = (complaints: readonly VectorError[]): readonly string[] =>
  [...Map.groupBy(complaints, ({ line }) => withoutVariableParts(line))].map(([text, same]) => {
    const [, remedy] = vectorErrorRemedies.find(([pattern]) => pattern.test(text)) ?? []
    const said = `Vector says in ${same.map(({ pod }) => pod).join(', ')}: ${text}`
    return remedy === undefined ? said : `${said}\n  remedy: ${remedy}`
  })

/** The Service that a host within the cluster is, `name` or `name.namespace` of its name; undefined of any other host. */
const serviceNamed = (host: string): string | undefined => {
  const [, name, namespace = 'monitoring'] =
    /^([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+))?(?:\.svc.*)?$/.exec(host) ?? []
  return name === undefined ? undefined : `${namespace}/${name}`
}

/**
 * Where Vector's sinks send to that is no Service.
 * @param config the files of its ConfigMap
 * @param services as `namespace/name`
 */
export const sinkShortfalls = (config: readonly string[], services: readonly string[]): readonly string[] => {
  const urls = config.flatMap((text) => text.match(/https?:\/\/[^\s'"\]]+/g) ?? [])
  return [...new Set(urls)].flatMap((url) => {
    const named = serviceNamed(URL.parse(url)?.hostname ?? '')
    const sends = `ConfigMap monitoring/vector has its sinks send to ${url}`
    if (named === undefined || services.includes(named)) return [sends]
    return [
      `${sends}, and there is no Service ${named}; OpenSearch is behind Service monitoring/opensearch-cluster-master\n` +
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
  // This one has OpenSearch's reason; those around it say only that something was lost.
  const line = errors.findLast((error) => error.includes('Not retriable')) ?? errors.at(-1)
  return line === undefined ? [] : [{ pod, line }]
}

/** The last error in the log of each pod of Vector, with what to do where it is a known one. */
export const vectorErrors = async (kubernetes: Kubernetes): Promise<readonly string[]> => {
  const pods = (await vectorPods(kubernetes)).map(({ metadata }) => metadata?.name ?? '')
  const complaints = (await Promise.all(pods.map((pod) => lastVectorError(kubernetes, pod)))).flat()
  const unreachable = complaints.some(({ line }) => line.includes('error trying to connect'))
  return [...describeVectorErrors(complaints), ...(unreachable ? await explainSinks(kubernetes) : [])]
}
