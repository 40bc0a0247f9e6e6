import { createHash } from 'node:crypto'
import type { KubernetesObject } from '@kubernetes/client-node'
import { leavesOf } from '../../lib/json.ts'
import type { Named } from '../observation.ts'

/** Entries as an object in the order of the names, so that equal facts have equal JSON. */
export const named = <T>(entries: Iterable<readonly [string, T]>): Named<T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))

/** Like `named`, for names that repeat: the second `a` becomes `a #2`. */
export const numbered = <T>(entries: readonly (readonly [string, T])[]): Named<T> => {
  const counts = new Map<string, number>()
  return named(
    entries.map(([name, value]) => {
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      return [count === 1 ? name : `${name} #${count}`, value] as const
    }),
  )
}

/** The texts, sorted and without duplicates. */
export const distinct = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].sort()

/** A short hash, long enough to tell texts apart. */
export const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** The leaves of an object by path, as text. */
export const flatten = (value: object): Named<string> =>
  named(leavesOf(value).map(([path, leaf]) => [path, typeof leaf === 'string' ? leaf : JSON.stringify(leaf)]))

/** Entries with a prefix before each name: `{a: 1}` with `limits` becomes `limits a`. */
export const prefixed = <T>(prefix: string, entries: Named<T>): readonly (readonly [string, T])[] =>
  Object.entries(entries).map(([name, value]) => [`${prefix} ${name}`, value])

/** `namespace/name`, or only the name if there is no namespace. */
export const nameOf = ({ metadata: { namespace, name = '' } = {} }: KubernetesObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`
