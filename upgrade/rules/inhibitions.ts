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

/** Inhibition rules that are new or gone. */
export const inhibitions: Rule = (before, after) => {
  const kinds = kindsOf(before, after)
  const [was, is] = [before, after].map(({ notification }) => notification.alertmanager.inhibit_rules ?? [])
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
  return [
    ...onlyIn(is, was).map((rule) => differenceOf(rule, 'new', 'can be muted by others')),
    ...onlyIn(was, is).map((rule) => differenceOf(rule, 'gone', 'are no longer muted by others')),
  ]
}
