import { matchesGlob } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import { logTemplateName } from '../clients/logTemplate.ts'
import { selectsLabels } from '../clients/selectorText.ts'
import type { ObjectName } from '../config/components.ts'
import type { Server } from '../config/endpoints.ts'
import { isReady, podName } from './pods.ts'
import { curlOf } from './remedies.ts'
import { timeOf } from './evidence.ts'
import type { IndexObstacle } from './logIndexSettings.ts'
import type { Cause } from './types.ts'
import { describeVectorErrors, type VectorError } from './vectorErrors.ts'
import type { LogSource, VectorConfig } from './vectorConfig.ts'
import { utcTime } from '../lib/messages.ts'

/** A container with a line that is not in OpenSearch. */
export type MissingLog = Readonly<{
  pod: V1Pod
  container: string
  /** Its last line, and when it was written, in milliseconds since 1970. */
  last: Readonly<{ time: number; line: string }>
  /** The time of its newest document; undefined if it has none. */
  newest: number | undefined
}>

/** What decides which logs Vector collects. */
export type Collection = Readonly<{
  /** The DaemonSet of Vector. */
  vector: ObjectName
  /** Where the logs go. */
  opensearch: Server
  config: VectorConfig
  vectorPods: readonly V1Pod[]
  /** The labels of each namespace. */
  namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What the pods of Vector have lately logged about events that they could not send. */
  errors: readonly VectorError[]
  /** Index settings that keep new lines from being stored, or from being searchable in time. */
  obstacles: readonly IndexObstacle[]
}>

const values = 'in values/vector.yaml'
const excludeLabel = 'vector.dev/exclude'
const excludeAnnotation = 'vector.dev/exclude-containers'

/** Where the kubelet keeps the log of a container; a static pod's folder has the id of its manifest. */
const logPath = ({ metadata }: V1Pod, container: string): string => {
  const uid = metadata?.annotations?.['kubernetes.io/config.mirror'] ?? metadata?.uid
  return `/var/log/pods/${metadata?.namespace}_${metadata?.name}_${uid}/${container}/0.log`
}

const fieldOf = (pod: V1Pod, path: string): string => {
  const value = path
    .split('.')
    .reduce<unknown>((object, key) => (object as Record<string, unknown> | undefined)?.[key], pod)
  return typeof value === 'string' ? value : ''
}

/** The fields of a pod that a field selector names, as labels. */
const fieldsIn = (selector: string, pod: V1Pod): Readonly<Record<string, string>> =>
  Object.fromEntries(
    selector
      .split(',')
      .map((part) => part.split(/!?=/)[0]?.trim() ?? '')
      .map((path) => [path, fieldOf(pod, path)]),
  )

/** Why the pod itself, or its namespace, is left out whatever the configuration says. */
const excludedByMark = (
  { metadata }: V1Pod,
  container: string,
  { namespaces }: Collection,
): Cause | undefined => {
  const { namespace = '', name, labels = {}, annotations = {} } = metadata ?? {}
  if (labels[excludeLabel] === 'true')
    return {
      cause: `label ${excludeLabel}=true on the pod excludes it`,
      remedy: `remove the label where the pod is described; \`kubectl -n ${namespace} label pod ${name} ${excludeLabel}-\` for this pod`,
    }
  if (namespaces[namespace]?.[excludeLabel] === 'true')
    return {
      cause: `label ${excludeLabel}=true on namespace ${namespace} excludes all its pods`,
      remedy: `\`kubectl label namespace ${namespace} ${excludeLabel}-\``,
    }
  const excluded = (annotations[excludeAnnotation] ?? '').split(',').map((one) => one.trim())
  if (!excluded.includes(container)) return undefined
  return {
    cause: `annotation ${excludeAnnotation}=${annotations[excludeAnnotation]} on the pod excludes it`,
    remedy: `remove the annotation where the pod is described; \`kubectl -n ${namespace} annotate pod ${name} ${excludeAnnotation}-\` for this pod`,
  }
}

/** The option of a source that leaves the container out. */
const excludedBySource = (
  pod: V1Pod,
  container: string,
  { namespaces }: Collection,
  source: LogSource,
): string | undefined => {
  const { namespace = '', labels } = pod.metadata ?? {}
  const path = logPath(pod, container)
  const excluding = source.excludePaths.find((pattern) => matchesGlob(path, pattern))
  if (excluding !== undefined) return `exclude_paths_glob_patterns has ${excluding}, which matches ${path}`
  if (!source.includePaths.some((pattern) => matchesGlob(path, pattern)))
    return `include_paths_glob_patterns has only ${source.includePaths.join(', ')}, which does not match ${path}`
  if (!selectsLabels(source.podSelector, labels))
    return `extra_label_selector is ${source.podSelector}, which the labels of the pod do not meet`
  if (!selectsLabels(source.namespaceSelector, namespaces[namespace]))
    return `extra_namespace_label_selector is ${source.namespaceSelector}, which the labels of namespace ${namespace} do not meet`
  if (!selectsLabels(source.fieldSelector, fieldsIn(source.fieldSelector, pod)))
    return `extra_field_selector is ${source.fieldSelector}, which the pod does not meet`
  return undefined
}

/** How long the container ran, or has run: `2 s`. */
export const livedSeconds = ({ status }: V1Pod, container: string, now: number): number | undefined => {
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {}
  const { state } =
    [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container) ?? {}
  const started = timeOf(state?.terminated?.startedAt ?? state?.running?.startedAt)
  if (started === undefined) return undefined
  return Math.round(((timeOf(state?.terminated?.finishedAt) ?? now) - started) / 1000)
}

