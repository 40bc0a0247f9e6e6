import { HttpError } from '../clients/http.ts'
import type { Prometheus, Rule } from '../clients/prometheus.ts'

/** Rules that may record the same series: of one name, with the same labels of their own. */
const pairs = (rules: readonly Rule[]): readonly (readonly [Rule, Rule])[] => {
  const recording = rules.filter(({ type }) => type === 'recording')
  const seriesOf = ({ name, labels = {} }: Rule) => JSON.stringify([name, Object.entries(labels).toSorted()])
  return recording.flatMap((rule, index) =>
    recording
      .slice(index + 1)
      .filter((other) => seriesOf(other) === seriesOf(rule) && other.query !== rule.query)
      .map((other) => [rule, other] as const),
  )
}

/** The series of which both rules have a value, where the values differ by more than rounding. */
const differing = ({ query: a }: Rule, { query: b }: Rule) => `abs((${a}) - (${b})) > 1e-9 * abs(${a})`

/**
 * Recording rules that record different values for the same series. Prometheus keeps the samples of both groups, or the
 * first of one group, and calls neither rule unhealthy. The charts have rules of one name for different series.
 */
export const recordedTwice = async (
  rules: readonly Rule[],
  query: Prometheus['query'],
): Promise<readonly string[]> => {
  const found = pairs(rules).map(async ([rule, other]) => {
    const [first, ...more] = await query(differing(rule, other)).catch((error: unknown) => {
      // One of the two fails by itself, which is a finding of its own, or is a scalar.
      if (error instanceof HttpError && [400, 422].includes(error.status)) return []
      throw error
    })
    if (!first) return []
    const labels = Object.entries(first.labels).map(([name, value]) => `${name}="${value}"`)
    return [
      `record ${rule.name} has two values for the same series, such as {${labels.join(', ')}}${more.length > 0 ? ` (and ${more.length} more)` : ''}: ` +
        `${rule.query} in group ${rule.group}, and ${other.query} in group ${other.group}\n` +
        '  effect: alerts and dashboards read now the one, now the other\n' +
        '  remedy: rename or delete one of the two; `kubectl get prometheusrules -A` lists where they are',
    ]
  })
  return (await Promise.all(found)).flat()
}
