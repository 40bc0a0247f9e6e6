import type { Labels } from './prometheus.ts'

/** A condition on a label of an alert; a label that the alert lacks has the value "". */
export type Matcher = Readonly<{ name: string; operator: '=' | '!=' | '=~' | '!~'; value: string }>

const name = String.raw`(?<name>[a-zA-Z_:][\w:]*|"(?:[^"\\]|\\.)*")`
const value = String.raw`(?<quoted>"(?:[^"\\]|\\.)*")|(?<bare>[^,"]*?)`
const matcher = new RegExp(String.raw`\s*${name}\s*(?<operator>=~|!~|!=|=)\s*(?:${value})\s*(?:,|$)`, 'gsy')

const unquoted = (text: string): string =>
  text.startsWith('"')
    ? text
        .slice(1, -1)
        .replaceAll(/\\(.)/gs, (escape, char: string) =>
          char === 'n' ? '\n' : char === '"' || char === '\\' ? char : escape,
        )
    : text

/**
 * The matchers of one string in Alertmanager's syntax: `alertname="Watchdog"`, `{severity=~warning|info, team!=""}`.
 * @throws Error if the syntax is wrong
 * @see https://prometheus.io/docs/alerting/latest/configuration/#matcher
 */
export const parseMatchers = (text: string): readonly Matcher[] => {
  const list = text.trim().replace(/^\{/, '').replace(/\}$/, '').trim()
  const found = [...list.matchAll(matcher)]
  if (found.reduce((length, [whole]) => length + whole.length, 0) < list.length)
    throw new Error(`cannot be read as a list of matchers: ${text}`)
  return found.map(({ groups = {} }) => ({
    name: unquoted(groups['name'] ?? ''),
    operator: groups['operator'] as Matcher['operator'],
    value: unquoted(groups['quoted'] ?? groups['bare'] ?? ''),
  }))
}

/** Alertmanager anchors its regular expressions, which are Go's: inline flags and named groups are spelt differently there. */
const isRegexMatch = (pattern: string, value: string): boolean => {
  const { flags = '', rest = '' } = /^(?:\(\?(?<flags>[ims]+)\))?(?<rest>.*)$/s.exec(pattern)?.groups ?? {}
  return new RegExp(`^(?:${rest.replaceAll('(?P<', '(?<')})$`, flags).test(value)
}

export const acceptsValue = (
  { operator, value }: Pick<Matcher, 'operator' | 'value'>,
  actual: string,
): boolean => {
  switch (operator) {
    case '=':
      return actual === value
    case '!=':
      return actual !== value
    case '=~':
      return isRegexMatch(value, actual)
    case '!~':
      return !isRegexMatch(value, actual)
  }
}

export const matchesAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every((one) => acceptsValue(one, labels[one.name] ?? ''))

/** `{alertname="Watchdog", severity!="info"}`; `{}` accepts every alert. */
export const describeMatchers = (matchers: readonly Matcher[]): string =>
  `{${matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`).join(', ')}}`
