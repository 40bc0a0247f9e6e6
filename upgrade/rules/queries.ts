import { oneLine } from '../../lib/messages.ts'
import { canonicalQuery } from '../../lib/promql.ts'
import type { Observation, SideBySide, Statistics } from '../observation.ts'
import { needsOf } from './common.ts'
import type { AlteredInput } from './inputs.ts'
import { alteredBy, describeMedians, judgeSideBySide, type Comparison } from './sideBySide.ts'

export const sameQuery = (a: string, b: string) => canonicalQuery(a) === canonicalQuery(b)
const shownLength = 160
const shorten = (expr: string) => {
  const line = oneLine(expr)
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line
}
export const fromTo = (old: string, now: string) => `from \`${shorten(old)}\` to \`${shorten(now)}\``

type Query = Readonly<{ expr: string; values?: Statistics }>
type Answered = Query & Readonly<{ answer: string }>

const describeValues = (old: Query, now: Query, ratio: number) =>
  describeMedians(old.values?.median, now.values?.median, ratio)

/** A sentence about an unchanged expression whose values changed by more than noise. */
export const movedValue = (
  what: string,
  old: Query,
  now: Query,
  inputs: readonly AlteredInput[],
  before: Observation,
): Readonly<{ sentence: string; dependsOn: readonly string[] }> | undefined => {
  const ratio = alteredBy(now.expr, old.values, now.values, inputs.length > 0)
  if (ratio === undefined) return undefined
  return {
    sentence: `${what} returns different values with the same expression: ${describeValues(old, now, ratio)}; its inputs have a different unit or different series: \`${shorten(now.expr)}\``,
    dependsOn: [...inputs.map(({ cause }) => cause), ...needsOf(now.expr, before)],
  }
}

/**
 * Compares a new expression with the old one side by side. If that says nothing, compares the values before and after the
 * upgrade, which noise and the upgrade itself change as well.
 */
export const changedValue = (
  old: Query,
  now: Query,
  side: SideBySide | undefined,
  scale: number | undefined,
): Comparison => {
  const judged = judgeSideBySide(side, scale)
  const ratio = scale === 1 ? alteredBy(now.expr, old.values, now.values, true) : undefined
  return judged.verdict === 'unknown' && ratio !== undefined
    ? { verdict: 'altered', text: describeValues(old, now, ratio) }
    : judged
}

export const isJudged = (old: Answered, now: Answered) => old.answer === 'data' && now.answer === 'data'
