import { oneLine } from '../../lib/messages.ts'
import { canonicalQuery } from '../../lib/promql.ts'
import type { Observation, SideBySide, Statistics } from '../observation.ts'
import { needsOf } from './common.ts'
import { alteredBy, describeNumber, judgeSideBySide, type Judgement } from './sideBySide.ts'

export const sameQuery = (a: string, b: string) => canonicalQuery(a) === canonicalQuery(b)
const shownLength = 160
const shorten = (expr: string) => {
  const line = oneLine(expr)
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line
}
export const fromTo = (old: string, now: string) => `from \`${shorten(old)}\` to \`${shorten(now)}\``

type Query = Readonly<{ expr: string; values?: Statistics }>
type Answered = Query & Readonly<{ answer: string }>

const describeMedians = (old: Query, now: Query, ratio: number) =>
  `median ${describeNumber(old.values?.median)} before, ${describeNumber(now.values?.median)} now, ${describeNumber(ratio)} times as much`

/** What an unchanged expression returns, if that changed beyond noise. */
export const movedValue = (
  what: string,
  old: Query,
  now: Query,
  inputs: readonly string[],
  before: Observation,
): Readonly<{ sentence: string; dependsOn: readonly string[] }> | undefined => {
  const ratio = alteredBy(now.expr, old.values, now.values, inputs.length > 0)
  if (ratio === undefined) return undefined
  return {
    sentence: `${what} returns other values with the same expression: ${describeMedians(old, now, ratio)}; what it reads has another unit or other series: \`${shorten(now.expr)}\``,
    dependsOn: [...inputs, ...needsOf(now.expr, before)],
  }
}

/**
 * What a new expression returns beside the old one. Without that, its values of before and after are compared, which noise
 * and the upgrade itself change too.
 */
export const changedValue = (
  old: Query,
  now: Query,
  side: SideBySide | undefined,
  scale: number | undefined,
): Judgement => {
  const judged = judgeSideBySide(side, scale)
  const ratio = scale === 1 ? alteredBy(now.expr, old.values, now.values, true) : undefined
  return judged.verdict === 'unknown' && ratio !== undefined
    ? { verdict: 'altered', text: describeMedians(old, now, ratio) }
    : judged
}

export const isJudged = (old: Answered, now: Answered) => old.answer === 'data' && now.answer === 'data'
