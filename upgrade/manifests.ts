import type { Config } from '../config/config.ts'
import { run } from '../lib/run.ts'
import { valuesArguments } from '../setup/helm.ts'
import type { Stack } from '../config/stacks.ts'
import type { Tools } from '../setup/tools.ts'
import {
  describeDifference,
  describePath,
  differences,
  omitFields,
  parseDocuments,
  shownFields,
  sortedPairs,
} from './structuralDiff.ts'
import { isObject } from '../lib/json.ts'

/** An object that the new chart renders differently. */
export type ManifestChange = Readonly<{
  /** `Kind namespace/name`. */
  object: string
  change: 'added' | 'removed' | 'changed'
  /** The first fields that differ: `spec.template.spec.containers[grafana].image: a → b`. */
  fields: readonly string[]
  /** How many fields differ in all. */
  count: number
}>

/** A changed object with the paths of all fields that differ; of an added or removed ConfigMap, its keys. */
export type RenderedChange = Pick<ManifestChange, 'object' | 'change'> &
  Readonly<{ paths: readonly string[] }>

/** A CustomResourceDefinition that differs between the charts. */
export type CrdChange = Readonly<{
  chart: string
  name: string
  change: 'added' | 'removed' | 'changed'
  /** `applied` by --apply-crds; else `left old`, or missing if the chart added it. */
  became: 'applied' | 'left old'
  /** Differences in versions and in schema fields. */
  fields: readonly string[]
}>

type RenderedObject = Readonly<{
  kind: string
  metadata: Readonly<{ name: string; namespace?: string }>
  items?: readonly RenderedObject[]
}>

/** Annotations and labels that differ in every version of a chart. */
const noise: Readonly<Record<string, RegExp>> = {
  annotations: /^checksum\//,
  labels: /^(helm\.sh\/chart|app\.kubernetes\.io\/version|chart|heritage)$/,
}

const isNoise = (path: readonly string[], field: unknown): boolean => {
  // These labels are immutable: if they differ, helm's upgrade fails.
  if (path.includes('volumeClaimTemplates')) return false
  const [parent = '', name = ''] = path.slice(-2)
  const isEmpty = isObject(field) && Object.keys(field).every((key) => noise[name]?.test(key))
  return field === null || noise[parent]?.test(name) === true || (name in noise && isEmpty)
}

const objectsOf = (text: string): readonly RenderedObject[] =>
  (parseDocuments(text) as RenderedObject[])
    .flatMap((object) => object.items ?? object)
    .filter(({ kind }) => kind !== 'CustomResourceDefinition')

/** An object without a namespace is in that of the release, which the other chart may state. */
const describeObject = ({ kind, metadata }: RenderedObject, others: readonly RenderedObject[]): string => {
  const same = others.find((other) => other.kind === kind && other.metadata.name === metadata.name)
  const namespace = metadata.namespace ?? same?.metadata.namespace
  return `${kind} ${[namespace, metadata.name].filter(Boolean).join('/')}`
}

/** The fields that count. Random passwords are rendered anew each time, so only the keys of a Secret count. */
const comparable = (object: RenderedObject): unknown => {
  const metadata = { ...object.metadata, namespace: undefined }
  const fields = Object.entries({ ...object, metadata }).map(([key, value]) => {
    const isSecret = object.kind === 'Secret' && ['data', 'stringData'].includes(key) && isObject(value)
    return [key, isSecret ? Object.fromEntries(Object.keys(value).map((name) => [name, 'a secret'])) : value]
  })
  return omitFields(Object.fromEntries(fields), isNoise)
}

const keysOf = (object: unknown): readonly string[] =>
  isObject(object) && isObject(object['data'])
    ? Object.keys(object['data']).map((key) => describePath(['data', key]))
    : []

export type Rendered = Readonly<{
  manifests: readonly ManifestChange[]
  rendered: readonly RenderedChange[]
}>

/**
 * The objects that differ between two outputs of `helm template`, by name. CustomResourceDefinitions are compared by
 * `compareCrds`; labels and checksums that differ in every version do not count.
 * @throws YAMLParseError
 */
export const compareManifests = (before: string, after: string): Rendered => {
  const [olds, news] = [objectsOf(before), objectsOf(after)]
  const byName = (objects: readonly RenderedObject[], others: readonly RenderedObject[]) =>
    Object.fromEntries(objects.map((object) => [describeObject(object, others), comparable(object)]))
  const changes = sortedPairs(byName(olds, news), byName(news, olds)).flatMap(
    ({ name: object, before: old, after: next }): readonly (ManifestChange & RenderedChange)[] => {
      const whole = { object, fields: [], count: 0, paths: keysOf(old ?? next) }
      if (next === undefined) return [{ ...whole, change: 'removed' }]
      if (old === undefined) return [{ ...whole, change: 'added' }]
      const found = differences(old, next)
      const fields = found.slice(0, shownFields).map(describeDifference)
      const paths = found.map(({ path }) => describePath(path))
      return found.length === 0 ? [] : [{ object, change: 'changed', fields, count: found.length, paths }]
    },
  )
  return {
    manifests: changes.map(({ object, change, fields, count }) => ({ object, change, fields, count })),
    rendered: changes.map(({ object, change, paths }) => ({ object, change, paths })),
  }
}

// Charts render monitors only if these APIs exist, and without a cluster helm knows only the built-in APIs.
const apiVersions = ['', '/ServiceMonitor', '/PodMonitor', '/PrometheusRule'].map(
  (kind) => `monitoring.coreos.com/v1${kind}`,
)

/**
 * What the chart renders for an upgrade, with hooks but without tests, which are not run.
 * @param archive path of the chart
 * @param values paths of the values files
 * @param kubernetes the cluster's version
 * @throws CommandError with helm's output, for example if the chart refuses the values or this Kubernetes version
 */
export const renderManifests = async (
  config: Config,
  tools: Tools,
  stack: Pick<Stack, 'name' | 'namespace'>,
  archive: string,
  values: readonly string[],
  kubernetes: string,
): Promise<string> => {
  const args = ['template', stack.name, archive, '--namespace', stack.namespace, ...valuesArguments(values)]
  const cluster = ['--kube-version', kubernetes, '--api-versions', apiVersions.join(',')]
  const { stdout } = await run(tools.helm, [...args, ...cluster, '--is-upgrade', '--skip-tests'], {
    within: config.limits.command,
  })
  return stdout
}
