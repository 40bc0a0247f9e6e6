import { selectorsOf, tokensOf } from '../../lib/promql.ts'

const equalityMatchers = (expr: string) =>
  selectorsOf(expr).flatMap(({ metric, matchers }) =>
    matchers
      .filter(({ operator }) => operator === '=')
      .map(({ label, value }) => ({ of: `${metric ?? ''} ${label}`, label, value })),
  )

/** `reason is "B" instead of "A"`, if two expressions select another value of a label of the same metric. */
export const replacedMatcher = (old: string, now: string): string | undefined => {
  const [was, is] = [equalityMatchers(old), equalityMatchers(now)]
  const has = (all: typeof was, { of, value }: (typeof was)[number]) =>
    all.some((one) => one.of === of && one.value === value)
  const gone = was.filter((one) => !has(is, one))
  for (const { of, label, value } of gone) {
    const successor = is.find((one) => one.of === of && !has(was, one))
    if (successor) return `${label} is ${JSON.stringify(successor.value)} instead of ${JSON.stringify(value)}`
  }
  return undefined
}

/** `it applies rate instead of increase`, if two expressions differ only in functions and aggregations. */
export const replacedFunction = (old: string, now: string): string | undefined => {
  const [was, is] = [tokensOf(old), tokensOf(now)]
  if (was.length !== is.length) return undefined
  const differing = was.flatMap(({ text }, index) => (text === is[index]?.text ? [] : [index]))
  const applied = new Set(['(', 'by', 'without'])
  const areFunctions = differing.every(
    (index) => was[index]?.kind === 'name' && applied.has(was[index + 1]?.text.toLowerCase() ?? ''),
  )
  const [first] = differing
  if (first === undefined || !areFunctions) return undefined
  return `it applies ${is[first]?.text} instead of ${was[first]?.text}`
}
