import { tokensOf, type Token } from '../lib/promql.ts'

/** A comparison with a constant: `> 0.9`. A comparison of two vectors counts as one of their difference with 0. */
export type Threshold = Readonly<{ operator: string; value: number }>

export const describeThreshold = ({ operator, value }: Threshold): string => `${operator} ${value}`

export const operatorsOf = (thresholds: readonly Threshold[]): string =>
  thresholds.map(({ operator }) => operator).join()

/** An expression taken apart at its comparisons. */
export type Conditions = Readonly<{
  thresholds: readonly Threshold[]
  comparesVectors: boolean
  /** The expression in one spelling, without its comparison operators and the values of its thresholds. */
  skeleton: string
}>

type Comparison = Readonly<{
  operator: string
  /** The first token of the operator, and the one after its last. */
  from: number
  to: number
  /** The constant on its right side, if there is one, and the token after it. */
  constant?: Readonly<{ value: number; to: number }>
}>

const isNumber = ({ text }: Token) => /^(?:\d|\.\d)[\d.]*(?:e\d+)?$/i.test(text)
const opens = new Set(['(', '[', '{'])
const closes = new Set([')', ']', '}'])

/** The value of an arithmetic expression of numbers; undefined if it contains anything else. */
const valueOf = (texts: readonly string[]): number | undefined => {
  const rest = [...texts]
  const atom = (): number => {
    const text = rest.shift()
    if (text === '-') return -atom()
    if (text === '+') return atom()
    if (text !== '(') return text === undefined ? NaN : Number(text)
    const inner = sum()
    return rest.shift() === ')' ? inner : NaN
  }
  const chain = (next: () => number, apply: Readonly<Record<string, (a: number, b: number) => number>>) => {
    let value = next()
    for (let operate = apply[rest[0] ?? '']; operate; operate = apply[rest[0] ?? '']) {
      rest.shift()
      value = operate(value, next())
    }
    return value
  }
  const power = () => chain(atom, { '^': (a, b) => a ** b })
  const product = () => chain(power, { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b })
  const sum = (): number => chain(product, { '+': (a, b) => a + b, '-': (a, b) => a - b })
  const value = sum()
  return rest.length === 0 && !Number.isNaN(value) ? value : undefined
}

const arithmetic = new Set(['(', ')', '+', '-', '*', '/', '%', '^'])

/** The constant that begins at a token. */
const constantAt = (tokens: readonly Token[], from: number): Comparison['constant'] => {
  let depth = 0
  let to = from
  for (; to < tokens.length; to += 1) {
    const token = tokens[to]
    if (!token || !(isNumber(token) || arithmetic.has(token.text))) break
    if (token.text === ')' && depth === 0) break
    depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
  }
  const value = valueOf(tokens.slice(from, to).map(({ text }) => text))
  return value === undefined ? undefined : { value, to }
}

/** The comparisons of an expression that filter series; with `bool`, a comparison returns a value instead. */
const comparisonsOf = (tokens: readonly Token[]): readonly Comparison[] => {
  let braces = 0
  return tokens.flatMap(({ text }, from): readonly Comparison[] => {
    braces += text === '{' ? 1 : text === '}' ? -1 : 0
    if (braces > 0) return []
    const next = tokens[from + 1]?.text
    const isPart = text === '=' && ['=', '<', '>'].includes(tokens[from - 1]?.text ?? '')
    if (isPart || !['>', '<', '=', '!='].includes(text)) return []
    const operator = next === '=' && text !== '!=' ? `${text}=` : text
    const to = from + (operator.length > text.length ? 2 : 1)
    if (tokens[to]?.text.toLowerCase() === 'bool') return []
    const constant = constantAt(tokens, to)
    return [{ operator, from, to, ...(constant && { constant }) }]
  })
}

const thresholdOf = ({ operator, constant }: Comparison): Threshold => ({
  operator,
  value: constant?.value ?? 0,
})

export const conditionsOf = (expr: string): Conditions => {
  const tokens = tokensOf(expr)
  const comparisons = comparisonsOf(tokens)
  const comparisonAt = (index: number) =>
    comparisons.find(({ from, to, constant }) => index >= from && index < (constant?.to ?? to))
  return {
    thresholds: comparisons.map(thresholdOf),
    comparesVectors: comparisons.some(({ constant }) => constant === undefined),
    skeleton: tokens
      .flatMap(({ text }, index) => {
        const comparison = comparisonAt(index)
        if (comparison === undefined) return [text]
        return comparison.from === index ? [comparison.constant ? '#' : '~'] : []
      })
      .join(' '),
  }
}

/** Where the right side of a comparison begins, after `on (…)` and the like, and where it ends. */
const rightSide = (tokens: readonly Token[], from: number): Readonly<{ begin: number; end: number }> => {
  let begin = from
  while (['on', 'ignoring', 'group_left', 'group_right'].includes(tokens[begin]?.text.toLowerCase() ?? '')) {
    begin += 1
    if (tokens[begin]?.text === '(') {
      const end = tokens.findIndex(({ text }, index) => index > begin && text === ')')
      begin = end === -1 ? tokens.length : end + 1
    }
  }
  let depth = 0
  let end = begin
  for (; end < tokens.length; end += 1) {
    const text = tokens[end]?.text ?? ''
    if (depth === 0 && (closes.has(text) || [',', 'and', 'or', 'unless'].includes(text.toLowerCase()))) break
    depth += opens.has(text) ? 1 : closes.has(text) ? -1 : 0
  }
  return { begin, end }
}

/**
 * An expression whose value says how close an alert is to firing: comparisons with constants are left out, comparisons of
 * two vectors become subtractions, and absent() becomes its argument. The alert's own expression has no result on a
 * healthy cluster.
 * @param kept thresholds that stay in the expression
 */
export const distanceQuery = (expr: string, kept: readonly Threshold[] = []): string => {
  const tokens = tokensOf(expr)
  const stay = kept.map(describeThreshold)
  const dropped = new Set<number>()
  const before = new Map<number, string>()
  const after = new Map<number, string>()
  for (const comparison of comparisonsOf(tokens)) {
    const { from, to, constant } = comparison
    const place = stay.indexOf(describeThreshold(thresholdOf(comparison)))
    if (place !== -1) {
      stay.splice(place, 1)
      continue
    }
    for (let index = from; index < (constant?.to ?? to); index += 1) dropped.add(index)
    if (constant) continue
    const { begin, end } = rightSide(tokens, to)
    // group_left without a label list would take the parenthesis that follows for one.
    const open = /^group_(?:left|right)$/i.test(tokens[begin - 1]?.text ?? '') ? '() (' : '('
    before.set(to, '-')
    before.set(begin, begin === to ? `- ${open}` : ` ${open}`)
    after.set(end - 1, `${after.get(end - 1) ?? ''})`)
  }
  return tokens
    .map(({ text, start }, index) => {
      const isAbsent = text === 'absent' && tokens[index + 1]?.text === '('
      const own = dropped.has(index) || isAbsent ? '' : text
      // `>=` is two tokens.
      const space = text === '=' && tokens[index - 1]?.end === start ? '' : ' '
      return `${before.get(index) ?? ''}${space}${own}${after.get(index) ?? ''}`
    })
    .join('')
    .trim()
}
