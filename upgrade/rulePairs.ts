import { conditionsOf, distanceQuery, thresholdsOnlyIn } from './conditions.ts'
import { canonicalQuery } from '../lib/promql.ts'
import type { ChangedQuery } from './facts/sideBySide.ts'
import type { AlertingRule, Named, Observation } from './observation.ts'

/** A rule as it was and as it is; its key is the old one if there is one, and `newKey` the one that it has now. */
export type RulePair<T> = Readonly<{ key: string; name: string; old?: T; now?: T; newKey?: string }>

/** An alerting rule of both. */
export type ChangedAlert = Required<RulePair<AlertingRule>>

/** The group in `group / name #2`. */
export const groupOf = (key: string): string => key.slice(0, key.indexOf(' / '))

/** The name of the rule in `group / name #2`. */
export const ruleName = (key: string): string => key.slice(key.indexOf(' / ') + 3).replace(/ #\d+$/, '')

type Entry<T> = readonly [string, T]

const pairEntries = <T>(
  olds: readonly Entry<T>[],
  nows: readonly Entry<T>[],
  identities: readonly ((rule: T) => string)[],
): readonly RulePair<T>[] => {
  const left = [...nows]
  const found = new Map<string, Entry<T>>()
  for (const identity of identities)
    for (const [key, old] of olds) {
      if (found.has(key)) continue
      const isSame = ([, now]: Entry<T>) => identity(now) === identity(old)
      const match = left.find((entry) => entry[0] === key && isSame(entry)) ?? left.find(isSame)
      if (!match) continue
      left.splice(left.indexOf(match), 1)
      found.set(key, match)
    }
  return [
    ...olds.map(([key, old]) => {
      const [newKey, now] = found.get(key) ?? []
      return { key, name: ruleName(key), old, ...(now && newKey !== undefined && { now, newKey }) }
    }),
    ...left.map(([key, now]) => ({ key, name: ruleName(key), now, newKey: key })),
  ]
}

/**
 * Rules of the same name, whatever group they are in. If there are several, those belong together that agree in the first
 * of the identities that any of them agree in.
 */
const pairRules = <T>(
  before: Named<T>,
  after: Named<T>,
  identities: readonly ((rule: T) => string)[],
): readonly RulePair<T>[] => {
  const byName = (rules: Named<T>) => Map.groupBy(Object.entries(rules), ([key]) => ruleName(key))
  const [olds, nows] = [byName(before), byName(after)]
  return [...new Set([...olds.keys(), ...nows.keys()])].flatMap((name) =>
    pairEntries(olds.get(name) ?? [], nows.get(name) ?? [], identities),
  )
}

const exprOf = ({ expr }: Readonly<{ expr: string }>) => canonicalQuery(expr)
const labelsOf = ({ labels = {} }: Readonly<{ labels?: Readonly<Record<string, string>> }>) =>
  JSON.stringify(Object.entries(labels).sort())

type Rules = Pick<Observation, 'recordingRules' | 'alertingRules'>
type RecordingRule = Observation['recordingRules'][string]

export const alertPairs = (before: Rules, after: Rules): readonly RulePair<AlertingRule>[] =>
  pairRules(before.alertingRules, after.alertingRules, [
    (alert) => `${exprOf(alert)} ${labelsOf(alert)}`,
    labelsOf,
    exprOf,
    () => '',
  ])

export const recordPairs = (before: Rules, after: Rules): readonly RulePair<RecordingRule>[] =>
  pairRules(before.recordingRules, after.recordingRules, [
    (rule) => `${exprOf(rule)} ${labelsOf(rule)}`,
    labelsOf,
    exprOf,
    () => '',
  ])

const isChanged = <T extends Readonly<{ expr: string }>>(
  pair: RulePair<T>,
): pair is RulePair<T> & Readonly<{ old: T; now: T }> =>
  pair.old !== undefined && pair.now !== undefined && exprOf(pair.old) !== exprOf(pair.now)

/** The rules whose expressions changed. */
export const changedRules = (before: Rules, after: Rules): readonly ChangedQuery[] => [
  ...recordPairs(before, after)
    .filter(isChanged)
    .map(({ key, old, now }) => ({ id: `value/${key}`, old: old.expr, now: now.expr })),
  ...alertPairs(before, after)
    .filter(isChanged)
    .map(({ key, old, now }) => {
      const [was, is] = [conditionsOf(old.expr).thresholds, conditionsOf(now.expr).thresholds]
      const operators = (all: typeof was) => all.map(({ operator }) => operator).join()
      // The same conditions with other numbers are compared as numbers. A condition more, or one less, takes effect.
      const kept =
        operators(was) === operators(is) ? [[], []] : [thresholdsOnlyIn(was, is), thresholdsOnlyIn(is, was)]
      return {
        id: `alert/${key}/expr`,
        old: distanceQuery(old.expr, kept[0]),
        now: distanceQuery(now.expr, kept[1]),
      }
    }),
]
