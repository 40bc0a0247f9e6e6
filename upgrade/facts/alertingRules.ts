import { acceptsValue } from '../../clients/alertMatchers.ts'
import type { Rule, Sample } from '../../clients/prometheus.ts'
import { selectorsOf, selectorText, type Matcher, type Selector } from '../../lib/promql.ts'
import type { Observation } from '../observation.ts'
import { named, numbered } from './named.ts'

// Series with other labels come and go with events: `kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}`.
const targetLabels = new Set(['job', 'metrics_path', 'service', 'endpoint'])

const accepts = (matcher: Matcher, { labels }: Sample): boolean =>
  acceptsValue(matcher, labels[matcher.label] ?? '')

/** A selector reduced to its metric and the matchers that name the job. */
const sourceOf = ({ metric, matchers }: Selector): Pick<Selector, 'metric' | 'matchers'> => ({
  metric,
  matchers: matchers.filter(({ label }) => targetLabels.has(label)),
})

/**
 * Alerting rules, with the number of series that each selector matches.
 * @param series all series that exist now
 */
export const alertingRules = (
  rules: readonly Rule[],
  series: readonly Sample[],
): Observation['alertingRules'] => {
  const byMetric = Map.groupBy(series, ({ labels }) => labels['__name__'] ?? '')
  const count = ({ metric, matchers }: Pick<Selector, 'metric' | 'matchers'>) =>
    (byMetric.get(metric ?? '') ?? []).filter((sample) => matchers.every((one) => accepts(one, sample)))
      .length
  return numbered(
    rules.map((rule) => {
      const { group, name, query, state = 'inactive', lastError, labels = {}, annotations = {} } = rule
      const sources = selectorsOf(query)
        .filter(({ metric }) => metric !== undefined)
        .map(sourceOf)
      return [
        `${group} / ${name}`,
        {
          expr: query,
          state,
          error: lastError,
          for: rule.duration ?? 0,
          keepFiringFor: rule.keepFiringFor ?? 0,
          labels: named(Object.entries(labels)),
          annotations: named(Object.entries(annotations)),
          selects: named(sources.map((source) => [selectorText(source), count(source)])),
        },
      ]
    }),
  )
}
