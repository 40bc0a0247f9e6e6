import { expectedAlerts, isOwnAlert } from '../../diagnosis/expectedAlerts.ts'
import { receiversOf } from '../notified.ts'
import { countOf, few } from '../../lib/messages.ts'
import { describeSeconds } from '../../lib/progress.ts'
import { canonicalQuery, selectorsOf } from '../../lib/promql.ts'
import type { AlertingRule, Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { alertPairs, groupOf, ruleName, type ChangedAlert } from '../rulePairs.ts'
import { annotationDifferences } from './alertTexts.ts'
import { labelDifferences } from './alertLabels.ts'
import { judgeExpression } from './alertExpressions.ts'
import { isSame, needsOf, type Rule } from './common.ts'
import { alteredInputs } from './inputs.ts'
import { rewritten } from './rewritten.ts'

const isExpected = (name: string) => expectedAlerts.some(({ alert }) => alert === name)
const oneLine = (expr: string) => expr.replaceAll(/\s+/g, ' ')

const stateDifferences = (
  key: string,
  name: string,
  old: AlertingRule | undefined,
  now: AlertingRule,
): readonly Difference[] => {
  const finding = findingsAbout(`alert/${key}`, `alert:${name}`)
  if (now.error !== '') {
    const remedy = 'correct its expression, or the recorded series that it joins'
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
    return [finding('new', 'medium', `alert ${key} fires, but did not before`, remedy, more)]
  const why = isExpected(name) ? ', as it may on a healthy cluster' : ''
  return [finding('change', 'low', `alert ${key} is ${now.state}, but was not before${why}`, remedy, more)]
}

const isTwin = (a: AlertingRule, b: AlertingRule) =>
  canonicalQuery(a.expr) === canonicalQuery(b.expr) && isSame(a.labels, b.labels)

/** Rule groups that are gone with alerts in them. */
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

const expressionDifferences = (
  changed: readonly ChangedAlert[],
  { sideBySide }: Observation,
  inputsOf: (expr: string) => readonly string[],
): readonly Difference[] => {
  const judged = changed
    .filter(({ old, now }) => canonicalQuery(old.expr) !== canonicalQuery(now.expr))
    .map((one) => ({
      ...one,
      ...judgeExpression(one.old.expr, one.now.expr, sideBySide[`alert/${one.key}/expr`]),
    }))
  const different = judged.flatMap(({ key, name, old, now, verdict, text }): readonly Difference[] => {
    const finding = findingsAbout(`alert/${key}/expr`, `alert:${name}`)
    const remedy = `if the old condition is what you want, disable the rule (defaultRules.disabled in the values) and add the old one as your own PrometheusRule: \`${oneLine(old.expr)}\``
    // It may have been adapted to what it reads.
    const more = { changesMeaning: true, dependsOn: inputsOf(now.expr) } as const
    if (verdict === 'new') return [finding('new', 'high', `alert ${key} ${text}`, remedy, more)]
    return verdict === 'change' ? [finding('change', 'low', `alert ${key} ${text}`)] : []
  })
  const rest = judged.map(({ key, verdict }) => ({ name: key, verdict }))
  return [...different, ...rewritten('alerts', 'alert', rest)]
}

const times = [
  ['for', 'pending', 'fires'],
  ['keepFiringFor', 'kept firing', 'resolves'],
] as const

const timeDifferences = ({ key, name, old, now }: ChangedAlert): readonly Difference[] =>
  times.flatMap(([field, state, verb]): readonly Difference[] => {
    if (old[field] === now[field]) return []
    const finding = findingsAbout(`alert/${key}/${field}`, `alert:${name}`)
    const isLater = now[field] > old[field]
    const sentence = `alert ${key} ${verb} ${isLater ? 'later' : 'sooner'}: it is ${state} for ${describeSeconds(now[field])}, ${describeSeconds(old[field])} before`
    return field === 'for' && isLater
      ? [
          finding(
            'new',
            'medium',
            sentence,
            'add the rule with its old `for` as your own PrometheusRule, and disable the one of the chart',
            { changesMeaning: true },
          ),
        ]
      : [finding('change', 'low', sentence)]
  })

/** An alert that moved to a group that is evaluated less often. */
const groupDifferences = (
  { key, name, newKey }: ChangedAlert,
  before: Observation,
  after: Observation,
): readonly Difference[] => {
  const [was, is] = [before.ruleGroups[groupOf(key)] ?? 0, after.ruleGroups[groupOf(newKey)] ?? 0]
  // An interval of the same group is a finding about the group.
  if (groupOf(key) === groupOf(newKey) || was === 0 || is < 2 * was) return []
  return [
    findingsAbout(`alert/${key}/group`, `alert:${name}`)(
      'new',
      'medium',
      `alert ${name} fires later: it moved from group ${groupOf(key)}, which is evaluated every ${was} s, to ${groupOf(newKey)}, every ${is} s`,
      'set the interval of the new group to the old value',
      { changesMeaning: true },
    ),
  ]
}

/** Metrics without a series now that the alert watches, unless nothing has happened that they count. */
const blindness = (
  { key, name, old, now }: ChangedAlert,
  before: Observation,
  after: Observation,
): readonly Difference[] => {
  // It fires because they are gone.
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
      `alert ${key} can no longer fire as before: ${selector} has no series, ${count} before`,
      'correct its selector, or keep the labels of the old series with a relabeling',
      {
        changesMeaning: true,
        dependsOn: [...needsOf(selector, before), ...jobs.map(({ value }) => `job:${value}`)],
      },
    )
  })
}

/** An alert with the same expression of something that means something else. */
const inputDifferences = (
  { key, name, old, now }: ChangedAlert,
  inputs: readonly string[],
): readonly Difference[] =>
  inputs.length === 0 || canonicalQuery(old.expr) !== canonicalQuery(now.expr)
    ? []
    : [
        findingsAbout(`alert/${key}/inputs`, `alert:${name}`)(
          'new',
          'high',
          `alert ${key} fires at another point: it compares other values with the same threshold: ${oneLine(now.expr)}`,
          'adapt its threshold to the new values',
          { dependsOn: inputs, changesMeaning: true },
        ),
      ]

/** Alerts that are defined in another way: when they fire, for how long, with which labels. */
export const alertDefinitions: Rule = (before, after) => {
  const inputsOf = alteredInputs(before, after)
  const changed = alertPairs(before, after).flatMap(
    ({ key, name, old, now, newKey }): readonly ChangedAlert[] =>
      old && now && newKey !== undefined ? [{ key, name, old, now, newKey }] : [],
  )
  return [
    ...expressionDifferences(changed, after, inputsOf),
    ...changed.flatMap((one) => [
      ...timeDifferences(one),
      ...groupDifferences(one, before, after),
      ...blindness(one, before, after),
      ...inputDifferences(one, inputsOf(one.now.expr)),
    ]),
    ...labelDifferences(changed, (name, labels) => receiversOf(after, name, labels)),
    ...annotationDifferences(changed),
  ]
}
