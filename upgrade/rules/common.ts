import type { Difference } from '../rootCauses.ts'
import type { Verdict } from '../findings.ts'
import type { Answer, Fields, Named, Observation } from '../observation.ts'
import { leavesOf } from '../../lib/json.ts'
import { sortedPairs, type Pair } from '../structuralDiff.ts'

/** Compares two observations in one respect. */
export type Rule = (before: Observation, after: Observation) => readonly Difference[]

type Found = Difference | readonly Difference[] | undefined

/** Compares what two observations have under each name. */
export const compareEach = <T>(
  before: Named<T>,
  after: Named<T>,
  compare: (name: string, old: T | undefined, now: T | undefined) => Found,
): readonly Difference[] =>
  sortedPairs(before, after).flatMap((pair) => compare(pair.name, pair.before, pair.after) ?? [])

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

export const leafTexts = (fields: Fields): Named<string> =>
  Object.fromEntries(leavesOf(fields).map(([path, leaf]) => [path, JSON.stringify(leaf)]))

/** The fields that differ, by path, with their values as text. */
export const fieldDifferences = (before: Fields, after: Fields): readonly Pair<string>[] =>
  sortedPairs(leafTexts(before), leafTexts(after)).filter((pair) => pair.before !== pair.after)

const identifiers = /[a-zA-Z_:][\w:]*/g
/** The existing metrics that an expression names. */
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

/** What an expression needs: the metrics in it, the rules that record them, and scrapes that are frequent enough. */
export const needsOf = (expr: string, before: Observation): readonly string[] =>
  metricsIn(expr, before).flatMap((metric) => [
    `record:${metric}`,
    `metric:${metric}`,
    ...(before.metrics[metric]?.jobs ?? []).map((job) => `interval:${job}`),
  ])
