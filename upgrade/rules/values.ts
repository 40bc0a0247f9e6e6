import { oneLine } from '../../lib/messages.ts'
import { durationSeconds } from '../../lib/promql.ts'
import type { Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { recordPairs } from '../rulePairs.ts'
import { compareEach, isSame, type Rule } from './common.ts'
import { alteredInputs } from './inputs.ts'
import { changedValue, fromTo, isJudged, movedValue, sameQuery } from './queries.ts'
import { rewritten, type Rewritten } from './rewritten.ts'

/** Recording rules whose values mean something else. */
export const recordedValues: Rule = (before, after) => {
  const judged: Rewritten[] = []
  const inputsOf = alteredInputs(before, after)
  const altered = recordPairs(before, after).flatMap(({ key, name, old, now }): readonly Difference[] => {
    const finding = findingsAbout(`value/${key}`, `record:${name}`)
    if (old && !now) {
      const [was, is] = [before, after].map(({ metrics }) => metrics[name]?.series ?? 0)
      const sentence = `one of the rules that record ${name} is gone: its series went from ${was} to ${is}; the expression was \`${oneLine(old.expr)}\``
      // If no series is left, another finding says that the metric is gone.
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
            `the labels that rule ${key} adds to ${name} changed from ${JSON.stringify(old.labels ?? {})} to ${JSON.stringify(now.labels ?? {})}; queries that select the old ones find nothing`,
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
            `rule ${key} records different values: ${text}; its expression changed ${fromTo(old.expr, now.expr)}`,
            remedy,
            { changesMeaning: true },
          ),
        ]
      : relabeled
  })
  return [...altered, ...rewritten('values', 'recording rule', judged)]
}

/** PromQL of claims whose values mean something else. */
export const statedValues: Rule = (before, after) => {
  const inputsOf = alteredInputs(before, after)
  return compareEach(before.queries, after.queries, (claim, old, now) => {
    if (!old || !now || !sameQuery(old.expr, now.expr)) return undefined
    const moved = movedValue(`the query of claim ${claim}`, old, now, inputsOf(now.expr), before)
    if (!moved) return undefined
    const remedy = 'convert the values in your own queries, or keep the old version of the exporter'
    return findingsAbout(`query/${claim}`, `query:${claim}`)('new', 'high', moved.sentence, remedy, {
      dependsOn: moved.dependsOn,
      changesMeaning: true,
    })
  })
}

const evaluationInterval = 'evaluation interval'
/** The interval of the groups that have none of their own, in seconds. */
const defaultOf = ({ settings }: Observation): number =>
  durationSeconds(settings['Prometheus']?.[evaluationInterval] ?? '1m')

/** Rule groups with a different evaluation interval. */
export const ruleGroups: Rule = (before, after) =>
  compareEach(before.ruleGroups, after.ruleGroups, (name, old, now) => {
    if (old === undefined || now === undefined || old === now) return undefined
    const hasDefault = old === defaultOf(before) && now === defaultOf(after)
    const finding = findingsAbout(`rule-group/${name}`, `rule group:${name}`)
    const sentence = `the interval of rule group ${name} changed from ${old} s to ${now} s`
    return now >= old * 2
      ? finding(
          'new',
          'medium',
          `${sentence}: its alerts fire later, and its recording rules write fewer samples`,
          'set the old interval in the values file (prometheusSpec.evaluationInterval, or `interval` of the group)',
          { changesMeaning: true, dependsOn: hasDefault ? [`setting:Prometheus/${evaluationInterval}`] : [] },
        )
      : finding('change', 'low', sentence)
  })
