import { expectedAlerts, isOwnAlert } from '../../diagnosis/expectedAlerts.ts'
import { receiversOf } from '../notified.ts'
import { countOf, few, oneLine } from '../../lib/messages.ts'
import { isClose } from '../../lib/numbers.ts'
import { describeSeconds } from '../../lib/progress.ts'
import { canonicalQuery, selectorsOf } from '../../lib/promql.ts'
import { conditionsOf } from '../conditions.ts'
import type { AlertingRule, Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { alertPairs, groupOf, ruleName, type ChangedAlert } from '../rulePairs.ts'
import { annotationDifferences } from './alertTexts.ts'
import { labelDifferences } from './alertLabels.ts'
import { judgeExpression } from './alertExpressions.ts'
import { isSame, needsOf, type Rule } from './common.ts'
import { alteredInputs, type AlteredInput } from './inputs.ts'
import { rewritten } from './rewritten.ts'

const isExpected = (name: string) => expectedAlerts.some(({ alert }) => alert === name)

const stateDifferences = (
  key: string,
  name: string,
  old: AlertingRule | undefined,
  now: AlertingRule,
): readonly Difference[] => {
  const finding = findingsAbout(`alert/${key}`, `alert:${name}`)
  if (now.error !== '') {
    const remedy = 'correct its expression, or the recording rule that it reads'
    const sentence = `alert ${key} cannot be evaluated`
    return [
      old === undefined || old.error === ''
        ? finding('new', 'high', `${sentence}: ${now.error}`, remedy)
        : finding('pre-existing', 'high', `${sentence}, as before: ${now.error}`, remedy),
    ]
  }
  if (old?.state !== 'inactive' || now.state === 'inactive' || isOwnAlert({ alertname: name })) return []
  const remedy = `look at its expression: \`${oneLine(now.expr)}\``
  const more = { byEvents: true }
  if (now.state === 'firing' && !isExpected(name))
    return [finding('new', 'medium', `alert ${key} fires; it did not before`, remedy, more)]
  const why = isExpected(name) ? ', which is expected on a healthy cluster' : ''
  return [finding('change', 'low', `alert ${key} is ${now.state}; it was not before${why}`, remedy, more)]
}

const isTwin = (a: AlertingRule, b: AlertingRule) =>
  canonicalQuery(a.expr) === canonicalQuery(b.expr) && isSame(a.labels, b.labels)

/** Rule groups with alerts that are gone. */
const goneGroups = (gone: readonly string[], after: Observation): readonly Difference[] =>
  [...Map.groupBy(gone, groupOf)].flatMap(([group, keys]): readonly Difference[] =>
    group in after.ruleGroups || keys.length === 1
      ? []
      : [
          findingsAbout(`rule-group/${group}`, `rule group:${group}`)(
            'new',
            'high',
            `rule group ${group} is gone, and with it ${countOf(keys.length, 'alert')}: ${few(keys.map(ruleName))}`,
            "see defaultRules in the chart's values, or add the group as your own PrometheusRule",
            { changesMeaning: true },
          ),
        ],
  )

/** Alerts that are gone, cannot be evaluated, or are active. */
export const alertingRules: Rule = (before, after) => {
  const pairs = alertPairs(before, after)
  const gone = pairs.filter(({ now }) => now === undefined).map(({ key }) => key)
  const differences = pairs.flatMap(({ key, name, old, now }) => {
    if (now) return stateDifferences(key, name, old, now)
    const [successor] = pairs.filter((one) => !one.old && one.now && old && isTwin(one.now, old))
    if (successor) {
      const sentence = `alert ${name} is called ${successor.name} now: routes, silences, inhibitions and runbooks that name the old one no longer match`
      const remedy = `replace ${name} by ${successor.name} in what names it`
      return findingsAbout(`alert/${key}`, `alert:${name}`)('new', 'medium', sentence, remedy, {
        changesMeaning: true,
      })
    }
    const severity = old?.labels['severity']
    const remedy = "look for its replacement in the chart's changelog, or add it as your own PrometheusRule"
    return findingsAbout(`alert/${key}`, `alert:${name}`)(
      'new',
      'medium',
      `alert ${key}${severity === undefined ? '' : ` (severity ${severity})`} is gone: it no longer notifies anybody`,
      remedy,
      { changesMeaning: true, dependsOn: [`rule group:${groupOf(key)}`] },
    )
  })
  return [...goneGroups(gone, after), ...differences]
}

/**
 * Whether a new expression may only follow an input whose values changed: a threshold is as far from the values as before.
 * @param factor between the values of the old and the new expression; undefined if it is not known
 */
const isAdapted = (old: string, now: string, factor: number | undefined): boolean => {
  const [was, is] = [conditionsOf(old).thresholds, conditionsOf(now).thresholds]
  return (
    factor === undefined || was.some(({ value }, index) => isClose(value * factor, is[index]?.value ?? NaN))
  )
}

const expressionDifferences = (
  changed: readonly ChangedAlert[],
  { sideBySide }: Observation,
  inputsOf: (expr: string) => readonly AlteredInput[],
): readonly Difference[] => {
  const judged = changed
    .filter(({ old, now }) => canonicalQuery(old.expr) !== canonicalQuery(now.expr))
    .map((one) => {
      const side = sideBySide[`alert/${one.key}/expr`]
      return { ...one, side, ...judgeExpression(one.old.expr, one.now.expr, side) }
    })
  const different = judged.flatMap(({ key, name, old, now, side, verdict, text }): readonly Difference[] => {
    const finding = findingsAbout(`alert/${key}/expr`, `alert:${name}`)
    const remedy = `if the old condition is what you want, disable the rule (defaultRules.disabled in the values) and add the old one as your own PrometheusRule: \`${oneLine(old.expr)}\``
    const inputs = inputsOf(now.expr).filter(({ ratio }) =>
      isAdapted(old.expr, now.expr, ratio && ratio * (side?.ratio ?? 1)),
    )
    const more = { changesMeaning: true, dependsOn: inputs.map(({ cause }) => cause) } as const
    if (verdict === 'new') return [finding('new', 'high', `alert ${key} ${text}`, remedy, more)]
    return verdict === 'change' ? [finding('change', 'low', `alert ${key} ${text}`)] : []
  })
  const rest = judged.map(({ key, verdict }) => ({ name: key, verdict }))
  return [...different, ...rewritten('alerts', 'alert', rest)]
}

const durations = [
  ['for', 'for', 'fires'],
  ['keepFiringFor', 'keep_firing_for', 'resolves'],
] as const

const durationDifferences = ({ key, name: alert, old, now }: ChangedAlert): readonly Difference[] =>
  durations.flatMap(([field, name, verb]): readonly Difference[] => {
    if (old[field] === now[field]) return []
    const finding = findingsAbout(`alert/${key}/${field}`, `alert:${alert}`)
    const isLater = now[field] > old[field]
    const sentence = `alert ${key} ${verb} ${isLater ? 'later' : 'sooner'}: \`${name}\` changed from ${describeSeconds(old[field])} to ${describeSeconds(now[field])}`
    return field === 'for' && isLater
      ? [
          finding(
            'new',
            'medium',
            sentence,
            'add the rule with its old `for` as your own PrometheusRule, and disable it in the chart (defaultRules.disabled in the values)',
            { changesMeaning: true },
          ),
        ]
      : [finding('change', 'low', sentence)]
  })

/** An alert that moved to a group with a longer interval. */
const groupDifferences = (
  { key, name, newKey }: ChangedAlert,
  before: Observation,
  after: Observation,
): readonly Difference[] => {
  const [was, is] = [before.ruleGroups[groupOf(key)] ?? 0, after.ruleGroups[groupOf(newKey)] ?? 0]
  // If the interval of the group itself changed, the finding about the group says so.
  if (groupOf(key) === groupOf(newKey) || was === 0 || is < 2 * was) return []
  return [
    findingsAbout(`alert/${key}/group`, `alert:${name}`)(
      'new',
      'medium',
      `alert ${name} fires later: it moved from group ${groupOf(key)} with an interval of ${was} s to ${groupOf(newKey)} with ${is} s`,
      'set the interval of the new group to the old value',
      { changesMeaning: true },
    ),
  ]
}

/** Selectors of an alert that no longer match any series, unless their metric only has some after an event. */
const lostInputs = (
  { key, name, old, now }: ChangedAlert,
  before: Observation,
  after: Observation,
): readonly Difference[] => {
  // Such an alert fires because there is no series.
  if (/\babsent(?:_over_time)?\s*\(/.test(now.expr)) return []
  const lost = Object.entries(old.selects).filter(([selector, count]) => {
    const [{ metric = '' } = {}] = selectorsOf(selector)
    const isQuiet = after.metrics[metric]?.series === 0
    return count > 0 && now.selects[selector] === 0 && !isQuiet
  })
  return lost.map(([selector, count]) => {
    const jobs = selectorsOf(selector).flatMap(({ matchers }) =>
      matchers.filter(({ label, operator }) => label === 'job' && operator === '='),
    )
    return findingsAbout(`alert/${key}/selects`, `alert:${name}`)(
      'new',
      'high',
      `alert ${key} can no longer fire as before: ${selector} matched ${count} series and now matches none`,
      'correct its selector, or keep the labels of the old series with a relabeling',
      {
        changesMeaning: true,
        dependsOn: [...needsOf(selector, before), ...jobs.map(({ value }) => `job:${value}`)],
      },
    )
  })
}

/** An alert whose expression is the same, but whose inputs mean something else. */
const inputDifferences = (
  { key, name, old, now }: ChangedAlert,
  inputs: readonly AlteredInput[],
): readonly Difference[] =>
  inputs.length === 0 || canonicalQuery(old.expr) !== canonicalQuery(now.expr)
    ? []
    : [
        findingsAbout(`alert/${key}/inputs`, `alert:${name}`)(
          'new',
          'high',
          `alert ${key} fires at a different point: the values that it compares changed, but its threshold did not: ${oneLine(now.expr)}`,
          'adapt its threshold to the new values',
          { dependsOn: inputs.map(({ cause }) => cause), changesMeaning: true },
        ),
      ]

/** Alerts whose definition changed: when they fire, for how long, with which labels. */
export const alertDefinitions: Rule = (before, after) => {
  const inputsOf = alteredInputs(before, after)
  const changed = alertPairs(before, after).flatMap(
    ({ key, name, old, now, newKey }): readonly ChangedAlert[] =>
      old && now && newKey !== undefined ? [{ key, name, old, now, newKey }] : [],
  )
  return [
    ...expressionDifferences(changed, after, inputsOf),
    ...changed.flatMap((one) => [
      ...durationDifferences(one),
      ...groupDifferences(one, before, after),
      ...lostInputs(one, before, after),
      ...inputDifferences(one, inputsOf(one.now.expr)),
    ]),
    ...labelDifferences(changed, (name, labels) => receiversOf(after, name, labels)),
    ...annotationDifferences(changed),
  ]
}
