import { parse } from 'yaml'
import {
  acceptsValue,
  describeMatchers,
  matchesAll,
  parseMatchers,
  type Matcher,
} from '../clients/alertMatchers.ts'
import type { Silence } from '../clients/alertmanager.ts'
import type { Labels } from '../clients/prometheus.ts'
import { describeLabels } from '../clients/selectors.ts'

type MatcherFields = Readonly<{ matchers?: readonly string[]; match?: Labels; match_re?: Labels }>
type RouteFields = MatcherFields &
  Readonly<{
    receiver?: string
    continue?: boolean
    routes?: readonly RouteFields[]
    group_by?: readonly string[]
    group_wait?: string
    group_interval?: string
    repeat_interval?: string
    mute_time_intervals?: readonly string[]
    active_time_intervals?: readonly string[]
  }>
/** An inhibition rule: which alerts mute which others. */
export type InhibitRule = Readonly<{
  source_matchers?: readonly string[]
  source_match?: Labels
  source_match_re?: Labels
  target_matchers?: readonly string[]
  target_match?: Labels
  target_match_re?: Labels
  equal?: readonly string[]
}>
type Integration = Readonly<{ send_resolved?: boolean }>
type NamedFields = Readonly<{ name: string }> & Readonly<Record<string, unknown>>
/** The parts of Alertmanager's configuration that decide where an alert goes. */
export type AlertmanagerConfiguration = Readonly<{
  route: RouteFields
  inhibit_rules?: readonly InhibitRule[]
  receivers?: readonly NamedFields[]
  time_intervals?: readonly NamedFields[]
  /** The deprecated name of time_intervals. */
  mute_time_intervals?: readonly NamedFields[]
}>

export const parseConfiguration = (yaml: string): AlertmanagerConfiguration =>
  parse(yaml) as AlertmanagerConfiguration

const matchersOf = ({ matchers = [], match = {}, match_re = {} }: MatcherFields): readonly Matcher[] => [
  ...Object.entries(match).map(([name, value]) => ({ name, operator: '=', value }) as const),
  ...Object.entries(match_re).map(([name, value]) => ({ name, operator: '=~', value }) as const),
  ...matchers.flatMap(parseMatchers),
]

/** A route that an alert ends at. */
export type MatchedRoute = Readonly<{
  receiver: string
  /** The matchers of each route on the way to it, without those of the root, which has none. */
  path: readonly (readonly Matcher[])[]
  groupBy: readonly string[]
  groupWait: string
  groupInterval: string
  repeatInterval: string
  muteTimeIntervals: readonly string[]
  activeTimeIntervals: readonly string[]
}>

/** The values that a route without its own takes from its parent; these are the root's. */
const defaults = {
  receiver: '',
  path: [],
  groupBy: [],
  groupWait: '30s',
  groupInterval: '5m',
  repeatInterval: '4h',
}
type Inherited = Omit<MatchedRoute, 'muteTimeIntervals' | 'activeTimeIntervals'>

const matchRoute = (
  fields: RouteFields,
  labels: Labels,
  parent: Inherited,
  matchers: readonly Matcher[],
): readonly MatchedRoute[] => {
  if (!matchesAll(matchers, labels)) return []
  const own = {
    receiver: fields.receiver || parent.receiver,
    groupBy: fields.group_by ?? parent.groupBy,
    groupWait: fields.group_wait ?? parent.groupWait,
    groupInterval: fields.group_interval ?? parent.groupInterval,
    repeatInterval: fields.repeat_interval ?? parent.repeatInterval,
    path: parent.path,
  }
  const found: MatchedRoute[] = []
  for (const child of fields.routes ?? []) {
    const childMatchers = matchersOf(child)
    const matched = matchRoute(child, labels, { ...own, path: [...own.path, childMatchers] }, childMatchers)
    found.push(...matched)
    if (matched.length > 0 && child.continue !== true) break
  }
  if (found.length > 0) return found
  const { mute_time_intervals: muteTimeIntervals = [], active_time_intervals: activeTimeIntervals = [] } =
    fields
  return [{ ...own, muteTimeIntervals, activeTimeIntervals }]
}

/**
 * The routes that an alert ends at, in order: depth first, the deepest that match; the next sibling of a match is tried
 * only if the match says `continue`.
 * @see https://prometheus.io/docs/alerting/latest/configuration/#route
 */
export const matchedRoutes = (
  { route }: AlertmanagerConfiguration,
  labels: Labels,
): readonly MatchedRoute[] => matchRoute(route, labels, defaults, matchersOf(route))

/** `route {team="shop"} > {severity="critical"}` */
export const describeRoute = ({ path }: Pick<MatchedRoute, 'path'>): string =>
  path.length === 0 ? 'the root route' : `route ${path.map(describeMatchers).join(' > ')}`

/** The matchers of both sides of an inhibition rule. */
export const inhibitMatchers = (
  rule: InhibitRule,
): Readonly<{ sources: readonly Matcher[]; targets: readonly Matcher[] }> => ({
  sources: matchersOf({
    matchers: rule.source_matchers ?? [],
    match: rule.source_match ?? {},
    match_re: rule.source_match_re ?? {},
  }),
  targets: matchersOf({
    matchers: rule.target_matchers ?? [],
    match: rule.target_match ?? {},
    match_re: rule.target_match_re ?? {},
  }),
})

