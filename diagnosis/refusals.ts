import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Server } from '../config/endpoints.ts'
import type { FieldTypes } from '../clients/opensearch.ts'
import type { SampleHistory } from '../clients/prometheus.ts'
import { timeOf } from './evidence.ts'
import { podName } from './pods.ts'
import { describeVectorErrors, type VectorError } from './vectorErrors.ts'
import { few, utcTime } from '../lib/messages.ts'

/** Events that one component of a pod of Vector has discarded. */
export type Discard = Readonly<{
  pod: V1Pod
  component: string
  count: number
  /** By its configuration, such as a limit for the length of a line. */
  intentional: boolean
}>

/**
 * How much a counter has grown. A counter of Vector is absent until it first counts something and after five minutes
 * without a change, and begins at zero again when the program starts.
 * @param absentBefore its pod was scraped at the time, or did not exist: a counter without a sample of then was zero
 */
export const growthSince = ({ samples }: SampleHistory, since: number, absentBefore: boolean): number => {
  const before = samples.findLast(({ time }) => time <= since)
  const after = samples.filter(({ time }) => time > since)
  const [first] = after
  const start = before?.value ?? (absentBefore ? 0 : (first?.value ?? 0))
  const steps = after.map(({ value }, index) => {
    const previous = index === 0 ? start : (after[index - 1]?.value ?? 0)
    return value >= previous ? value - previous : value
  })
  return steps.reduce((sum, step) => sum + step, 0)
}

const startedAt = ({ status }: V1Pod) => timeOf(status?.startTime) ?? 0

/**
 * What the present pods of Vector have discarded since a time: a fault that a new pod mends is over.
 * @param counters the counters of discarded events
 * @param up `up` of Vector's targets
 */
export const discardsSince = (
  counters: readonly SampleHistory[],
  up: readonly SampleHistory[],
  pods: readonly V1Pod[],
  since: number,
): readonly Discard[] =>
  counters.flatMap((counter) => {
    const { pod: name, component_id: component = '', intentional } = counter.labels
    const pod = pods.find(({ metadata }) => metadata?.name === name)
    if (!pod) return []
    const scraped = up.some(
      ({ labels, samples }) => labels['pod'] === name && samples.some(({ time }) => time <= since),
    )
    const count = growthSince(counter, since, scraped || startedAt(pod) > since)
    return count > 0 ? [{ pod, component, count, intentional: intentional === 'true' }] : []
  })

/** The pods of Vector that Prometheus does not scrape: what they discard is unknown. */
export const unscrapedShortfalls = (
  up: readonly SampleHistory[],
  pods: readonly V1Pod[],
): readonly string[] =>
  pods
    .filter(
      ({ metadata }) =>
        !up.some(({ labels, samples }) => labels['pod'] === metadata?.name && samples.at(-1)?.value === 1),
    )
    .map(
      (pod) =>
        `Prometheus has no metrics of Pod ${podName(pod)}, so what it discards is unknown\n` +
        `  remedy: \`kubectl -n ${pod.metadata?.namespace} get podmonitor vector\` shows whether it is scraped; manifests/vector-metrics.yaml and sink prom_exporter of values/vector.yaml make the metrics`,
    )

/** As transform shape of values/vector.yaml names the labels. */
const labelField = (label: string) => `kubernetes.labels.${label.replaceAll(/[./]/g, '_')}`

const podsWithField = (field: string, pods: readonly V1Pod[]): readonly V1Pod[] =>
  pods.filter(({ metadata }) =>
    Object.keys(metadata?.labels ?? {}).some((label) => {
      const own = labelField(label)
      return own === field || own.startsWith(`${field}.`) || field.startsWith(`${own}.`)
    }),
  )

const describePods = (pods: readonly V1Pod[]): string => few(pods.map((pod) => `Pod ${podName(pod)}`))

/** The field that a reason of OpenSearch names. */
export const fieldOfReason = (reason: string): string | undefined =>
  /(?:mapping for field|failed to parse field|object mapping for|mapper) \[([^\]]+)\]/.exec(reason)?.[1]

const typesOf = (field: string, fields: FieldTypes) => Object.keys(fields[field] ?? {}).join(', ') || 'not'

