import { matchesAll } from '../../clients/alertMatchers.ts'
import { describeInhibition, inhibitMatchers, type InhibitRule } from '../../diagnosis/alertRoutes.ts'
import { countOf, few } from '../../lib/messages.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { kindsOf, namesOf, routingRemedy, type Kind } from './alertKinds.ts'
import type { Rule } from './common.ts'

/** The alerts that a rule can mute here; none if no alert here matches its source side. */
const mutedBy = (rule: InhibitRule, kinds: readonly Kind[]): readonly string[] => {
  const { sources, targets } = inhibitMatchers(rule)
  const hasSource = kinds.some(({ labels }) => matchesAll(sources, labels))
  return hasSource ? namesOf(kinds.filter(({ labels }) => matchesAll(targets, labels))) : []
}

/** An inhibition rule that compares other labels of the two alerts. */
const equalDifference = (
  sides: string,
  old: InhibitRule,
  now: InhibitRule,
  muted: readonly string[],
): Difference => {
  const labelsOf = ({ equal = [] }: InhibitRule) => (equal.length > 0 ? equal.join(', ') : 'no labels')
  const sentence = `the inhibition that ${sides} now compares ${labelsOf(now)} instead of ${labelsOf(old)}`
  const finding = findingsAbout(`inhibition/${sides}/equal`, `inhibition:${sides}`)
  return muted.length > 0
    ? finding(
        'new',
        'medium',
        `${sentence}: other alerts than before mute ${countOf(muted.length, 'alert')}: ${few(muted)}`,
        routingRemedy,
        { changesMeaning: true },
      )
    : finding('change', 'low', `${sentence}; no alerts here match both of its sides`)
}

/** Inhibition rules that are new or gone, or require other labels to be equal. */
export const inhibitions: Rule = (before, after) => {
  const kinds = kindsOf(before, after)
  const [was, is] = [before, after].map(({ notification }) =>
    (notification.alertmanager.inhibit_rules ?? []).map(({ equal = [], ...rule }) => ({
      ...rule,
      equal: equal.toSorted(),
    })),
  )
  const onlyIn = (these: readonly InhibitRule[] = [], others: readonly InhibitRule[] = []) =>
    these.filter((rule) => !others.some((other) => describeInhibition(other) === describeInhibition(rule)))
  const differenceOf = (rule: InhibitRule, what: string, effect: string): Difference => {
    const text = describeInhibition(rule)
    const muted = mutedBy(rule, kinds)
    const finding = findingsAbout(`inhibition/${text}`, `inhibition:${text}`)
    return muted.length > 0
      ? finding(
          'new',
          'medium',
          `the inhibition that ${text} is ${what}: ${countOf(muted.length, 'alert')} ${effect}: ${few(muted)}`,
          routingRemedy,
          { changesMeaning: true },
        )
      : finding(
          'change',
          'low',
          `the inhibition that ${text} is ${what}; no alerts here match both of its sides`,
        )
  }
  const [added, gone] = [onlyIn(is, was), onlyIn(was, is)]
  const sidesOf = (rule: InhibitRule) => describeInhibition({ ...rule, equal: [] })
  const changed = gone.flatMap((old) => {
    const now = added.find((rule) => sidesOf(rule) === sidesOf(old))
    return now ? [{ old, now }] : []
  })
  return [
    ...changed.map(({ old, now }) => equalDifference(sidesOf(old), old, now, mutedBy(now, kinds))),
    ...added
      .filter((rule) => !changed.some(({ now }) => now === rule))
      .map((rule) => differenceOf(rule, 'new', 'can be muted by others')),
    ...gone
      .filter((rule) => !changed.some(({ old }) => old === rule))
      .map((rule) => differenceOf(rule, 'gone', 'are no longer muted by others')),
  ]
}
