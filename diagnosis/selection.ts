import { describeLabels, matches, type LabelSelector } from '../clients/selectors.ts'
import { titleOf } from './rejections.ts'

type Labels = Readonly<Record<string, string>>

/** Which objects of a kind a Prometheus or an Alertmanager reads. */
export type Selection = Readonly<{
  /** `Prometheus` */
  reader: string
  /** The kind of the objects that it reads: `ServiceMonitor`. */
  kind: string
  /** The field of its resource: `serviceMonitorSelector`. */
  field: string
  /** An empty one selects all objects; undefined selects none. */
  selector: LabelSelector | undefined
  /** The namespaces in which it reads. */
  namespaces: readonly string[]
}>

type Reader = Readonly<{
  kind: string
  metadata: Readonly<{ namespace?: string; name?: string }>
  spec: Readonly<Record<string, unknown>>
}>

/**
 * The selection of a kind by the resource of its reader.
 * @param field `serviceMonitor`
 * @param namespaces the labels of every namespace, by its name
 */
export const selectionOf = (
  { kind: reader, metadata, spec }: Reader,
  kind: string,
  field: string,
  namespaces: ReadonlyMap<string, Labels>,
): Selection => {
  // Helm leaves null where a chart has no value.
  const selector = (spec[`${field}Selector`] ?? undefined) as LabelSelector | undefined
  const ofNamespace = (spec[`${field}NamespaceSelector`] ?? undefined) as LabelSelector | undefined
  return {
    reader,
    kind,
    field: `${field}Selector`,
    selector,
    namespaces: ofNamespace
      ? [...namespaces].flatMap(([name, labels]) => (matches(ofNamespace, labels) ? [name] : []))
      : [metadata.namespace ?? ''],
  }
}

const article = (noun: string) => `${/^[AEIOU]/.test(noun) ? 'an' : 'a'} ${noun}`

/** Why a reader ignores an object, with the remedy; undefined if it selects it. */
export const whyNotSelected = (
  { reader, kind, field, selector, namespaces }: Selection,
  { namespace = '', labels = {} }: Readonly<{ namespace?: string; labels?: Labels }>,
): string | undefined => {
  if (selector === undefined)
    return (
      `${reader} has no ${field}, so it never reads ${article(kind)}\n` +
      `  remedy: set ${field} in values/; {} selects every ${kind}`
    )
  if (!namespaces.includes(namespace))
    return (
      `${reader} selects ${kind}s in namespace ${namespaces.join(', ') || 'none'} only, and this one is in ${namespace}\n` +
      `  remedy: set ${field.replace('Selector', 'NamespaceSelector')} in values/; {} selects every namespace`
    )
  if (matches(selector, labels)) return undefined
  return (
    `${reader} selects ${kind}s by ${JSON.stringify(selector)}, ` +
    `and this one's labels are ${describeLabels(labels) || 'none'}\n` +
    '  remedy: add the label where values/ or manifests/ describe it'
  )
}

type Metadata = Parameters<typeof whyNotSelected>[1]

/** Which objects of a kind a reader selects, and whether an object is not for another reader alone. */
export const ownSelection = (
  reader: Reader,
  readers: readonly Reader[],
  kind: string,
  field: string,
  namespaces: ReadonlyMap<string, Labels>,
): Readonly<{ selection: Selection; isOwn: (metadata: Metadata) => boolean }> => {
  const selectionBy = (one: Reader) => selectionOf(one, kind, field, namespaces)
  const selects = (selection: Selection, metadata: Metadata) =>
    whyNotSelected(selection, metadata) === undefined
  const selection = selectionBy(reader)
  const others = readers.filter((one) => titleOf(one) !== titleOf(reader)).map(selectionBy)
  const isOwn = (metadata: Metadata) =>
    selects(selection, metadata) || !others.some((other) => selects(other, metadata))
  return { selection, isOwn }
}
