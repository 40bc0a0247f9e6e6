import { canonicalQuery } from '../../lib/promql.ts'
import type { Observation, SideBySide, Statistics } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { recordPairs } from '../rulePairs.ts'
import { compareEach, isSame, needsOf, type Rule } from './common.ts'
import { alteredInputs } from './inputs.ts'
import { rewritten, type Rewritten } from './rewritten.ts'
import { alteredBy, describeNumber, judgeSideBySide, type Judgement } from './sideBySide.ts'
import { scaleOf } from './units.ts'

const sameQuery = (a: string, b: string) => canonicalQuery(a) === canonicalQuery(b)
const oneLine = (expr: string) => expr.replaceAll(/\s+/g, ' ')
const shownLength = 160
const shorten = (expr: string) => {
  const line = oneLine(expr)
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line
}
const fromTo = (old: string, now: string) => `from \`${shorten(old)}\` to \`${shorten(now)}\``

type Query = Readonly<{ expr: string; values?: Statistics }>
type Answered = Query & Readonly<{ answer: string }>

const describeMedians = (old: Query, now: Query, ratio: number) =>
  `median ${describeNumber(old.values?.median)} before, ${describeNumber(now.values?.median)} now, ${describeNumber(ratio)} times as much`

/** What an unchanged expression returns, if that changed beyond noise. */
const movedValue = (
  what: string,
  old: Query,
  now: Query,
  inputs: readonly string[],
  before: Observation,
): Readonly<{ sentence: string; dependsOn: readonly string[] }> | undefined => {
  const ratio = alteredBy(now.expr, old.values, now.values, inputs.length > 0)
  if (ratio === undefined) return undefined
  return {
    sentence: `${what} returns other values with the same expression: ${describeMedians(old, now, ratio)}; what it reads has another unit or other series: \`${shorten(now.expr)}\``,
    dependsOn: [...inputs, ...needsOf(now.expr, before)],
  }
}

/**
 * What a new expression returns beside the old one. Without that, its values of before and after are compared, which noise
 * and the upgrade itself change too.
 */
const changedValue = (
  old: Query,
  now: Query,
  side: SideBySide | undefined,
  scale: number | undefined,
): Judgement => {
  const judged = judgeSideBySide(side, scale)
  const ratio = scale === 1 ? alteredBy(now.expr, old.values, now.values, true) : undefined
  return judged.verdict === 'unknown' && ratio !== undefined
    ? { verdict: 'altered', text: describeMedians(old, now, ratio) }
    : judged
}

const isJudged = (old: Answered, now: Answered) => old.answer === 'data' && now.answer === 'data'

/** What recording rules record, if it means something else. */
export const recordedValues: Rule = (before, after) => {
  const judged: Rewritten[] = []
  const inputsOf = alteredInputs(before, after)
  const altered = recordPairs(before, after).flatMap(({ key, name, old, now }): readonly Difference[] => {
    if (!old || !now) return []
    const finding = findingsAbout(`value/${key}`, `record:${name}`)
    const remedy = `rewrite what reads ${name}, or keep the old expression as your own PrometheusRule under another name`
    const relabeled = isSame(old.labels ?? {}, now.labels ?? {})
      ? []
      : [
          finding(
            'new',
            'high',
            `rule ${key} adds other labels to ${name}: ${JSON.stringify(old.labels ?? {})} before, ${JSON.stringify(now.labels ?? {})} now; queries that select by the old ones find nothing`,
            remedy,
            { id: `value/${key}/labels`, changesMeaning: true },
          ),
        ]
    if (!isJudged(old, now)) return relabeled
    if (sameQuery(old.expr, now.expr)) {
      const moved = movedValue(`rule ${key}`, old, now, inputsOf(now.expr), before)
      if (!moved) return relabeled
      const { sentence, dependsOn } = moved
      return [...relabeled, finding('new', 'high', sentence, remedy, { dependsOn, changesMeaning: true })]
    }
    const { verdict, text } = changedValue(old, now, after.sideBySide[`value/${key}`], 1)
    judged.push({ name: key, verdict })
    return verdict === 'altered'
      ? [
          ...relabeled,
          finding(
            'new',
            'high',
            `rule ${key} records other values: ${text}; its expression changed ${fromTo(old.expr, now.expr)}`,
            remedy,
            { changesMeaning: true },
          ),
        ]
      : relabeled
  })
  return [...altered, ...rewritten('values', 'recording rule', judged)]
}