/** Vector has not yet looked for files since the container started. */
const notYetLooked = (
  { pod, container, newest }: MissingLog,
  sources: readonly LogSource[],
  now: number,
): Cause | undefined => {
  const cooldown = Math.min(...sources.map(({ cooldownMs }) => cooldownMs))
  const age = now - (timeOf(pod.status?.startTime) ?? 0)
  // One more look, for a file whose first line was not complete at the first one.
  if (newest !== undefined || age > 2 * cooldown + 15_000) return undefined
  const lived = livedSeconds(pod, container, now)
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  return {
    cause:
      `${ended ? `it lived ${lived ?? 'some'} s, and ` : ''}Vector looks for new files every ${cooldown / 1000} s ` +
      '(glob_minimum_cooldown_ms); the log of a pod that is deleted before it looks is lost',
    remedy: `lower glob_minimum_cooldown_ms of the source ${values}`,
  }
}

const dropping = ({ transforms }: VectorConfig): string => {
  const own = transforms.filter(
    ({ type, text }) =>
      ['filter', 'sample', 'throttle', 'dedupe', 'route'].includes(type) || /\babort\b/.test(text),
  )
  return own
    .map(({ id, type, text }) => `transform ${id} (${type}) may drop it: ${text.slice(0, 200)}`)
    .join('; ')
}

/** Why lines of a container are not in OpenSearch, as far as Kubernetes and Vector's configuration show it. */
export const whyMissing = (log: MissingLog, collection: Collection, now: number): Cause => {
  const { pod, container } = log
  const { namespace, name } = collection.vector
  const node = pod.spec?.nodeName
  const vector = collection.vectorPods.find(({ spec }) => spec?.nodeName === node)
  if (!vector)
    return {
      cause: `node ${node} has no pod of Vector`,
      remedy: `\`kubectl -n ${namespace} describe daemonset ${name}\` shows why`,
    }
  if (!isReady(vector))
    return {
      cause: `Pod ${podName(vector)}, which collects the logs of node ${node}, is not Ready`,
      remedy: `\`kubectl -n ${namespace} logs ${vector.metadata?.name}\` shows why`,
    }
  const mark = excludedByMark(pod, container, collection)
  if (mark) return mark
  const { sources } = collection.config
  const options = sources.map((source) => excludedBySource(pod, container, collection, source))
  const [option] = options
  if (option !== undefined && options.every((one) => one !== undefined))
    return { cause: option, remedy: `correct the option of source ${sources[0]?.id} ${values}` }
  const early = notYetLooked(log, sources, now)
  if (early) return early
  const dropped = dropping(collection.config)
  if (dropped !== '') return { cause: dropped, remedy: `correct the transform ${values}` }
  const old = sources.find(
    ({ ignoreOlderSeconds: limit }) => limit !== undefined && now - log.last.time > limit * 1000,
  )
  if (old)
    return {
      cause: `Vector ignores files that did not change for ${old.ignoreOlderSeconds} s (ignore_older_secs)`,
      remedy: `raise ignore_older_secs of source ${old.id} ${values}`,
    }
  const certain = collection.obstacles.find(({ isCertain }) => isCertain)
  if (certain) return certain
  if (collection.errors.some((error) => error.pod === vector.metadata?.name))
    return {
      cause: `nothing excludes it, but Vector on node ${node} could not send what it read`,
      remedy: 'see what Vector says below',
    }
  const [possible] = collection.obstacles
  if (possible) return possible
  return {
    cause: `nothing excludes it, and Vector runs on node ${node}: Vector has lost track of its file, or the ingest pipeline of the index drops its lines`,
    remedy:
      `\`${curlOf(collection.opensearch)} '${collection.opensearch.url}/_ingest/pipeline/${logTemplateName}'\` shows what the pipeline does; ` +
      `restart Vector on that node: \`kubectl -n ${namespace} delete pod ${vector.metadata?.name}\``,
  }
}

const describeLog = ({ pod, container, last, newest }: MissingLog): string =>
  `Pod ${podName(pod)}: container ${container} on node ${pod.spec?.nodeName} ` +
  `${newest === undefined ? 'has no document' : `has no document since ${utcTime(newest)}`}; ` +
  `its last line is of ${utcTime(last.time)}: ${last.line.slice(0, 120)}`

const mostNamed = 3

/** One text for each cause, with the first few containers. */
export const missingLogShortfalls = (
  logs: readonly MissingLog[],
  collection: Collection,
  now: number,
): readonly string[] => {
  const caused = logs.map((log) => ({ log, ...whyMissing(log, collection, now) }))
  const shortfalls = [...Map.groupBy(caused, ({ cause }) => cause.replaceAll(/\/var\/log\S+/g, ''))].map(
    ([, same]) => {
      const [first] = same
      const more = same.length - mostNamed
      return [
        ...same.slice(0, mostNamed).map(({ log }) => describeLog(log)),
        ...(more > 0 ? [`and ${more} more for the same reason`] : []),
        `  cause: ${first?.cause}`,
        `  remedy: ${first?.remedy}`,
      ].join('\n')
    },
  )
  return [
    ...shortfalls,
    ...describeVectorErrors(collection.errors, collection.opensearch).slice(0, mostNamed),
  ]
}
