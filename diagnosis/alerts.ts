import { HttpError } from '../clients/http.ts'
import type { Alert, Labels, Prometheus, Rule, Sample } from '../clients/prometheus.ts'
import { describeLabels } from '../clients/selectors.ts'
import { describeExpired, isExpired, type Accepted } from '../config/accepted.ts'
import { describeSeconds } from '../lib/progress.ts'
import { countOf, few, oneLine } from '../lib/messages.ts'
import { expectedAlerts, isOwnAlert, type ExpectedAlert } from './expectedAlerts.ts'
import { durationSeconds } from '../lib/promql.ts'

// Seconds. Two to four scrapes of every target of the chart: what has ended is not seen in them any more.
const recentSeconds = 20
// Seconds. What comes once a minute, such as a notification, is seen in them.
const recurringSeconds = 150

const strings = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/
/** `[5m]`, and `[15m:1m]` of a subquery. */
const window = /\[\s*(\w+)\s*(:\s*\w*\s*)?\]/g

/** The expression with strings left alone and the rest replaced. */
const outsideStrings = (expr: string, replace: (code: string) => string): string =>
  expr
    .split(strings)
    .map((part, index) => (index % 2 === 1 ? part : replace(part)))
    .join('')

/** How many seconds an expression looks back, at most. */
export const lookback = (expr: string): number => {
  const code = expr.split(strings).filter((_, index) => index % 2 === 0)
  const windows = code.flatMap((part) => [...part.matchAll(window)])
  return Math.max(0, ...windows.map(([, duration = '']) => durationSeconds(duration)))
}

/** What a recording rule records, with the labels that it adds. */
const recorded = ({ query, labels = {} }: Rule): string =>
  Object.entries(labels).reduce(
    (expr, [key, value]) => `label_replace(${expr}, "${key}", "${value}", "", "")`,
    `(${query})`,
  )

/** The expression with the expressions of the recording rules that it names, unless with a selector of its own. */
const inlineRecordings = (expr: string, rules: readonly Rule[]): string => {
  const named = rules.filter(
    ({ type, name }) => type === 'recording' && name.includes(':') && expr.includes(name),
  )
  // Several rules may record the same metric, with different labels.
  return Object.entries(Object.groupBy(named, ({ name }) => name)).reduce(
    (whole, [name, own = []]) =>
      outsideStrings(whole, (code) =>
        code.replaceAll(
          new RegExp(`(?<![\\w:])${name}(?![\\w:{[]|\\s*[{[])`, 'g'),
          () => `(${own.map(recorded).join(' or ')})`,
        ),
      ),
    expr,
  )
}

/** The expression with windows of at most this many seconds. */
export const narrowed = (expr: string, seconds: number): string =>
  outsideStrings(expr, (code) =>
    code.replaceAll(window, (whole, duration: string, step: string | undefined) =>
      durationSeconds(duration) <= seconds
        ? whole
        : step === undefined
          ? `[${seconds}s]`
          : `[${seconds}s:5s]`,
    ),
  )

/**
 * What an alert that looks back over minutes finds if it looks back over seconds: nothing, if its cause has ended. After a
 * start, errors of the first seconds keep such alerts pending for minutes. Undefined if it does not look back.
 */
export const recentExpression = (alert: Alert, rules: readonly Rule[], now: number): string | undefined => {
  // Twice, since recording rules use others.
  const expr = inlineRecordings(inlineRecordings(alert.query, rules), rules)
  const seconds = lookback(expr)
  const ageSeconds = (now - alert.since) / 1000
  // Active for longer than its window: what it saw at first is out of sight, and something came after it.
  const kept = ageSeconds > seconds + recentSeconds ? recurringSeconds : recentSeconds
  return seconds <= kept ? undefined : narrowed(expr, kept)
}

/** Labels of the rule, which its expression does not have, are in the alert besides. */
const comesFrom = ({ labels }: Sample, alert: Alert): boolean =>
  Object.entries(labels).every(([key, value]) => key === '__name__' || alert.labels[key] === value)

/** Everything by which alerts are judged. */
export type AlertFacts = Readonly<{
  alerts: readonly Alert[]
  rules: readonly Rule[]
  /** Result of the condition of each expected alert, by its name. */
  conditions: Readonly<Record<string, readonly Sample[]>>
  /** Result of the recent expression of each alert that looks back, by that expression; none if Prometheus refuses it. */
  recent: Readonly<Record<string, readonly Sample[]>>
  /** Milliseconds since 1970. */
  now: number
}>

const sameOn = (on: readonly string[], labels: Labels, others: Labels): boolean =>
  on.every((key) => (labels[key] ?? '') === (others[key] ?? ''))

/** Why the list of expected alerts does not excuse an alert that it has; undefined if it does. */
const whyNotExpected = (
  { alert: name, holds, reason }: ExpectedAlert,
  { labels }: Alert,
  conditions: AlertFacts['conditions'],
): string | undefined =>
  holds === undefined || (conditions[name] ?? []).some((one) => sameOn(holds.on, one.labels, labels))
    ? undefined
    : `it is expected because ${reason}, and that is not so here: ${holds.expr} has no result for ` +
      holds.on.map((key) => `${key} ${labels[key] ?? 'none'}`).join(', ')

const text = (words: string | undefined): readonly string[] => (words ? [oneLine(words.trim())] : [])

