import { countOf } from '../../lib/messages.ts'
import type { Difference } from '../rootCauses.ts'
import type { Observation } from '../observation.ts'
import { explainNewResult, metricsIn, needsOf, pairs, type Rule } from './common.ts'

/** Targets by job. */
export const targets: Rule = (before, after) =>
  pairs(before.targets, after.targets).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    const one = { id: `target/${name}`, about: `job:${name}` }
    if (!now) {
      return [
        {
          ...one,
          verdict: 'new',
          severity: 'high',
          sentence: `job ${name} has no target any more, ${old?.up ?? 0} were up: nothing of what it measures is known now`,
          remedy: `see whether the chart still brings its ServiceMonitor (\`kubectl get servicemonitors -A\`), and switch it on in the values`,
        },
      ]
    }
    if (!old) {
      const sentence = `job ${name} is new, with ${countOf(now.up + now.down.length, 'target')}`
      return [{ ...one, verdict: 'change', severity: 'low', sentence, remedy: '' }]
    }
    const errors = now.down.length > 0 ? `: ${now.down.join('; ')}` : ''
    if (now.up < old.up) {
      return [
        {
          ...one,
          verdict: 'new',
          severity: 'high',
          sentence: `job ${name} has ${countOf(now.up, 'target')} up, ${old.up} before${errors}`,
          remedy: "look at the job on Prometheus' page of targets, and at the pods behind its Service",
        },
      ]
    }
    if (now.down.length > 0 && old.down.length > 0) {
      const sentence = `job ${name} has targets that are down, as before${errors}`
      return [
        { ...one, verdict: 'pre-existing', severity: 'medium', sentence, remedy: 'see why they are down' },
      ]
    }
    if (now.up > old.up) {
      const fixed = old.down.length > 0
      const sentence = `job ${name} has ${countOf(now.up, 'target')} up, ${old.up} before`
      return [{ ...one, verdict: fixed ? 'fixed' : 'change', severity: 'low', sentence, remedy: '' }]
    }
    return []
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

/** Metrics that are gone, and labels that a metric has lost. */
export const metrics: Rule = (before, after) =>
  pairs(before.metrics, after.metrics).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    // What had no series when it was looked at had come and gone before.
    if (!old || old.series === 0) return []
    const one = {
      id: `metric/${name}`,
      about: `metric:${name}`,
      dependsOn: [`record:${name}`, ...old.jobs.map((job) => `job:${job}`)],
    }
    if (!now) {
      const users = usersOf(name, after)
      const exposers = old.jobs.length > 0 ? ` of job ${old.jobs.join(', ')}` : ''
      return users.length > 0
        ? [
            {
              ...one,
              verdict: 'new',
              severity: 'high',
              sentence: `metric ${name}${exposers} is gone, and ${several(users)} ${users.length === 1 ? 'needs' : 'need'} it`,
              remedy:
                'see whether the exporter renamed it or a relabeling drops it (metricRelabelings of the chart), and keep it',
            },
          ]
        : [
            {
              ...one,
              verdict: 'change',
              severity: 'medium',
              sentence: `metric ${name}${exposers} is gone; no dashboard and no rule here needs it`,
              remedy: 'look for it in dashboards and alerts that are not installed here',
              byEvents: true,
            },
          ]
    }
    if (now.series === 0) return []
    const lost = old.labels.filter((label) => !now.labels.includes(label))
    return lost.map((label) => ({
      ...one,
      id: `metric/${name}/${label}`,
      about: `label:${name}/${label}`,
      verdict: 'change',
      severity: 'medium',
      sentence: `metric ${name} has no label ${label} any more`,
      remedy: `look for queries of ${name} that group or select by ${label}`,
      byEvents: true,
    }))
  })

/** Rules that record nothing any more, cannot be evaluated, or are gone. */
export const recordingRules: Rule = (before, after) => {
  const recorded = new Set(Object.values(after.recordingRules).map(({ record }) => record))
  return pairs(before.recordingRules, after.recordingRules).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const record = now?.record ?? old?.record ?? ''
      const one = { id: `rule/${name}`, about: `record:${record}` }
      if (!now) {
        if (recorded.has(record)) return []
        return [
          {
            ...one,
            verdict: 'new',
            severity: 'medium',
            sentence: `rule ${name} is gone: nothing records ${record} any more`,
            remedy: `replace ${record} in your queries by \`${old?.expr}\`, or bring the rule as a PrometheusRule of your own`,
          },
        ]
      }
      const dependsOn = needsOf(now.expr, before)
      const expr = now.expr.replaceAll(/\s+/g, ' ')
      if (now.answer === 'data') {
        if (old === undefined || old.answer === 'data') return []
        const { verdict, why } = explainNewResult(old, now, before, after)
        const sentence = `rule ${name} records something now, ${why}`
        return [{ ...one, verdict, severity: 'low', sentence, remedy: '', byEvents: true }]
      }
      const changed = old && old.expr !== now.expr ? ', and its expression is another' : ''
      if (old?.answer === 'data' || (old === undefined && now.answer !== 'no data')) {
        return [
          {
            ...one,
            dependsOn,
            verdict: 'new',
            severity: 'high',
            sentence:
              now.answer === 'no data'
                ? `rule ${name} records nothing any more${changed}: ${expr}`
                : `rule ${name} cannot be evaluated: ${now.answer}`,
            remedy: 'run its expression part by part, and see which part has no result',
          },
        ]
      }
      if (old === undefined) return []
      return [
        {
          ...one,
          verdict: 'pre-existing',
          severity: 'low',
          sentence: `rule ${name} has no result, as before: ${now.answer}`,
          remedy: 'see whether what it is about exists in this cluster',
        },
      ]
    },
  )
}

const nameOfAlert = (key: string) => key.slice(key.indexOf(' / ') + 3)

/** Alerts that are gone, cannot be evaluated, or fire. */
export const alertingRules: Rule = (before, after) => {
  const alerts = new Set(Object.keys(after.alertingRules).map(nameOfAlert))
  return pairs(before.alertingRules, after.alertingRules).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const one = { id: `alert/${name}`, about: `alert:${nameOfAlert(name)}` }
      if (!now) {
        if (alerts.has(nameOfAlert(name))) return []
        return [
          {
            ...one,
            verdict: 'new',
            severity: 'medium',
            sentence: `alert ${name} is gone: nobody will be told of it any more`,
            remedy:
              "look for what replaces it in the chart's changelog, or bring it as a PrometheusRule of your own",
          },
        ]
      }
      if (now.error !== '') {
        const before = old !== undefined && old.error !== ''
        return [
          {
            ...one,
            verdict: before ? 'pre-existing' : 'new',
            severity: 'high',
            sentence: `alert ${name} cannot be evaluated${before ? ', as before' : ''}: ${now.error}`,
            remedy: 'correct its expression, or the recorded series that it joins',
          },
        ]
      }
      if (now.state === 'firing' && old?.state === 'inactive') {
        return [
          {
            ...one,
            verdict: 'new',
            severity: 'medium',
            sentence: `alert ${name} fires, and did not before`,
            remedy: `see what it is about: \`${now.expr.replaceAll(/\s+/g, ' ')}\``,
            byEvents: true,
          },
        ]
      }
      return []
    },
  )
}
