import { parseAllDocuments } from 'yaml'
import { isObject } from '../lib/json.ts'
import { oneLine } from '../lib/messages.ts'

/** A place where two values differ; undefined if it is not set. In the path, `[name]` and `[3]` are items of lists. */
type Difference = Readonly<{ path: readonly string[]; before: unknown; after: unknown }>

export type Pair<T> = Readonly<{ name: string; before: T | undefined; after: T | undefined }>

/** All names of both, in their order, with their values. */
export const pairs = <T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): readonly Pair<T>[] =>
  Object.keys({ ...before, ...after }).map((name) => ({ name, before: before[name], after: after[name] }))

export const sortedPairs: typeof pairs = (before, after) =>
  pairs(before, after).toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** The documents of a YAML stream. If a key is given twice, the last one counts, as in helm. */
export const parseDocuments = (text: string): readonly unknown[] =>
  parseAllDocuments(text, { uniqueKeys: false }).flatMap((document) => {
    const [error] = document.errors
    if (error) throw error
    return (document.toJS() as unknown) ?? []
  })

/**
 * A copy without the fields that do not count.
 * @param isOmitted gets the path of a field and its value; items of lists are `[]` in the path
 */
export const omitFields = (
  value: unknown,
  isOmitted: (path: readonly string[], field: unknown) => boolean,
  path: readonly string[] = [],
): unknown => {
  if (Array.isArray(value)) return value.map((item) => omitFields(item, isOmitted, [...path, '[]']))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => !isOmitted([...path, name], field))
      .map(([name, field]) => [name, omitFields(field, isOmitted, [...path, name])]),
  )
}

/** The items that are not among the others. An item that occurs twice counts twice. */
export const without = <T>(
  items: readonly T[],
  others: readonly T[],
  textOf: (item: T) => string,
): readonly T[] => {
  const left = new Map<string, number>()
  for (const other of others) left.set(textOf(other), (left.get(textOf(other)) ?? 0) + 1)
  return items.filter((item) => {
    const count = left.get(textOf(item)) ?? 0
    left.set(textOf(item), count - 1)
    return count <= 0
  })
}

/** The name of an item of a list: container, alert, panel, permission, `--flag=value`; undefined if it has none. */
const labelOf = (item: unknown): string | undefined => {
  if (typeof item === 'string') return /^--?[\w.-]+(?==|$)/.exec(item)?.[0]
  if (!isObject(item)) return undefined
  if (Array.isArray(item['resources'])) return item['resources'].join(', ')
  const labels = ['name', 'alert', 'record', 'title', 'refId'].map((key) => item[key])
  return labels.find((label) => typeof label === 'string')
}

type Item = Readonly<{ step: string; item: unknown }>

/** The items that only one of the lists has, by name. Items with the same name, or without one, are numbered. */
const itemsByLabel = (
  list: readonly unknown[],
  others: readonly unknown[],
): Readonly<Record<string, Item>> => {
  const counts = new Map<string, number>()
  const entries = without([...list.entries()], [...others.entries()], ([, item]) => JSON.stringify(item))
  return Object.fromEntries(
    entries.map(([index, item]) => {
      const label = labelOf(item) ?? ''
      const count = (counts.get(label) ?? 0) + 1
      counts.set(label, count)
      const step = label === '' ? `[${index}]` : count === 1 ? `[${label}]` : `[${label} ${count}]`
      return [`${label} ${count}`, { step, item }]
    }),
  )
}

// A dashboard is JSON in a ConfigMap.
const parsedJson = (text: string): unknown => {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * All places that differ, in the order of the fields. A field that only one of the two has is one place, whatever it
 * contains. An item that is inserted into a list does not make the items behind it different.
 */
export const differences = (
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): readonly Difference[] => {
  if (before === after) return []
  if (isObject(before) && isObject(after))
    return pairs(before, after).flatMap((pair) => differences(pair.before, pair.after, [...path, pair.name]))
  if (Array.isArray(before) && Array.isArray(after)) {
    const items = pairs(itemsByLabel(before, after), itemsByLabel(after, before))
    const isReordered = items.length === 0 && JSON.stringify(before) !== JSON.stringify(after)
    if (isReordered) return [{ path, before, after }]
    return items.flatMap(({ before: old, after: next }) =>
      differences(old?.item, next?.item, [...path, (old ?? next)?.step ?? '']),
    )
  }
  if (typeof before === 'string' && typeof after === 'string') {
    const [old, next] = [parsedJson(before), parsedJson(after)]
    if (old !== undefined && next !== undefined) return differences(old, next, path)
  }
  return [{ path, before, after }]
}

/** `spec.containers[grafana].image`, `data["grafana.ini"]` */
export const describePath = (path: readonly string[]): string =>
  path
    .map((step) => (step.startsWith('[') ? step : /^[\w-]+$/.test(step) ? `.${step}` : `["${step}"]`))
    .join('')
    .replace(/^\./, '')

const shownLength = 80

const describeValues = (before: unknown, after: unknown): string => {
  const isText = typeof before === 'string' && typeof after === 'string'
  if (isText && `${before}${after}`.includes('\n')) {
    const [old, next] = [before.split('\n'), after.split('\n')]
    const count = Math.max(without(old, next, String).length, without(next, old, String).length, 1)
    return `${count} ${count === 1 ? 'line differs' : 'lines differ'}`
  }
  const plain = (value: unknown) =>
    value === undefined
      ? 'not set'
      : typeof value === 'string' && value !== ''
        ? value
        : JSON.stringify(value)
  // Without quotes, '1' and 1 would be the same.
  const show = plain(before) === plain(after) ? (value: unknown) => JSON.stringify(value) : plain
  const texts = [before, after].map((value) => oneLine(show(value)))
  const [old = '', next = ''] = texts
  const differsAt = [...Array(old.length).keys()].find((index) => old[index] !== next[index]) ?? old.length
  const isLong = texts.some((text) => text.length > shownLength)
  // Show the place where they differ, wherever it is.
  const from = isLong ? Math.max(0, differsAt - 20) : 0
  return texts
    .map((text) => {
      const shown = text.slice(from, from + shownLength)
      return `${from > 0 ? '…' : ''}${shown}${from + shownLength < text.length ? '…' : ''}`
    })
    .join(' → ')
}

export const describeDifference = ({ path, before, after }: Difference): string =>
  `${describePath(path)}: ${describeValues(before, after)}`

/** How many fields the reports show of one object. */
export const shownFields = 8