const describeAlert = (alert: Alert, now: number, notExpected: string | undefined): string => {
  const { name, state, since, labels, annotations, query, value, group } = alert
  const others = Object.fromEntries(Object.entries(labels).filter(([key]) => key !== 'alertname'))
  return [
    `alert ${name} of group ${group} has been ${state} for ${describeSeconds(Math.max(0, now - since) / 1000)}, since ${new Date(since).toISOString()}: ${describeLabels(others) || 'no labels'}`,
    ...text(annotations['summary']),
    ...text(annotations['description'] ?? annotations['message']),
    `its expression is ${Number(value)}: ${oneLine(query).slice(0, 300)}`,
    ...(notExpected === undefined ? [] : [notExpected]),
    `  remedy: ${annotations['runbook_url'] ?? 'correct what the alert is about'}; if it belongs to a healthy stack, list it with its reason in diagnosis/expectedAlerts.ts, or in accepted.yaml of your overlay`,
  ].join('\n')
}

/** Entries of the list whose group is loaded, and whose alert is not in it any more. */
const staleEntries = (rules: readonly Rule[]): readonly string[] =>
  expectedAlerts
    .filter(
      ({ alert, group }) =>
        rules.some((rule) => rule.group === group) &&
        !rules.some((rule) => rule.group === group && rule.name === alert),
    )
    .map(
      ({ alert, group }) =>
        `the list of expected alerts names ${alert}, which group ${group} does not define any more\n` +
        '  remedy: remove it from diagnosis/expectedAlerts.ts',
    )

/** Entries of an overlay that have expired, or whose alert no rule defines. */
const staleAccepted = (accepted: Accepted['alerts'], rules: readonly Rule[]): readonly string[] =>
  accepted.flatMap((entry) => {
    const { alert, at } = entry
    if (isExpired(entry)) return [describeExpired(`alert ${alert}`, entry)]
    if (rules.some(({ name }) => name === alert)) return []
    return [`${at}: no rule of Prometheus is named ${alert}\n  remedy: correct the name, or remove the entry`]
  })

/**
 * The alerts that nothing excuses, and the excuses that are stale.
 * @param accepted by the overlay
 */
export const alertShortfalls = (facts: AlertFacts, accepted: Accepted['alerts'] = []): readonly string[] => {
  const { alerts, rules, conditions, recent, now } = facts
  // Firing before pending: it has lasted longer.
  const byState = alerts.toSorted((a, b) => Number(b.state === 'firing') - Number(a.state === 'firing'))
  const unexpected = byState.flatMap((alert) => {
    if (isOwnAlert(alert.labels)) return []
    if (accepted.some((one) => one.alert === alert.name && !isExpired(one))) return []
    const entry = expectedAlerts.find(({ alert: name }) => name === alert.name)
    const notExpected = entry && whyNotExpected(entry, alert, conditions)
    if (entry && notExpected === undefined) return []
    const expression = recentExpression(alert, rules, now)
    const found = expression === undefined ? undefined : recent[expression]
    const isOver = found !== undefined && !found.some((one) => comesFrom(one, alert))
    return isOver ? [] : [describeAlert(alert, now, notExpected)]
  })
  return [
    ...(unexpected.length > 3
      ? [`${countOf(unexpected.length, 'alert')} are pending or firing that should not be`]
      : []),
    ...(unexpected.length > 0 ? [few(unexpected, 3, '\n')] : []),
    ...staleEntries(rules),
    ...staleAccepted(accepted, rules),
  ]
}

/** `Watchdog firing, NodeSystemSaturation pending (4)`, without the harness's own alerts. */
export const describeActive = ({ alerts }: AlertFacts): string =>
  [
    ...Map.groupBy(
      alerts.filter(({ labels }) => !isOwnAlert(labels)),
      ({ name, state }) => `${name} ${state}`,
    ),
  ]
    .map(([alert, same]) => (same.length === 1 ? alert : `${alert} (${same.length})`))
    .join(', ')

/** Asks Prometheus for what `alertShortfalls` judges. */
export const readAlertFacts = async (prometheus: Prometheus): Promise<AlertFacts> => {
  const now = Date.now()
  const [alerts, rules] = await Promise.all([prometheus.alerts(), prometheus.rules()])
  const active = new Set(alerts.map(({ name }) => name))
  const asked = expectedAlerts.flatMap(({ alert, holds }) =>
    holds && active.has(alert) ? [[alert, holds.expr] as const] : [],
  )
  const expressions = new Set(
    alerts
      .filter(({ labels }) => !isOwnAlert(labels))
      .flatMap((alert) => recentExpression(alert, rules, now) ?? []),
  )
  const [conditions, recent] = await Promise.all([
    Promise.all(asked.map(async ([alert, expr]) => [alert, await prometheus.query(expr)] as const)),
    Promise.all(
      [...expressions].map(async (expr) => {
        const result = await prometheus.query(expr).catch((error: unknown) => {
          // Narrowed, an expression may match series that it does not match otherwise; then its alert is not excused.
          if (error instanceof HttpError) return undefined
          throw error
        })
        return result === undefined ? [] : [[expr, result] as const]
      }),
    ),
  ])
  return {
    alerts,
    rules,
    conditions: Object.fromEntries(conditions),
    recent: Object.fromEntries(recent.flat()),
    now,
  }
}
