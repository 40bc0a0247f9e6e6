import { countOf } from '../../lib/messages.ts'
import type { Difference } from '../rootCauses.ts'
import type { Observation } from '../observation.ts'
import { explainNewResult, findingsAbout, metricsIn, needsOf, pairs, type Rule } from './common.ts'

/** Targets by job. */
export const targets: Rule = (before, after) =>
  pairs(before.targets, after.targets).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    const finding = findingsAbout(`target/${name}`, `job:${name}`)
    if (!now)
      return [
        finding(
          'new',
          'high',
          `job ${name} no longer has targets, ${old?.up ?? 0} were up: its metrics are missing`,
          'see whether the chart still has its ServiceMonitor (`kubectl get servicemonitors -A`), and enable it in the values',
        ),
      ]
    if (!old) {
      const count = countOf(now.up + now.down.length, 'target')
      return [finding('change', 'low', `job ${name} is new, with ${count}`)]
    }
    const errors = now.down.length > 0 ? `: ${now.down.join('; ')}` : ''
    const counts = `job ${name} has ${countOf(now.up, 'target')} up, ${old.up} before`
    if (now.up < old.up) {
      const remedy = "look at the job on Prometheus' targets page, and at the pods behind its Service"
      return [finding('new', 'high', `${counts}${errors}`, remedy)]
    }
    if (now.down.length > 0 && old.down.length > 0) {
      const sentence = `job ${name} has targets that are down, as before${errors}`
      return [finding('pre-existing', 'medium', sentence, 'see why they are down')]
    }
    if (now.up === old.up) return []
    return [finding(old.down.length > 0 ? 'fixed' : 'change', 'low', counts)]
  })

/** The panels and rules that name a metric, in words. */
const usersOf = (name: string, observation: Observation): readonly string[] => {
  const uses = (expr: string) =>
    metricsIn(expr, { ...observation, metrics: { [name]: { jobs: [], labels: [], series: 0 } } }).length > 0
  return [
    ...Object.values(observation.dashboards).flatMap(({ title, panels }) =>
      Object.entries(panels).flatMap(([panel, { expr }]) =>
        uses(expr) ? [`panel "${panel}" of "${title}"`] : [],
      ),
    ),
    ...Object.values(observation.recordingRules).flatMap(({ record, expr }) =>
      uses(expr) ? [`rule ${record}`] : [],
    ),
    ...Object.entries(observation.alertingRules).flatMap(([alert, { expr }]) =>
      uses(expr) ? [`alert ${alert}`] : [],
    ),
  ]
}

const several = (users: readonly string[]) =>
  users.length > 3 ? `${users.slice(0, 2).join(', ')} and ${users.length - 2} more` : users.join(', ')

/** Metrics that are gone, and labels that a metric lost. */
export const metrics: Rule = (before, after) =>
  pairs(before.metrics, after.metrics).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    // A metric without series was already gone at the first observation.
    if (!old || old.series === 0) return []
    const finding = findingsAbout(`metric/${name}`, `metric:${name}`)
    const dependsOn = [`record:${name}`, ...old.jobs.map((job) => `job:${job}`)]
    if (!now) {
      const users = usersOf(name, after)
      const gone = `metric ${name}${old.jobs.length > 0 ? ` of job ${old.jobs.join(', ')}` : ''} is gone`
      return [
        users.length > 0
          ? finding(
              'new',
              'high',
              `${gone}, and ${several(users)} ${users.length === 1 ? 'needs' : 'need'} it`,
              "see whether the exporter renamed it or a relabeling drops it (the chart's metricRelabelings), and keep it",
              { dependsOn },
            )
          : finding(
              'change',
              'medium',
              `${gone}; no dashboard or rule here needs it`,
              'look for it in dashboards and alerts that are not installed here',
              { dependsOn, byEvents: true },
            ),
      ]
    }
    if (now.series === 0) return []
    const lost = old.labels.filter((label) => !now.labels.includes(label))
    return lost.map((label) =>
      finding(
        'change',
        'medium',
        `metric ${name} no longer has label ${label}`,
        `look for queries of ${name} that group or select by ${label}`,
        { id: `metric/${name}/${label}`, about: `label:${name}/${label}`, dependsOn, byEvents: true },
      ),
    )
  })

/** Recording rules that are gone, no longer have a result, or cannot be evaluated. */
export const recordingRules: Rule = (before, after) => {
  const recorded = new Set(Object.values(after.recordingRules).map(({ record }) => record))
  return pairs(before.recordingRules, after.recordingRules).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const record = now?.record ?? old?.record ?? ''
      const finding = findingsAbout(`rule/${name}`, `record:${record}`)
      if (!now) {
        if (recorded.has(record)) return []
        const sentence = `rule ${name} is gone: nothing records ${record} any longer`
        const remedy = `replace ${record} in your queries by \`${old?.expr}\`, or add the rule as your own PrometheusRule`
        return [finding('new', 'medium', sentence, remedy)]
      }
      if (now.answer === 'data') {
        if (old === undefined || old.answer === 'data') return []
        const { verdict, why } = explainNewResult(old, now, before, after)
        return [finding(verdict, 'low', `rule ${name} has a result now, ${why}`, '', { byEvents: true })]
      }
      if (old?.answer === 'data' || (old === undefined && now.answer !== 'no data')) {
        const changed = old && old.expr !== now.expr ? ', and its expression changed' : ''
        const expr = now.expr.replaceAll(/\s+/g, ' ')
        return [
          finding(
            'new',
            'high',
            now.answer === 'no data'
              ? `rule ${name} no longer has a result${changed}: ${expr}`
              : `rule ${name} cannot be evaluated: ${now.answer}`,
            'run its expression part by part, and see which part has no result',
            { dependsOn: needsOf(now.expr, before) },
          ),
        ]
      }
      if (old === undefined) return []
      const sentence = `rule ${name} has no result, as before: ${now.answer}`
      return [finding('pre-existing', 'low', sentence, 'see whether what it counts exists in this cluster')]
    },
  )
}

const nameOfAlert = (key: string) => key.slice(key.indexOf(' / ') + 3)

/** Alerts that are gone, cannot be evaluated, or fire. */
export const alertingRules: Rule = (before, after) => {
  const alerts = new Set(Object.keys(after.alertingRules).map(nameOfAlert))
  return pairs(before.alertingRules, after.alertingRules).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const finding = findingsAbout(`alert/${name}`, `alert:${nameOfAlert(name)}`)
      if (!now) {
        if (alerts.has(nameOfAlert(name))) return []
        const remedy =
          "look for its replacement in the chart's changelog, or add it as your own PrometheusRule"
        return [finding('new', 'medium', `alert ${name} is gone: it notifies nobody any longer`, remedy)]
      }
      if (now.error !== '') {
        const failedBefore = old !== undefined && old.error !== ''
        return [
          finding(
            failedBefore ? 'pre-existing' : 'new',
            'high',
            `alert ${name} cannot be evaluated${failedBefore ? ', as before' : ''}: ${now.error}`,
            'correct its expression, or the recorded series that it joins',
          ),
        ]
      }
      if (now.state !== 'firing' || old?.state !== 'inactive') return []
      const remedy = `look at its expression: \`${now.expr.replaceAll(/\s+/g, ' ')}\``
      return [finding('new', 'medium', `alert ${name} fires, but did not before`, remedy, { byEvents: true })]
    },
  )
}
