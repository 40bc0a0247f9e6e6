const unitSeconds: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
}

/** Seconds of a duration as Prometheus and Alertmanager write it, such as `1h30m`. */
export const durationSeconds = (duration: string): number =>
  [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds[unit] ?? 0),
    0,
  )

/** What a matcher of a selector asks of one label. */
export type Matcher = Readonly<{ label: string; operator: '=' | '!=' | '=~' | '!~'; value: string }>
/** A vector selector of a PromQL expression, without its range, offset or `@`. */
export type Selector = Readonly<{
  /** As it is in the expression: a query of its own. */
  text: string
  /** Undefined if it selects by a pattern of names, or by labels alone. */
  metric: string | undefined
  /** Without the one for the name, if that is `metric`. */
  matchers: readonly Matcher[]
}>

/** A word, string or sign of a PromQL expression. */
export type Token = Readonly<{ kind: 'name' | 'string' | 'other'; text: string; start: number; end: number }>

// Grafana's variables, numbers and durations are one token each: the letters in them are no names.
const tokenPattern =
  /(?<space>\s+|#.*)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|(?<name>[a-zA-Z_:][\w:]*)|\$\{[^}]*\}|\$\w+|\[\[\w+(?::\w+)?\]\]|[\d.][\w.]*|[=!]~|!=|[^]/gy

/** The tokens of a PromQL expression, without spaces and comments. */
export const tokensOf = (expr: string): readonly Token[] =>
  [...expr.matchAll(tokenPattern)].flatMap(({ 0: text, groups = {}, index }) => {
    if (groups['space'] !== undefined) return []
    const kind = groups['string'] !== undefined ? 'string' : groups['name'] !== undefined ? 'name' : 'other'
    return [{ kind, text, start: index, end: index + text.length } as const]
  })

/** The expression in one spelling: without comments, line breaks and needless spaces. */
export const canonicalQuery = (expr: string): string =>
  tokensOf(expr)
    .map(({ text }) => text)
    .join(' ')

const groupings = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
const isOperator = (text: string): text is Matcher['operator'] => ['=', '!=', '=~', '!~'].includes(text)

const operators = new Set(['and', 'or', 'unless', 'atan2', 'bool', 'offset', 'inf', 'nan'])

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }
const unquoted = (text: string): string =>
  text.startsWith('`')
    ? text.slice(1, -1)
    : text.slice(1, -1).replaceAll(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter)

const labelOf = ({ kind, text }: Token) => (kind === 'string' ? unquoted(text) : text)

/** The matchers between braces; a string alone is the name of the metric. */
const matchersOf = (tokens: readonly Token[]): readonly Matcher[] =>
  tokens.flatMap((token, index) => {
    const [before, operator, value] = [tokens[index - 1], tokens[index + 1], tokens[index + 2]]
    if (before && before.text !== ',') return []
    if (operator && value && isOperator(operator.text))
      return [
        {
          label: labelOf(token),
          operator: operator.text,
          value: unquoted(value.text),
        },
      ]
    return token.kind === 'string' ? [{ label: '__name__', operator: '=', value: unquoted(token.text) }] : []
  })

/** The vector selectors of a PromQL expression, each once. Its syntax is not checked. */
export const selectorsOf = (expr: string): readonly Selector[] => {
  const tokens = tokensOf(expr)
  const found = new Map<string, Selector>()
  const closing = (from: number, bracket: string) => {
    const end = tokens.findIndex(({ text }, index) => index > from && text === bracket)
    return end === -1 ? tokens.length : end
  }
  const add = (first: Token, last: Token, name: string | undefined, all: readonly Matcher[]) => {
    const named = all.find(({ label, operator }) => label === '__name__' && operator === '=')
    const text = expr.slice(first.start, last.end)
    const matchers = all.filter((matcher) => matcher !== named)
    found.set(text.replaceAll(/\s+/g, ' '), { text, metric: name ?? named?.value, matchers })
  }
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]
    const next = tokens[index + 1]
    if (!token) break
    const word = token.text.toLowerCase()
    if (token.text === '[') index = closing(index, ']')
    else if (token.text === '{' || (token.kind === 'name' && next?.text === '{')) {
      const open = token.text === '{' ? index : index + 1
      const close = closing(open, '}')
      const matchers = matchersOf(tokens.slice(open + 1, close))
      add(token, tokens[close] ?? token, token.kind === 'name' ? token.text : undefined, matchers)
      index = close
    } else if (token.kind !== 'name' || operators.has(word)) continue
    else if (groupings.has(word)) index = next?.text === '(' ? closing(index, ')') : index
    // A function or an aggregation, whose labels may come before what it aggregates.
    else if (next?.text === '(' || ['by', 'without'].includes(next?.text.toLowerCase() ?? '')) continue
    else add(token, token, token.text, [])
  }
  return [...found.values()]
}

const quoted = (value: string) => JSON.stringify(value)

/** `up{job="shop"}` of the labels of a series; empty if there are none. */
export const seriesText = ({ __name__: metric, ...labels }: Readonly<Record<string, string>>): string =>
  selectorText({
    metric,
    matchers: Object.entries(labels).map(([label, value]) => ({ label, operator: '=', value })),
  })

/** `name{label="value"}` of these matchers. */
export const selectorText = ({ metric, matchers }: Pick<Selector, 'metric' | 'matchers'>): string => {
  const name = metric === undefined || /^[a-zA-Z_:][\w:]*$/.test(metric) ? (metric ?? '') : undefined
  const texts = matchers.map(({ label, operator, value }) => {
    const key = /^[a-zA-Z_]\w*$/.test(label) ? label : quoted(label)
    return `${key}${operator}${quoted(value)}`
  })
  const all = name === undefined ? [quoted(metric ?? ''), ...texts] : texts
  return all.length > 0 ? `${name ?? ''}{${all.join(',')}}` : (name ?? '')
}
