import type { KubernetesObject } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Config } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import type { Tools } from '../setup/tools.ts'
import {
  describeDifference,
  describePath,
  differences,
  isObject,
  parseDocuments,
  without,
} from './structuralDiff.ts'
import type { CrdChange } from './manifests.ts'

type Version = Readonly<{ name: string; served: boolean; schema?: Readonly<{ openAPIV3Schema?: unknown }> }>
type Definition = Readonly<{
  metadata: Readonly<{ name: string }>
  spec: Readonly<Record<string, unknown>> & Readonly<{ versions: readonly Version[] }>
}>

// Where `description` is not a text, it is the schema of a field of that name.
const withoutDescriptions = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutDescriptions)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => key !== 'description' || typeof field !== 'string')
      .map(([key, field]) => [key, withoutDescriptions(field)]),
  )
}

/** A place in a schema as the place in the object that it is about: `spec.containers[].image`. */
const fieldPath = ([step, ...rest]: readonly string[]): readonly string[] => {
  if (step === undefined) return []
  if (step === 'items') return ['[]', ...fieldPath(rest)]
  if (step === 'additionalProperties') return ['[*]', ...fieldPath(rest)]
  const [name, ...deeper] = rest
  return step === 'properties' && name !== undefined
    ? [name, ...fieldPath(deeper)]
    : [step, ...fieldPath(rest)]
}

const schemaFields = (before: Version, after: Version): readonly string[] =>
  differences(
    withoutDescriptions(before.schema?.openAPIV3Schema),
    withoutDescriptions(after.schema?.openAPIV3Schema),
  ).map((difference) => {
    const path = fieldPath(difference.path)
    if (difference.path.at(-2) !== 'properties') return describeDifference({ ...difference, path })
    if (difference.before === undefined) return `${describePath(path)} added`
    return `${describePath(path)} removed`
  })

const versionFields = (name: string, before?: Version, after?: Version): readonly string[] => {
  if (before?.served && !after?.served) return [`version ${name} is no longer served`]
  const served = after?.served && !before?.served ? [`version ${name} is now served`] : []
  if (!before || !after) return served
  const rest = (version: Version) => withoutDescriptions({ ...version, schema: undefined, served: undefined })
  const others = differences(rest(before), rest(after)).map(describeDifference)
  return [...served, ...[...others, ...schemaFields(before, after)].map((field) => `${name}: ${field}`)]
}

const definitionFields = ({ spec: before }: Definition, { spec: after }: Definition): readonly string[] => {
  const byName = (versions: readonly Version[]) => new Map(versions.map((version) => [version.name, version]))
  const [olds, news] = [byName(before.versions), byName(after.versions)]
  return [
    ...[...new Set([...olds.keys(), ...news.keys()])].flatMap((name) =>
      versionFields(name, olds.get(name), news.get(name)),
    ),
    ...differences({ ...before, versions: undefined }, { ...after, versions: undefined }).map(
      describeDifference,
    ),
  ]
}

const shownFields = 8

/**
 * The definitions of a chart that two texts of `helm show crds` have different, by name; what describes a field is no
 * part of it.
 * @param applied whether --apply-crds applies what helm leaves as it is
 * @throws YAMLParseError
 */
export const compareCrds = (
  chart: string,
  before: string,
  after: string,
  applied: boolean,
): readonly CrdChange[] => {
  // They are large, and reading those that are the same is most of the work.
  const split = (text: string) => text.split(/^---.*$/m).map((document) => document.trim())
  const [oldTexts, newTexts] = [split(before), split(after)]
  const read = (texts: readonly string[]) =>
    new Map((parseDocuments(texts.join('\n---\n')) as Definition[]).map((one) => [one.metadata.name, one]))
  const olds = read(without(oldTexts, newTexts, String))
  const news = read(without(newTexts, oldTexts, String))
  return [...new Set([...olds.keys(), ...news.keys()])].sort().flatMap((name): readonly CrdChange[] => {
    const [old, next] = [olds.get(name), news.get(name)]
    if (!next) return [{ chart, name, change: 'removed', became: 'left old', fields: [] }]
    if (!old) return [{ chart, name, change: 'added', became: 'applied', fields: [] }]
    const all = definitionFields(old, next)
    if (all.length === 0) return []
    const more = all.length > shownFields ? [`and ${all.length - shownFields} more`] : []
    const fields = [...all.slice(0, shownFields), ...more]
    return [{ chart, name, change: 'changed', became: applied ? 'applied' : 'left old', fields }]
  })
}

/**
 * The CustomResourceDefinitions that a chart brings in its crds folders, those of its sub-charts as well.
 * @throws CommandError
 */
export const showCrds = async (config: Config, tools: Tools, archive: string): Promise<string> =>
  (await run(tools.helm, ['show', 'crds', archive], { within: config.limits.command })).stdout

/** Where the API server has them. */
export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/**
 * Applies what helm leaves as it is: the CustomResourceDefinitions of a text of `helm show crds`.
 * @throws Error with each that the API server refused, and why
 */
export const applyCrds = async (kubernetes: Kubernetes, text: string): Promise<void> => {
  const refused = await Promise.all(
    (parseDocuments(text) as KubernetesObject[]).map((definition) =>
      kubernetes
        .applyAt(`${definitionsPath}/${definition.metadata?.name}`, definition, 'observability-e2e')
        .then(
          () => [],
          (error: unknown) => [
            `CustomResourceDefinition ${definition.metadata?.name} was not applied: ${messageOf(error)}`,
          ],
        ),
    ),
  )
  if (refused.flat().length > 0) throw new Error(refused.flat().join('\n'))
}