/** What the PromQL of claims returns, if it means something else. */
export const statedValues: Rule = (before, after) => {
  const inputsOf = alteredInputs(before, after)
  return compareEach(before.queries, after.queries, (claim, old, now) => {
    if (!old || !now || !sameQuery(old.expr, now.expr)) return undefined
    const moved = movedValue(`the query of claim ${claim}`, old, now, inputsOf(now.expr), before)
    if (!moved) return undefined
    const remedy = 'convert the values in your own queries, or keep the old version of what exposes them'
    return findingsAbout(`query/${claim}`, `query:${claim}`)('new', 'high', moved.sentence, remedy, {
      dependsOn: moved.dependsOn,
      changesMeaning: true,
    })
  })
}

type Panel = Observation['dashboards'][string]['panels'][string]

/** The unit of a panel, if the same number is another amount in the new one. */
const unitDifference = (old: Panel, now: Panel, side: SideBySide | undefined): string | undefined => {
  const scale = scaleOf(old.unit, now.unit)
  if (scale === undefined || scale === 1) return undefined
  const follows = side?.ratio !== undefined && Math.abs(side.ratio / scale - 1) <= 0.1
  return follows
    ? undefined
    : `its unit changed from ${old.unit} to ${now.unit}, and its values did not follow`
}

/** What panels show, if it means something else. */
export const panelValues: Rule = (before, after) => {
  const judged: Rewritten[] = []
  const inputsOf = alteredInputs(before, after)
  const altered = compareEach(before.dashboards, after.dashboards, (uid, was, is) =>
    compareEach(was?.panels ?? {}, is?.panels ?? {}, (name, old, now) => {
      if (!old || !now || !isJudged(old, now)) return undefined
      const finding = findingsAbout(`panel-value/${uid}/${name}`, `panel value:${name}`)
      const panel = `panel "${name}" of "${is?.title}"`
      const remedy = 'inform those who read it, or keep the old dashboard as your own ConfigMap'
      const side = after.sideBySide[`panel-value/${uid}/${name}`]
      const unit = unitDifference(old, now, side)
      if (unit !== undefined)
        return finding('new', 'medium', `${panel} shows another amount: ${unit}`, remedy, {
          changesMeaning: true,
        })
      const [template, newTemplate] = [old.template ?? old.expr, now.template ?? now.expr]
      if (sameQuery(template, newTemplate)) {
        const moved = movedValue(panel, old, now, inputsOf(now.expr), before)
        return (
          moved &&
          finding('new', 'medium', moved.sentence, remedy, {
            dependsOn: moved.dependsOn,
            changesMeaning: true,
          })
        )
      }
      const { verdict, text } = changedValue(old, now, side, scaleOf(old.unit, now.unit))
      judged.push({ name: `"${name}" of "${is?.title}"`, verdict })
      return verdict === 'altered'
        ? finding(
            'new',
            'medium',
            `${panel} shows other values: ${text}; its expression changed ${fromTo(template, newTemplate)}`,
            remedy,
            { changesMeaning: true },
          )
        : undefined
    }),
  )
  return [...altered, ...rewritten('panels', 'panel', judged)]
}

/** How often rule groups are evaluated. */
export const ruleGroups: Rule = (before, after) =>
  compareEach(before.ruleGroups, after.ruleGroups, (name, old, now) => {
    if (old === undefined || now === undefined || old === now) return undefined
    const finding = findingsAbout(`rule-group/${name}`, `rule group:${name}`)
    const sentence = `rule group ${name} is evaluated every ${now} s, every ${old} s before`
    return now >= old * 2
      ? finding(
          'new',
          'medium',
          `${sentence}: its alerts fire later, and what it records has fewer samples`,
          'set the old interval in the values file (prometheusSpec.evaluationInterval, or the interval of the group)',
          { changesMeaning: true },
        )
      : finding('change', 'low', sentence)
  })
