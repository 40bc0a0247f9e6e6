import { matchesAll } from '../../clients/alertMatchers.ts'
import type { Labels } from '../../clients/prometheus.ts'
import { droppingRelabeling } from '../../diagnosis/alerting.ts'
import {
  allMatchers,
  describeInhibition,
  inhibitMatchers,
  matchedRoutes,
  type AlertmanagerConfiguration,
  type InhibitRule,
  type MatchedRoute,
} from '../../diagnosis/alertRoutes.ts'
import { isObject } from '../../lib/json.ts'
import { countOf, few } from '../../lib/messages.ts'
import { durationSeconds } from '../../lib/promql.ts'
import { integrationsOf, labelVariants, ownLabels, receiverNames } from '../notified.ts'
import type { Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { ruleName } from '../rulePairs.ts'
import { describeDifference, differences, sortedPairs } from '../structuralDiff.ts'
import { isSame, type Rule } from './common.ts'

const valuesRemedy =
  'set the old value under alertmanager.config in the values file, or in the AlertmanagerConfig'

/** An alert with some labels: how it is described, and the labels. */
type Kind = Readonly<{ text: string; labels: Labels }>

/** The alerts of the old rules, as the matchers of both configurations can tell them apart. */
const kindsOf = (before: Observation, after: Observation): readonly Kind[] => {
  const configurations = [before, after].map(({ notification }) => notification.alertmanager)
  const all = Object.entries(before.alertingRules).flatMap(([key, { labels }]) => {
    const name = ruleName(key)
    const own = ownLabels(name, labels)
    return labelVariants(own, configurations).map((variant) => {
      const added = Object.entries(variant).filter(([label]) => !(label in own))
      const text = added.map(([label, value]) => ` with ${label}="${value}"`).join('')
      return { text: `${name}${text}`, labels: variant }
    })
  })
  return [...new Map(all.map((kind) => [JSON.stringify(kind.labels), kind])).values()]
}

/** Which of the labels that were added make a difference is not known: the alert without them stands for all. */
const namesOf = (kinds: readonly Kind[]): readonly string[] => {
  const plain = kinds.filter(({ text }) => !text.includes(' with ')).map(({ text }) => text)
  const others = kinds.filter(({ text }) => !plain.some((name) => text.startsWith(`${name} with `)))
  return [
    ...new Set([...plain, ...others.filter(({ text }) => text.includes(' with ')).map(({ text }) => text)]),
  ]
}

const describeReceivers = (configuration: AlertmanagerConfiguration, names: string): string =>
  names.split(' and ').every((name) => Object.keys(integrationsOf(configuration, name)).length === 0)
    ? `${names} (which notifies nobody)`
    : names

const isIdle = (configuration: AlertmanagerConfiguration, names: string) =>
  describeReceivers(configuration, names) !== names

const settings = [
  ['groupWait', 'group_wait', 'the first notification of a group waits'],
  ['groupInterval', 'group_interval', 'the next notification of a group waits'],
  ['repeatInterval', 'repeat_interval', 'a notification is repeated after'],
] as const

type RouteChange = Readonly<{
  id: string
  sentence: string
  isWorse: boolean
  /** What the change is about, for those that share it. */
  kind: Kind
}>

const namesIn = (names: readonly string[]) => (names.length > 0 ? [...names].sort().join(', ') : 'none')

/** What changed between two routes of one alert to the same receivers. */
const settingChanges = (
  old: MatchedRoute,
  now: MatchedRoute,
  kind: Kind,
  idle: boolean,
): readonly RouteChange[] => {
  const { receiver } = now
  const lists = [
    ['mute_time_intervals', old.muteTimeIntervals, now.muteTimeIntervals, now.muteTimeIntervals.length > 0],
    [
      'active_time_intervals',
      old.activeTimeIntervals,
      now.activeTimeIntervals,
      now.activeTimeIntervals.length > 0,
    ],
    ['group_by', old.groupBy, now.groupBy, false],
  ] as const
  return [
    ...settings.flatMap(([field, name, effect]): readonly RouteChange[] => {
      if (old[field] === now[field]) return []
      const [was, is] = [durationSeconds(old[field]), durationSeconds(now[field])]
      if (was === is) return []
      const sentence = `${name} of receiver ${receiver} changed from ${old[field]} to ${now[field]}: ${effect} ${now[field]}`
      return [{ id: `route/${receiver}/${name}`, sentence, isWorse: !idle && is >= was * 2, kind }]
    }),
    ...lists.flatMap(([name, was, is, isWorse]): readonly RouteChange[] => {
      if (namesIn(was) === namesIn(is)) return []
      const sentence = `${name} of receiver ${receiver} changed from ${namesIn(was)} to ${namesIn(is)}`
      return [{ id: `route/${receiver}/${name}`, sentence, isWorse: !idle && isWorse, kind }]
    }),
  ]
}

const routeChanges = (before: Observation, after: Observation): readonly RouteChange[] => {
  const [was, is] = [before.notification.alertmanager, after.notification.alertmanager]
  return kindsOf(before, after).flatMap((kind) => {
    const [old, now] = [matchedRoutes(was, kind.labels), matchedRoutes(is, kind.labels)]
    const [names, newNames] = [receiverNames(old), receiverNames(now)]
    if (names !== newNames) {
      const bothIdle = isIdle(was, names) && isIdle(is, newNames)
      const integrations = (configuration: AlertmanagerConfiguration, all: string) =>
        all.split(' and ').map((name) => integrationsOf(configuration, name))
      const isRenamed = isSame(integrations(was, names), integrations(is, newNames))
      const sentence = `notifications move from ${describeReceivers(was, names)} to ${describeReceivers(is, newNames)}`
      return [{ id: `route/${names}→${newNames}`, sentence, isWorse: !bothIdle && !isRenamed, kind }]
    }
    const idle = isIdle(was, names)
    return old.flatMap((route, index) => {
      const other = now[index]
      return other ? settingChanges(route, other, kind, idle) : []
    })
  })
}

/** Who is notified of each alert, when and how often. */
export const routes: Rule = (before, after) =>
  [...Map.groupBy(routeChanges(before, after), ({ id, sentence }) => `${id} ${sentence}`)].flatMap(
    ([, all]): readonly Difference[] => {
      const [first] = all
      if (!first) return []
      const names = namesOf(all.map(({ kind }) => kind))
      const sentence = `${first.sentence}, for ${countOf(names.length, 'alert')}: ${few(names)}`
      const finding = findingsAbout(first.id, first.id)
      return [
        first.isWorse
          ? finding('new', 'high', sentence, valuesRemedy, { changesMeaning: true })
          : finding('change', 'low', sentence),
      ]
    },
  )

/** The fields of an integration that say where a notification goes and whether it does; not those of the connection. */
const isTarget = (path: readonly string[]) => !path.includes('http_config') && !path.includes('tls_config')

/** Receivers that notify in another way, and the time intervals that mute. */
export const receivers: Rule = (before, after) => {
  const [was, is] = [before.notification.alertmanager, after.notification.alertmanager]
  const named = ({ receivers: all = [] }: AlertmanagerConfiguration) => all.map(({ name }) => name)
  const kept = named(was).filter((name) => named(is).includes(name))
  const used = new Set(
    kindsOf(before, after).flatMap(({ labels }) => matchedRoutes(is, labels).map(({ receiver }) => receiver)),
  )
  const ofReceivers = kept.flatMap((name): readonly Difference[] => {
    const [old, now] = [integrationsOf(was, name), integrationsOf(is, name)]
    const found = differences(old, now)
    if (found.length === 0) return []
    const isLost = sortedPairs(old, now).some(
      (pair) => (pair.before ?? []).length > (pair.after ?? []).length,
    )
    const isOther = found.some(
      ({ path, before: from, after: to }) => from !== undefined && to !== undefined && isTarget(path),
    )
    const finding = findingsAbout(`receiver/${name}`, `receiver:${name}`)
    const sentence = `receiver ${name} notifies in another way: ${few(found.map(describeDifference))}`
    return [
      used.has(name) && (isLost || isOther)
        ? finding('new', 'high', sentence, valuesRemedy, { changesMeaning: true })
        : finding('change', 'low', sentence),
    ]
  })
  return [...ofReceivers, ...timeIntervals(was, is)]
}

const intervalsOf = (configuration: AlertmanagerConfiguration): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    [...(configuration.time_intervals ?? []), ...(configuration.mute_time_intervals ?? [])].map(
      ({ name, ...rest }) => [name, rest],
    ),
  )

