import { findingsAbout, type Difference } from '../rootCauses.ts'
import { recordPairs } from '../rulePairs.ts'
import { compareEach, isSame, type Rule } from './common.ts'
import { alteredInputs } from './inputs.ts'
import { changedValue, fromTo, isJudged, movedValue, sameQuery } from './queries.ts'
import { rewritten, type Rewritten } from './rewritten.ts'

/** What recording rules record, if it means something else. */
export const recordedValues: Rule = (before, after) => {
  const judged: Rewritten[] = []
  const inputsOf = alteredInputs(before, after)
  const altered = recordPairs(before, after).flatMap(({ key, name, old, now }): readonly Difference[] => {
    const finding = findingsAbout(`value/${key}`, `record:${name}`)
    if (old && !now) {
      const [was, is] = [before, after].map(({ metrics }) => metrics[name]?.series ?? 0)
      const sentence = `one of the rules that record ${name} is gone, and with it series: ${was} before, ${is} now; it was \`${old.expr}\``
      // If none is left, the metric is gone.
      return is && was && is < was * 0.9
        ? [
            finding('new', 'high', sentence, 'add the rule as your own PrometheusRule', {
              changesMeaning: true,
            }),
          ]
        : []
    }
    if (!old || !now) return []
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
