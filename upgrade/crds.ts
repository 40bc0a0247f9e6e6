import type { KubernetesObject } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Config } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import { definitionsPath } from '../setup/manifests.ts'
import type { Tools } from '../setup/tools.ts'
import type { CrdChange } from './manifests.ts'
import {
  describeDifference,
  describePath,
  differences,
  omitFields,
  pairs,
  parseDocuments,
  shownFields,
  sortedPairs,
  without,
} from './structuralDiff.ts'

type Version = Readonly<{ name: string; served: boolean; schema?: Readonly<{ openAPIV3Schema?: unknown }> }>
type Definition = Readonly<{
  metadata: Readonly<{ name: string }>
  spec: Readonly<Record<string, unknown>> & Readonly<{ versions: readonly Version[] }>
}>

// If `description` is not a text, it is the schema of a field of that name.
const withoutDescriptions = (value: unknown): unknown =>
  omitFields(value, (path, field) => path.at(-1) === 'description' && typeof field === 'string')

/** The path in the object that a path in its schema is about: `spec.containers[].image`. */
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
    return `${describePath(path)} ${difference.before === undefined ? 'added' : 'removed'}`
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
  const byName = ({ versions }: Definition['spec']) =>
    Object.fromEntries(versions.map((version) => [version.name, version]))
  const rest = (spec: Definition['spec']) => ({ ...spec, versions: undefined })
  return [
    ...pairs(byName(before), byName(after)).flatMap((version) =>
      versionFields(version.name, version.before, version.after),
    ),
    ...differences(rest(before), rest(after)).map(describeDifference),
  ]
}

/**
 * The definitions that differ between two outputs of `helm show crds`, by name. Descriptions of fields do not count.
 * @param applied whether --apply-crds applies them; an upgrade by helm neither creates nor updates definitions
 * @throws YAMLParseError
 */
export const compareCrds = (
  chart: string,
  before: string,
  after: string,
  applied: boolean,
): readonly CrdChange[] => {
  // Parse only the documents that differ: they are large, and parsing takes most of the time.
  const split = (text: string) => text.split(/^---.*$/m).map((document) => document.trim())
  const [oldTexts, newTexts] = [split(before), split(after)]
  const read = (texts: readonly string[]) =>
    Object.fromEntries(
      (parseDocuments(texts.join('\n---\n')) as Definition[]).map((one) => [one.metadata.name, one]),
    )
  const olds = read(without(oldTexts, newTexts, String))
  const news = read(without(newTexts, oldTexts, String))
  return sortedPairs(olds, news).flatMap(({ name, before: old, after: next }): readonly CrdChange[] => {
    if (!next) return [{ chart, name, change: 'removed', became: 'left old', fields: [] }]
    const became = applied ? 'applied' : 'left old'
    if (!old) return [{ chart, name, change: 'added', became, fields: [] }]
    const all = definitionFields(old, next)
    if (all.length === 0) return []
    const more = all.length > shownFields ? [`and ${all.length - shownFields} more`] : []
    const fields = [...all.slice(0, shownFields), ...more]
    return [{ chart, name, change: 'changed', became, fields }]
  })
}

/**
 * The CustomResourceDefinitions in the crds folders of a chart and its sub-charts.
 * @throws CommandError
 */
export const showCrds = async (config: Config, tools: Tools, archive: string): Promise<string> =>
  (await run(tools.helm, ['show', 'crds', archive], { within: config.limits.command })).stdout

/**
 * Applies the CustomResourceDefinitions of an output of `helm show crds`, because helm does not update them.
 * @throws Error with each one that the API server refused, and why
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