const timeIntervals = (
  was: AlertmanagerConfiguration,
  is: AlertmanagerConfiguration,
): readonly Difference[] =>
  sortedPairs(intervalsOf(was), intervalsOf(is))
    .filter(({ before, after }) => before !== undefined && after !== undefined && !isSame(before, after))
    .map(({ name, before, after }) =>
      findingsAbout(`time-interval/${name}`, `time interval:${name}`)(
        'new',
        'high',
        `time interval ${name} mutes at other times: ${few(differences(before, after).map(describeDifference))}`,
        valuesRemedy,
        { changesMeaning: true },
      ),
    )

/** The alerts that a rule can mute here, if there is one that can make it do so. */
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
          valuesRemedy,
          { changesMeaning: true },
        )
      : finding('change', 'low', `the inhibition that ${text} is ${what}; no alert here is on both sides`)
  }
  return [
    ...onlyIn(is, was).map((rule) => differenceOf(rule, 'new', 'can be muted by others')),
    ...onlyIn(was, is).map((rule) => differenceOf(rule, 'gone', 'are no longer muted by others')),
  ]
}

const dropOf = (relabelings: readonly unknown[], labels: Labels): string | undefined =>
  droppingRelabeling(JSON.stringify({ alerting: { alert_relabel_configs: relabelings } }), labels)

/** Alerts that Prometheus drops or relabels before it sends them. */
export const relabelings: Rule = (before, after) => {
  const [was, is] = [before.notification.relabelings, after.notification.relabelings]
  if (isSame(was, is)) return []
  const dropped = kindsOf(before, after).flatMap((kind) => {
    const by = dropOf(was, kind.labels) === undefined ? dropOf(is, kind.labels) : undefined
    return by === undefined ? [] : [{ kind, by }]
  })
  const finding = findingsAbout('alert-relabelings', 'alert relabelings')
  const remedy = 'set the old list in prometheusSpec.additionalAlertRelabelConfigs of the values'
  const changes = few(differences(was, is).map(describeDifference))
  if (dropped.length > 0) {
    const names = namesOf(dropped.map(({ kind }) => kind))
    const sentence = `Prometheus no longer sends ${countOf(names.length, 'alert')} to Alertmanager: ${few(names)}; ${dropped[0]?.by}`
    return [finding('new', 'high', sentence, remedy, { changesMeaning: true })]
  }
  const routed = new Set(allMatchers(after.notification.alertmanager).map(({ name }) => name))
  const isRouting = [...was, ...is].some(
    (step) => isObject(step) && typeof step['target_label'] === 'string' && routed.has(step['target_label']),
  )
  const sentence = `Prometheus changes the labels of alerts in another way before it sends them: ${changes}`
  return [
    isRouting
      ? finding('new', 'high', `${sentence}; routes match these labels`, remedy, { changesMeaning: true })
      : finding('change', 'medium', sentence, remedy),
  ]
}
