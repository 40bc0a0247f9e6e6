import { parseAllDocuments } from 'yaml'

/** What differs at one place; undefined where it is not set. Of the path, `[name]` and `[3]` are items of lists. */
type Difference = Readonly<{ path: readonly string[]; before: unknown; after: unknown }>
type Fields = Readonly<Record<string, unknown>>
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The documents of a YAML stream; a key that is given twice counts the last time, as it does for helm. */
export const parseDocuments = (text: string): readonly unknown[] =>
  parseAllDocuments(text, { uniqueKeys: false }).flatMap((document) => {
    const [error] = document.errors
    if (error) throw error
    return (document.toJS() as unknown) ?? []
  })

/** The items that are not among the others, those that are there twice counted twice. */
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

/** What an item of a list is known by: container, alert, panel, permission, `--flag=value`; undefined where by its place. */
const labelOf = (item: unknown): string | undefined => {
  if (typeof item === 'string') return /^--?[\w.-]+(?==|$)/.exec(item)?.[0]
  if (!isObject(item)) return undefined
  if (Array.isArray(item['resources'])) return item['resources'].join(', ')
  const labels = ['name', 'alert', 'record', 'title', 'refId'].map((key) => item[key])
  return labels.find((label) => typeof label === 'string')
}

/** The items that only one of the lists has, by what they are known by; those of one label, or of none, in their order. */
const itemsByLabel = (list: readonly unknown[], others: readonly unknown[]) => {
  const counts = new Map<string, number>()
  const entries = without([...list.entries()], [...others.entries()], ([, item]) => JSON.stringify(item))
  return new Map(
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
 * All leaves that differ, in the order of the fields; what only one of the two has is one leaf, however much is in it.
 * An item put into a list does not make those behind it different.
 */
export const differences = (
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): readonly Difference[] => {
  if (before === after) return []
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) => differences(before[key], after[key], [...path, key]))
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [olds, news] = [itemsByLabel(before, after), itemsByLabel(after, before)]
    if (olds.size + news.size === 0) {
      const inAnotherOrder = JSON.stringify(before) !== JSON.stringify(after)
      return inAnotherOrder ? [{ path, before, after }] : []
    }
    return [...new Set([...olds.keys(), ...news.keys()])].flatMap((key) => {
      const [old, next] = [olds.get(key), news.get(key)]
      return differences(old?.item, next?.item, [...path, (old ?? next)?.step ?? ''])
    })
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
  // '1' and 1 look the same.
  const show = plain(before) === plain(after) ? (value: unknown) => JSON.stringify(value) : plain
  const texts = [before, after].map((value) => show(value).replaceAll(/\s+/g, ' '))
  const [old = '', next = ''] = texts
  const differsAt = [...Array(old.length).keys()].find((index) => old[index] !== next[index]) ?? old.length
  const isLong = texts.some((text) => text.length > shownLength)
  // What differs is shown, wherever it is.
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
