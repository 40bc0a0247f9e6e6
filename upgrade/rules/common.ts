import type { Difference } from '../rootCauses.ts'
import type { Severity, Verdict } from '../findings.ts'
import type { Answer, Fields, Named, Observation } from '../observation.ts'

/** One row of the table: what two observations have different in one respect. */
export type Rule = (before: Observation, after: Observation) => readonly Difference[]

type Finding = (
  verdict: Verdict,
  severity: Severity,
  sentence: string,
  remedy?: string,
  more?: Partial<Difference>,
) => Difference

/** Makes the findings about one thing; `more` adds or replaces fields. */
export const findingsAbout =
  (id: string, about: string): Finding =>
  (verdict, severity, sentence, remedy = '', more = {}) => ({
    id,
    about,
    verdict,
    severity,
    sentence,
    remedy,
    ...more,
  })

type Pair<T> = Readonly<{ name: string; before: T | undefined; after: T | undefined }>

/** All names of both, sorted, with their values. */
export const pairs = <T>(before: Named<T>, after: Named<T>): readonly Pair<T>[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map((name) => ({ name, before: before[name], after: after[name] }))

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const leaves = (value: unknown, path: string): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key))
    : [[path, value]]

/** Where the fields differ, by path, with the values as text; undefined where a side does not have the field. */
export const fieldDifferences = (before: Fields, after: Fields): readonly Pair<string>[] => {
  const textsOf = (fields: Fields) =>
    Object.fromEntries(leaves(fields, '').map(([path, value]) => [path, JSON.stringify(value)]))
  return pairs(textsOf(before), textsOf(after)).filter((pair) => pair.before !== pair.after)
}

/** `ports.http.port: 80 → 8080` */
export const describeField = ({ name, before = 'not set', after = 'not set' }: Pair<string>): string =>
  `${name}: ${before} → ${after}`

const identifiers = /[a-zA-Z_:][\w:]*/g
/** The metrics that an expression names, of those that there are. */
export const metricsIn = (expr: string, { metrics }: Observation): readonly string[] =>
  [...new Set(expr.match(identifiers))].filter((word) => word in metrics)

type Query = Readonly<{ expr: string; answer: Answer }>
/**
 * Why a query that had no result has one now. It is fixed if it failed before, if its expression changed, or if it uses a
 * metric that did not exist. Otherwise the cluster has changed: a first error was counted, for example.
 */
export const explainNewResult = (
  was: Query,
  is: Query,
  before: Observation,
  after: Observation,
): Readonly<{ verdict: Verdict; why: string }> => {
  const isFixed =
    was.answer !== 'no data' ||
    was.expr !== is.expr ||
    metricsIn(is.expr, after).some((metric) => !(metric in before.metrics))
  return isFixed
    ? { verdict: 'fixed', why: `${was.answer} before` }
    : { verdict: 'change', why: `${was.answer} before: it counts something that has happened since` }
}

/** What an expression needs: the metrics in it, and the rules that record them. */
export const needsOf = (expr: string, before: Observation): readonly string[] =>
  metricsIn(expr, before).flatMap((metric) => [`record:${metric}`, `metric:${metric}`])
