import { HttpError } from '../clients/http.ts'
import type { Prometheus, Rule } from '../clients/prometheus.ts'
import { seriesText } from '../lib/promql.ts'

/** Recording rules with the same name and the same static labels, but different expressions. */
const pairs = (rules: readonly Rule[]): readonly (readonly [Rule, Rule])[] => {
  const recording = rules.filter(({ type, health }) => type === 'recording' && health !== 'err')
  const sameName = Map.groupBy(recording, ({ name, labels = {} }) =>
    JSON.stringify([name, Object.entries(labels).toSorted()]),
  )
  return [...sameName.values()].flatMap((group) =>
    group.flatMap((rule, index) =>
      group
        .slice(index + 1)
        .filter(({ query }) => query !== rule.query)
        .map((other) => [rule, other] as const),
    ),
  )
}

/** The series that both rules record, with values that differ by more than rounding. */
const conflictQuery = ({ query: a }: Rule, { query: b }: Rule) =>
  `abs((${a}) / ignoring (__name__) (${b}) - 1) > 1e-9`

/**
 * Recording rules that record different values for the same series. Two groups evaluate at different times, so Prometheus
 * stores the samples of both and reports both rules healthy; within one group it rejects the second sample and marks that
 * rule unhealthy. The same name alone is no conflict: kube-prometheus-stack splits one record over several rules by `code`.
 */
export const conflictingRules = async (
  rules: readonly Rule[],
  query: Prometheus['query'],
): Promise<readonly string[]> => {
  const found = pairs(rules).map(async ([rule, other]) => {
    const [first, ...more] = await query(conflictQuery(rule, other)).catch((error: unknown) => {
      // Either rule fails by itself, which the claim reports, or one of them is a scalar.
      if (error instanceof HttpError && [400, 422].includes(error.status)) return []
      throw error
    })
    if (!first) return []
    return [
      `recording rules named ${rule.name} disagree about ${seriesText({ ...first.labels, ...rule.labels })}${more.length > 0 ? ` and ${more.length} more series` : ''}: ` +
        `${rule.query} in group ${rule.group}, ${other.query} in group ${other.group}\n` +
        '  effect: the series alternates between the two values, and so do alerts and dashboards that read it\n' +
        '  remedy: rename or delete one of the rules; `kubectl get prometheusrules -A` lists them',
    ]
  })
  return (await Promise.all(found)).flat()
}
