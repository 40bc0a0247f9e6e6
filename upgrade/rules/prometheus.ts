import { countOf, oneLine } from '../../lib/messages.ts'
import { canonicalQuery, selectorsOf } from '../../lib/promql.ts'
import { conditionsOf } from '../conditions.ts'
import type { Observation } from '../observation.ts'
import { findingsAbout } from '../rootCauses.ts'
import { groupOf } from '../rulePairs.ts'
import { compareEach, explainNewResult, needsOf, type Rule } from './common.ts'
import { describeUsers, usersOf } from './users.ts'

/** The new job that has most of the metrics of one that is gone. */
const renamedJob = (job: string, before: Observation, after: Observation): string | undefined => {
  const own = Object.keys(before.metrics).filter((metric) => before.metrics[metric]?.jobs.includes(job))
  return Object.keys(after.targets)
    .filter((other) => !(other in before.targets))
    .find((other) => {
      const kept = own.filter((metric) => after.metrics[metric]?.jobs.includes(other))
      return kept.length > own.length / 2
    })
}

/** Targets by job. */
export const targets: Rule = (before, after) =>
  compareEach(before.targets, after.targets, (name, old, now) => {
    const finding = findingsAbout(`target/${name}`, `job:${name}`)
    if (!now) {
      const newName = renamedJob(name, before, after)
      if (newName !== undefined)
        return finding(
          'new',
          'high',
          `job ${name} was renamed to ${newName}: queries, alerts and routes that select job="${name}" find nothing`,
          `set jobLabel of its ServiceMonitor, or the label of its Service, as before; or select ${newName}`,
          { changesMeaning: true },
        )
      const sentence = `job ${name} no longer has targets (${old?.up ?? 0} were up before): its metrics are missing`
      const remedy =
        'check whether the chart still has its ServiceMonitor (`kubectl get servicemonitors -A`), and enable it in the values'
      return finding('new', 'high', sentence, remedy)
    }
    if (!old) {
      const count = countOf(now.up + now.down.length, 'target')
      return finding('change', 'low', `job ${name} is new, with ${count}`)
    }
    // A target that is not scraped yet has no error.
    const reasons = now.down.map((error) => error || 'not scraped yet')
    const errors = reasons.length > 0 ? `: ${reasons.join('; ')}` : ''
    const counts = `the targets of job ${name} that are up went from ${old.up} to ${now.up}`
    if (now.up < old.up) {
      const remedy = "look at the job on Prometheus' targets page, and at the pods behind its Service"
      return finding('new', 'high', `${counts}${errors}`, remedy)
    }
    if (now.down.length > 0 && old.down.length > 0) {
      const sentence = `job ${name} has targets that are down, as before${errors}`
      return finding('pre-existing', 'medium', sentence, "see their errors on Prometheus' targets page")
    }
    if (now.up === old.up) return undefined
    return finding(old.down.length > 0 ? 'fixed' : 'change', 'low', counts)
  })

/** Metrics that are gone, and labels that a metric lost. */
export const metrics: Rule = (before, after) =>
  compareEach(before.metrics, after.metrics, (name, old, now) => {
    // A metric without series was already gone at the first observation.
    if (!old || old.series === 0) return undefined
    const finding = findingsAbout(`metric/${name}`, `metric:${name}`)
    const dependsOn = [`record:${name}`, ...old.jobs.map((job) => `job:${job}`)]
    if (!now) {
      const users = usersOf([name], after)
      const gone = `metric ${name}${old.jobs.length > 0 ? ` of job ${old.jobs.join(', ')}` : ''} is gone`
      if (users.length === 0) {
        const remedy = 'look for it in dashboards and alerts that are not installed here'
        const more = { dependsOn, byEvents: true }
        return finding('change', 'medium', `${gone}; no dashboard or rule here needs it`, remedy, more)
      }
      const sentence = `${gone}, and ${describeUsers(users)} it`
      const remedy =
        "check whether the exporter renamed it or a relabeling drops it (the chart's metricRelabelings), and keep it"
      return finding('new', 'high', sentence, remedy, { dependsOn })
    }
    if (now.series === 0) return undefined
    const lost = old.labels.filter((label) => !now.labels.includes(label))
    return lost.map((label) => {
      const users = usersOf([name], after, label)
      const sentence = `metric ${name} no longer has label ${label}`
      const more = {
        id: `metric/${name}/${label}`,
        about: `label:${name}/${label}`,
        dependsOn,
        byEvents: true,
      }
      return users.length > 0
        ? finding(
            'new',
            'high',
            `${sentence}, and ${describeUsers(users)} it: queries that group by it add up more series, and those that select by it find nothing`,
            "keep the label: look for a relabeling that drops it (the chart's metricRelabelings), or rewrite the queries",
            { ...more, changesMeaning: true },
          )
        : finding(
            'change',
            'medium',
            sentence,
            `look for queries of ${name} that group or select by ${label}`,
            more,
          )
    })
  })

