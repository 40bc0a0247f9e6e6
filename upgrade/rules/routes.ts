import {
  matchedRoutes,
  type AlertmanagerConfiguration,
  type MatchedRoute,
} from '../../diagnosis/alertRoutes.ts'
import { countOf, few } from '../../lib/messages.ts'
import { durationSeconds } from '../../lib/promql.ts'
import { integrationsOf, receiverNames } from '../notified.ts'
import type { Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { kindsOf, namesOf, routingRemedy, type Kind } from './alertKinds.ts'
import { isSame, type Rule } from './common.ts'

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
  /** The alert that the change affects. */
  kind: Kind
}>

const namesIn = (names: readonly string[]) => (names.length > 0 ? [...names].sort().join(', ') : 'none')

/** What changed between two routes of one alert to the same receivers. */
const settingChanges = (old: MatchedRoute, now: MatchedRoute, kind: Kind): readonly RouteChange[] => {
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
      return [{ id: `route/${receiver}/${name}`, sentence, isWorse: is >= was * 2, kind }]
    }),
    ...lists.flatMap(([name, was, is, isWorse]): readonly RouteChange[] => {
      if (namesIn(was) === namesIn(is)) return []
      const sentence = `${name} of receiver ${receiver} changed from ${namesIn(was)} to ${namesIn(is)}`
      return [{ id: `route/${receiver}/${name}`, sentence, isWorse, kind }]
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
      // Alertmanager masks URLs and keys, so receivers that differ only in these look the same.
      const integrations = ({ notification }: Observation, all: string) =>
        all
          .split(' and ')
          .map((name) => [integrationsOf(notification.alertmanager, name), notification.secrets[name]])
      const isRenamed = isSame(integrations(before, names), integrations(after, newNames))
      const sentence = `notifications move from ${describeReceivers(was, names)} to ${describeReceivers(is, newNames)}`
      return [{ id: `route/${names} to ${newNames}`, sentence, isWorse: !bothIdle && !isRenamed, kind }]
    }
    return old.flatMap((route, index) => {
      const other = now[index]
      return other ? settingChanges(route, other, kind) : []
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
          ? finding('new', 'high', sentence, routingRemedy, { changesMeaning: true })
          : finding('change', 'low', sentence),
      ]
    },
  )
