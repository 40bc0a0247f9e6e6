import { matchedRoutes, type AlertmanagerConfiguration } from '../../diagnosis/alertRoutes.ts'
import { few } from '../../lib/messages.ts'
import { integrationsOf } from '../notified.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { describeDifference, differences, sortedPairs, type Pair } from '../structuralDiff.ts'
import { kindsOf, routingRemedy } from './alertKinds.ts'
import { isSame, type Rule } from './common.ts'

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
        `time interval ${name} mutes at different times: ${few(differences(before, after).map(describeDifference))}`,
        routingRemedy,
        { changesMeaning: true },
      ),
    )

/** The fields of an integration that decide where notifications go, as opposed to connection settings. */
const isTarget = (path: readonly string[]) => !path.includes('http_config') && !path.includes('tls_config')

/** A URL only by its host, and a password not at all, because many people read a report. */
const describeSecret = ({ name, before = '', after = '' }: Pair<string>): string => {
  const [was, is] = [before, after].map((text) => / /.exec(text) && text.split(' ')[0])
  if (!was || !is) return `${name} changed`
  return was === is ? `${name} changed to a different path of ${is}` : `${name} changed from ${was} to ${is}`
}

/** Receivers and time intervals that changed. */
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
    const sentence = `receiver ${name} changed: ${few(found.map(describeDifference))}`
    return [
      used.has(name) && (isLost || isOther)
        ? finding('new', 'high', sentence, routingRemedy, { changesMeaning: true })
        : finding('change', 'low', sentence),
    ]
  })
  const ofSecrets = kept.flatMap((name): readonly Difference[] => {
    const changed = sortedPairs(
      before.notification.secrets[name] ?? {},
      after.notification.secrets[name] ?? {},
    ).filter((pair) => pair.before !== undefined && pair.after !== undefined && pair.before !== pair.after)
    if (changed.length === 0) return []
    const fields = few(changed.map(describeSecret))
    const finding = findingsAbout(`receiver/${name}/secrets`, `receiver:${name}`)
    const sentence = `receiver ${name} has a different target or different credentials: ${fields}`
    return [
      used.has(name)
        ? finding('new', 'high', sentence, routingRemedy, { changesMeaning: true })
        : finding('change', 'low', `${sentence}; no alert here is routed to it`),
    ]
  })
  return [...ofReceivers, ...ofSecrets, ...timeIntervals(was, is)]
}

/** The Alertmanagers that Prometheus sends alerts to. */
export const alertmanagers: Rule = (before, after) => {
  const [was, is] = [before.notification.alertmanagers, after.notification.alertmanagers]
  const onlyIn = (these: readonly string[], others: readonly string[]) =>
    these.filter((one) => !others.includes(one))
  const [gone, added] = [onlyIn(was, is), onlyIn(is, was)]
  const finding = findingsAbout('alertmanagers', 'alertmanagers')
  if (gone.length > 0)
    return [
      finding(
        'new',
        'high',
        `Prometheus no longer sends alerts to ${gone.join(', ')}, only to ${is.join(', ') || 'nobody'}: its receivers get no notifications`,
        'set prometheusSpec.alertingEndpoints or prometheusSpec.additionalAlertManagerConfigs to the old value',
        { changesMeaning: true },
      ),
    ]
  return added.length > 0
    ? [
        finding(
          'change',
          'medium',
          `Prometheus now sends alerts also to ${added.join(', ')}; before, only to ${was.join(', ') || 'nobody'}`,
          'check that it may have them',
        ),
      ]
    : []
}