/**
 * Whether a rule has no result only because nothing meets the condition in its expression, such as `up == 0`: the expression
 * is the same, and its metrics have series.
 */
const isConditional = (
  old: string,
  { expr, answer }: Observation['recordingRules'][string],
  after: Observation,
): boolean =>
  answer === 'no data' &&
  canonicalQuery(old) === canonicalQuery(expr) &&
  conditionsOf(expr).thresholds.length > 0 &&
  selectorsOf(expr).every(({ metric = '' }) => (after.metrics[metric]?.series ?? 0) > 0)

/** Recording rules that are gone, no longer have a result, or cannot be evaluated. */
export const recordingRules: Rule = (before, after) => {
  const recordsOf = ({ recordingRules: rules }: Observation) =>
    new Set(Object.values(rules).map(({ record }) => record))
  const [formerly, recorded] = [recordsOf(before), recordsOf(after)]
  return compareEach(before.recordingRules, after.recordingRules, (name, old, now) => {
    const record = now?.record ?? old?.record ?? ''
    const finding = findingsAbout(`rule/${name}`, `record:${record}`)
    if (!now) {
      if (recorded.has(record)) return undefined
      const successor = Object.values(after.recordingRules).find(
        (one) => !formerly.has(one.record) && old && canonicalQuery(one.expr) === canonicalQuery(old.expr),
      )
      const by = successor?.record ?? `\`${old?.expr}\``
      const remedy = `replace ${record} in your queries with ${by}, or add the rule as your own PrometheusRule`
      const sentence = successor
        ? `rule ${name} records ${successor.record} now: queries of ${record} find nothing`
        : `rule ${name} is gone: ${record} is no longer recorded`
      return finding('new', 'medium', sentence, remedy, { dependsOn: [`rule group:${groupOf(name)}`] })
    }
    if (now.answer === 'data') {
      if (old === undefined || old.answer === 'data') return undefined
      const { verdict, why } = explainNewResult(old, now, before, after)
      return finding(verdict, 'low', `rule ${name} has a result now, ${why}`, '', { byEvents: true })
    }
    if (old?.answer === 'data' || (old === undefined && now.answer !== 'no data')) {
      const changed = old && old.expr !== now.expr ? ', and its expression changed' : ''
      const sentence =
        now.answer === 'no data'
          ? `rule ${name} no longer has a result${changed}: ${oneLine(now.expr)}`
          : `rule ${name} cannot be evaluated: ${now.answer}`
      const remedy = 'run its expression part by part to find the part without a result'
      if (old && isConditional(old.expr, now, after))
        return finding('change', 'low', `${sentence}, whose condition was met before`, '', { byEvents: true })
      return finding('new', 'high', sentence, remedy, { dependsOn: needsOf(now.expr, before) })
    }
    if (old === undefined) return undefined
    const sentence = `rule ${name} has no result, as before: ${now.answer}`
    return finding(
      'pre-existing',
      'low',
      sentence,
      'check whether the things it counts exist in this cluster',
    )
  })
}