/** `{severity="critical"} mutes {severity="warning"} with equal namespace` */
export const describeInhibition = (rule: InhibitRule): string => {
  const { sources, targets } = inhibitMatchers(rule)
  const { equal = [] } = rule
  return `${describeMatchers(sources)} mutes ${describeMatchers(targets)}${equal.length > 0 ? ` with equal ${equal.join(', ')}` : ''}`
}

/** The matchers of all routes and inhibition rules. */
export const allMatchers = ({ route, inhibit_rules = [] }: AlertmanagerConfiguration): readonly Matcher[] => {
  const ofRoute = (fields: RouteFields): readonly Matcher[] => [
    ...matchersOf(fields),
    ...(fields.routes ?? []).flatMap(ofRoute),
  ]
  const ofInhibitions = inhibit_rules.map(inhibitMatchers)
  return [...ofRoute(route), ...ofInhibitions.flatMap(({ sources, targets }) => [...sources, ...targets])]
}

/** A rule that mutes an alert, and the alert that makes it do so. */
export type Inhibition = Readonly<{ source: Labels; rule: string }>

/**
 * The inhibition of an alert by other active alerts. An alert that is on both sides of a rule is not muted by one that
 * is, too.
 * @see https://prometheus.io/docs/alerting/latest/configuration/#inhibition-related-settings
 */
export const inhibitionOf = (
  { inhibit_rules = [] }: AlertmanagerConfiguration,
  labels: Labels,
  active: readonly Labels[],
): Inhibition | undefined => {
  for (const rule of inhibit_rules) {
    const { sources, targets } = inhibitMatchers(rule)
    if (!matchesAll(targets, labels)) continue
    const isTwoSided = matchesAll(sources, labels)
    const equal = rule.equal ?? []
    const source = active.find(
      (other) =>
        matchesAll(sources, other) &&
        equal.every((name) => (other[name] ?? '') === (labels[name] ?? '')) &&
        !(isTwoSided && matchesAll(targets, other)),
    )
    if (source) return { source, rule: describeInhibition(rule) }
  }
  return undefined
}

/** Whether every integration of a receiver also sends resolutions; those of a webhook do unless told otherwise. */
export const sendsResolved = ({ receivers = [] }: AlertmanagerConfiguration, name: string): boolean =>
  Object.values(receivers.find((one) => one.name === name) ?? {})
    .filter((value): value is readonly Integration[] => Array.isArray(value))
    .flat()
    .every(({ send_resolved: sends = true }) => sends)

export const operatorOf = ({ isRegex, isEqual = true }: Silence['matchers'][number]): Matcher['operator'] =>
  isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='

/** Whether a receiver has no integration. */
const sendsNothing =
  ({ receivers = [] }: AlertmanagerConfiguration) =>
  (name: string): boolean =>
    // Alertmanager adds labels, and other things may follow.
    !Object.keys(receivers.find((one) => one.name === name) ?? {}).some((key) => key.endsWith('_configs'))

/** The active silences that mute an alert. */
export const silencesOf = (silences: readonly Silence[], labels: Labels): readonly Silence[] =>
  silences.filter(
    ({ status, matchers }) =>
      status.state === 'active' &&
      matchers.every((one) => acceptsValue({ ...one, operator: operatorOf(one) }, labels[one.name] ?? '')),
  )

/** Where a kind of alert should go. */
export type ExpectedRoute = Readonly<{ alert: string; labels: Labels; receivers: readonly string[] }>

const isOfConfigs = (receiver: string, configs: readonly string[]) =>
  configs.some((config) => receiver.startsWith(`${config}/`))

/**
 * The kinds of alerts that do not go where they should. Receivers of AlertmanagerConfigs may get them besides.
 * @param configs `namespace/name` of each AlertmanagerConfig: the operator prefixes its receivers with that
 * @param added receivers of the overlay: they may get alerts besides, and those that nobody gets
 */
export const misroutedAlerts = (
  configuration: AlertmanagerConfiguration,
  expected: readonly ExpectedRoute[],
  configs: readonly string[],
  added: readonly string[] = [],
): readonly string[] =>
  expected.flatMap(({ alert, labels, receivers }) => {
    const routes = matchedRoutes(configuration, labels)
    const found = routes.filter(
      ({ receiver }) => !isOfConfigs(receiver, configs) && !added.includes(receiver),
    )
    const names = [...new Set(found.map(({ receiver }) => receiver))]
    if (names.join() === receivers.join()) return []
    const isTaken = routes.some(({ receiver }) => added.includes(receiver))
    if (isTaken && names.length === 0 && receivers.every(sendsNothing(configuration))) return []
    const wrong = routes.filter(({ receiver }) => !receivers.includes(receiver))
    const takers = (wrong.length > 0 ? wrong : routes).map(
      (route) => `${describeRoute(route)} sends it to ${route.receiver}`,
    )
    return [
      `${alert} (${describeLabels(labels)}) should go to ${receivers.join(' and ')}, but goes to ${names.join(' and ') || 'none of these'}: ${takers.join('; ')}`,
    ]
  })
