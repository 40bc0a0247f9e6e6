import { matches, type LabelSelector } from './selectors.ts'

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

const requirementOf = (text: string): Requirement => {
  const [, key = '', not, set] = /^(\S+)\s+(not)?in\s*\(([^)]*)\)$/.exec(text) ?? []
  if (set !== undefined)
    return { key, operator: not ? 'NotIn' : 'In', values: set.split(',').map((value) => value.trim()) }
  const [, name = '', operator = '', value = ''] = /^([^!=\s]+)\s*(!=|==?)\s*(.*)$/.exec(text) ?? []
  if (operator !== '') return { key: name, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] }
  return text.startsWith('!')
    ? { key: text.slice(1).trim(), operator: 'DoesNotExist' }
    : { key: text, operator: 'Exists' }
}

/** The requirements of a selector as the API server takes it in a request: `app=shop,tier notin (back)`. */
export const parseSelector = (text: string): LabelSelector => ({
  matchExpressions: text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter(Boolean)
    .map(requirementOf),
})

export const selectsLabels = (text: string, labels: Readonly<Record<string, string>> = {}): boolean =>
  matches(parseSelector(text), labels)
