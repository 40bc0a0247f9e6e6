import type { Config } from '../config/config.ts'
import { run } from '../lib/run.ts'
import type { Stack } from '../config/stacks.ts'
import type { Tools } from '../setup/tools.ts'
import { describeDifference, differences, isObject, parseDocuments } from './structuralDiff.ts'

/** An object that the new chart renders differently. */
export type ManifestChange = Readonly<{
  /** `Kind namespace/name`. */
  object: string
  change: 'added' | 'removed' | 'changed'
  /** `spec.template.spec.containers[0].image: a → b`, the first of them, in the order of the object. */
  fields: readonly string[]
  /** How many fields differ in all. */
  count: number
}>

/** A CustomResourceDefinition that the new chart brings otherwise than the old one. */
export type CrdChange = Readonly<{
  chart: string
  name: string
  change: 'added' | 'removed' | 'changed'
  /** `applied` by --apply-crds or by helm, which makes those that are missing; `left old` else. */
  became: 'applied' | 'left old'
  /** What is different: versions, and schema fields that were added or removed. */
  fields: readonly string[]
}>

type RenderedObject = Readonly<{
  kind: string
  metadata: Readonly<{ name: string; namespace?: string }>
  items?: readonly RenderedObject[]
}>

const noise: ReadonlyMap<string, RegExp> = new Map([
  ['annotations', /^checksum\//],
  ['labels', /^(helm\.sh\/chart|app\.kubernetes\.io\/version|chart|heritage)$/],
])

const withoutNoise = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNoise(item))
  if (!isObject(value)) return value ?? undefined
  const entries = Object.entries(value).filter(([name]) => !noise.get(key)?.test(name))
  if (entries.length === 0 && noise.has(key)) return undefined
  return Object.fromEntries(
    // A label of a claim template cannot be changed: it makes helm's upgrade fail.
    entries.map(([name, field]) => [
      name,
      name === 'volumeClaimTemplates' ? field : withoutNoise(field, name),
    ]),
  )
}

const objectsOf = (text: string): readonly RenderedObject[] =>
  (parseDocuments(text) as RenderedObject[])
    .flatMap((object) => object.items ?? object)
    .filter(({ kind }) => kind !== 'CustomResourceDefinition')

/** One that names no namespace is in the release's, and so is the one of this name that the other chart renders. */
const describeObject = ({ kind, metadata }: RenderedObject, others: readonly RenderedObject[]): string => {
  const same = others.find((other) => other.kind === kind && other.metadata.name === metadata.name)
  const namespace = metadata.namespace ?? same?.metadata.namespace
  return `${kind} ${[namespace, metadata.name].filter(Boolean).join('/')}`
}

/** What is compared of an object. Random passwords are rendered anew each time, so of Secrets the keys alone. */
const comparable = (object: RenderedObject): unknown => {
  // It is in the name.
  const metadata = { ...object.metadata, namespace: undefined }
  const fields = Object.entries({ ...object, metadata }).map(([key, value]) => {
    const isSecret = object.kind === 'Secret' && ['data', 'stringData'].includes(key) && isObject(value)
    return [key, isSecret ? Object.fromEntries(Object.keys(value).map((name) => [name, 'a secret'])) : value]
  })
  return withoutNoise(Object.fromEntries(fields))
}

const shownFields = 8

/**
 * The objects that two texts of `helm template` have different, by name; without CustomResourceDefinitions, which are
 * compared by `compareCrds`, and without what is different with each version: chart labels, checksums.
 * @throws YAMLParseError
 */
export const compareManifests = (before: string, after: string): readonly ManifestChange[] => {
  const [olds, news] = [objectsOf(before), objectsOf(after)]
  const byName = (objects: readonly RenderedObject[], others: readonly RenderedObject[]) =>
    new Map(objects.map((object) => [describeObject(object, others), comparable(object)]))
  const [old, next] = [byName(olds, news), byName(news, olds)]
  return [...new Set([...old.keys(), ...next.keys()])].sort().flatMap((object): readonly ManifestChange[] => {
    if (!next.has(object)) return [{ object, change: 'removed', fields: [], count: 0 }]
    if (!old.has(object)) return [{ object, change: 'added', fields: [], count: 0 }]
    const found = differences(old.get(object), next.get(object))
    const fields = found.slice(0, shownFields).map(describeDifference)
    return found.length === 0 ? [] : [{ object, change: 'changed', fields, count: found.length }]
  })
}

// Charts ask for them before they render a monitor; without a cluster helm knows of the built-in ones alone.
const apiVersions = ['', '/ServiceMonitor', '/PodMonitor', '/PrometheusRule'].map(
  (kind) => `monitoring.coreos.com/v1${kind}`,
)

/**
 * What the chart renders for an upgrade, hooks included and tests left out: those are not run.
 * @param archive path of the chart
 * @param values path of the values file
 * @param kubernetes the cluster's version
 * @throws CommandError with what helm said, also where the chart refuses the values or this Kubernetes
 */
export const renderManifests = async (
  config: Config,
  tools: Tools,
  stack: Pick<Stack, 'name' | 'namespace'>,
  archive: string,
  values: string,
  kubernetes: string,
): Promise<string> => {
  const args = ['template', stack.name, archive, '--namespace', stack.namespace, '--values', values]
  const cluster = ['--kube-version', kubernetes, '--api-versions', apiVersions.join(',')]
  const { stdout } = await run(tools.helm, [...args, ...cluster, '--is-upgrade', '--skip-tests'], {
    within: config.limits.command,
  })
  return stdout
}
