import type { Difference } from '../rootCauses.ts'
import type { Verdict } from '../findings.ts'
import type { Answer, Fields, Named, Observation } from '../observation.ts'

/** One row of the table: what two observations have different in one respect. */
export type Rule = (before: Observation, after: Observation) => readonly Difference[]

type Pair<T> = Readonly<{ name: string; before: T | undefined; after: T | undefined }>

/** What has a name on either side, in the order of the names. */
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
export const describeField = ({ name, before = 'not there', after = 'not there' }: Pair<string>): string =>
  `${name}: ${before} → ${after}`

const identifiers = /[a-zA-Z_:][\w:]*/g
/** The metrics that an expression names, of those that there are. */
export const metricsIn = (expr: string, { metrics }: Observation): readonly string[] =>
  [...new Set(expr.match(identifiers))].filter((word) => word in metrics)

type Query = Readonly<{ expr: string; answer: Answer }>
/**
 * A query that has a result now and had none. It is mended where it could not be asked, reads otherwise, or names a metric
 * that there was not; else something has happened that it is about, a first error say.
 */
export const explainNewResult = (
  was: Query,
  is: Query,
  before: Observation,
  after: Observation,
): Readonly<{ verdict: Verdict; why: string }> => {
  const isMended =
    was.answer !== 'no data' ||
    was.expr !== is.expr ||
    metricsIn(is.expr, after).some((metric) => !(metric in before.metrics))
  return isMended
    ? { verdict: 'fixed', why: `${was.answer} before` }
    : { verdict: 'change', why: `${was.answer} before: what it is about has happened since` }
}

/** What an expression needs: the metrics in it, and the rules that record them. */
export const needsOf = (expr: string, before: Observation): readonly string[] =>
  metricsIn(expr, before).flatMap((metric) => [`record:${metric}`, `metric:${metric}`])
