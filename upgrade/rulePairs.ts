import { conditionsOf, describeThreshold, distanceQuery, operatorsOf, type Threshold } from './conditions.ts'
import { canonicalQuery } from '../lib/promql.ts'
import type { ChangedQuery } from './facts/sideBySide.ts'
import type { AlertingRule, Named, Observation } from './observation.ts'
import { without } from './structuralDiff.ts'

/** A rule before and after the upgrade. Its key is the old one, if it existed before; `newKey` is the new one. */
export type RulePair<T> = Readonly<{ key: string; name: string; old?: T; now?: T; newKey?: string }>

/** An alerting rule that exists before and after. */
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
 * Pairs rules of the same name, whatever group they are in. If there are several, rules with the same first identity are
 * paired first, then those with the same second one, and so on.
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

/** The rules whose expressions changed. Of alerts, the expressions that say how close they are to firing. */
export const changedRules = (before: Rules, after: Rules): readonly ChangedQuery[] => [
  ...recordPairs(before, after)
    .filter(isChanged)
    .map(({ key, old, now }) => ({ id: `value/${key}`, old: old.expr, now: now.expr })),
  ...alertPairs(before, after)
    .filter(isChanged)
    .map(({ key, old, now }) => {
      const [was, is] = [conditionsOf(old.expr).thresholds, conditionsOf(now.expr).thresholds]
      // Thresholds that differ only in their value are compared as numbers. A condition that was added or removed stays.
      const hasSameOperators = operatorsOf(was) === operatorsOf(is)
      const kept = (own: readonly Threshold[], others: readonly Threshold[]) =>
        hasSameOperators ? [] : without(own, others, describeThreshold)
      return {
        id: `alert/${key}/expr`,
        old: distanceQuery(old.expr, kept(was, is)),
        now: distanceQuery(now.expr, kept(is, was)),
      }
    }),
]