/** Which field, and which pods have it: an answer of OpenSearch names no pod. */
export const describeRefusedFields = (
  reasons: readonly string[],
  pods: readonly V1Pod[],
  fields: FieldTypes,
): readonly string[] => {
  const named = [...new Set(reasons.flatMap((reason) => fieldOfReason(reason) ?? []))]
  const labels = new Set(pods.flatMap(({ metadata }) => Object.keys(metadata?.labels ?? {}).map(labelField)))
  const full = reasons.some((reason) => reason.includes('Limit of total fields'))
  const unmapped = full ? [...labels].filter((field) => fields[field] === undefined) : []
  const describe = (what: string) => (field: string) => {
    const own = podsWithField(field, pods)
    return `  field ${field} ${what}${own.length > 0 ? `, which ${describePods(own)} ${own.length === 1 ? 'has' : 'have'}` : ''}`
  }
  return [
    ...named.slice(0, 5).map((field) => describe(`is ${typesOf(field, fields)} in the index`)(field)),
    ...unmapped.slice(0, 5).map(describe('finds no place in the index')),
  ]
}

// Within a request that succeeds, Vector with request_retry_partial sends again what was answered with 429 or 5xx.
const isPartlyRetried = (line: string) =>
  line.includes('http_response_200') && /\\?"status\\?":(?:429|5\d\d)/.test(line)

/**
 * Whether one answer of OpenSearch refuses some documents for now and others for good: Vector sends the former again and
 * drops the latter, without counting or logging that.
 * @see https://github.com/vectordotdev/vector/blob/v0.56.0/src/sinks/elasticsearch/retry.rs
 */
export const losesUncounted = ({ line }: VectorError): boolean =>
  isPartlyRetried(line) && /\\?"status\\?":4(?!29)\d\d/.test(line)

const losing =
  /; dropping the request|Found line that exceeds|Failed to render template|Mapping failed|Failed to gracefully/

/** Whether events are lost; what Vector logs about the other refusals, it sends again. */
export const saysLost = (error: VectorError): boolean => losing.test(error.line) || losesUncounted(error)

const isRefusal = (line: string) =>
  (losing.test(line) || /Retrying after|http_response_(?!200)/.test(line) || isPartlyRetried(line)) &&
  !line.includes('Internal log [')

/** What the pods of Vector have logged about refused and discarded events since a time. */
export const readRefusals = async (
  { core }: Kubernetes,
  pods: readonly V1Pod[],
  since: number,
): Promise<readonly VectorError[]> => {
  const sinceSeconds = Math.max(Math.ceil((Date.now() - since) / 1000), 1)
  const logs = pods.map(async ({ metadata: { namespace = '', name: pod = '' } = {} }) => {
    const text = await core
      .readNamespacedPodLog({ namespace, name: pod, sinceSeconds, limitBytes: 2_000_000 })
      .catch(() => '')
    return text
      .split('\n')
      .filter(isRefusal)
      .map((line) => ({ pod, line }))
  })
  return (await Promise.all(logs)).flat()
}

/** Everything that was refused since a time: how much and where, the reasons with their remedies, the fields and pods. */
export const refusalShortfalls = (
  discards: readonly Discard[],
  rejected: number,
  since: number,
  errors: readonly VectorError[],
  pods: readonly V1Pod[],
  fields: FieldTypes,
  opensearch: Server,
): readonly string[] => {
  const counts = discards.map(
    ({ pod, component, count, intentional }) =>
      `Vector has discarded ${count} events since ${utcTime(since)}: component ${component} of Pod ${podName(pod)} on node ${pod.spec?.nodeName}` +
      (intentional
        ? ', as its configuration says'
        : '; a refused document counts with all that were sent with it'),
  )
  const rejections =
    rejected > 0
      ? [
          `OpenSearch has rejected ${rejected} requests since ${utcTime(since)}, for want of threads or memory; Vector sends them again, so that lines come late\n` +
            '  remedy: raise opensearchJavaOpts and resources in values/opensearch.yaml',
        ]
      : []
  const uncounted = [...new Set(errors.filter(losesUncounted).map(({ pod }) => pod))].map(
    (pod) =>
      `Pod ${pod} of Vector has lost documents without counting them: one answer of OpenSearch refused some for now, which are sent again, and others for good`,
  )
  if (counts.length + rejections.length === 0) return []
  const reasons = errors.map(({ line }) => line.replaceAll('\\"', '"'))
  return [
    ...counts,
    ...uncounted,
    ...rejections,
    ...describeVectorErrors(errors, opensearch).slice(0, 5),
    ...describeRefusedFields(reasons, pods, fields),
  ]
}
