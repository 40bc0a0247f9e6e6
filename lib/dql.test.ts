import { expect, test } from 'vitest'
import { translateDql } from './dql.ts'

const field = (name: string, type = 'string', aggregatable = true) => ({
  name,
  type,
  searchable: true,
  aggregatable,
})
const pattern = {
  title: 'logs-*',
  fields: [
    field('@timestamp', 'date'),
    field('message', 'string', false),
    field('kubernetes.namespace_name'),
    field('kubernetes.pod_name'),
    field('kubernetes.labels.app'),
  ],
}

const phrase = { match_phrase: { 'kubernetes.namespace_name': 'default' } }
const wildcard = (name: string, query: string) => ({ query_string: { fields: [name], query } })

test.each([
  ['kubernetes.pod_name: *prometheus*', [wildcard('kubernetes.pod_name', '*prometheus*')]],
  ['kubernetes.namespace_name: "default" AND message: *error*', [phrase, wildcard('message', '*error*')]],
  ['message: (*ERROR* OR *Error*)', [wildcard('message', '*ERROR*'), wildcard('message', '*Error*')]],
  [
    '@timestamp >= "2025-11-04T14:00:00"',
    [{ range: { '@timestamp': { gte: '2025-11-04T14:00:00', time_zone: 'UTC' } } }],
  ],
  ['kubernetes.labels.app: *', [{ exists: { field: 'kubernetes.labels.app' } }]],
  // Lucene syntax: DQL takes it for a field with this name.
  ['_exists_: kubernetes.labels.app', [{ match: { _exists_: 'kubernetes.labels.app' } }]],
])('%s', (query, conditions) => {
  const clause = JSON.stringify(translateDql(query, pattern))
  for (const condition of conditions) expect(clause).toContain(JSON.stringify(condition))
})

test('NOT excludes', () => {
  const clause = JSON.stringify(translateDql('NOT kubernetes.pod_name: *exporter*', pattern))
  expect(clause).toMatch(/"must_not":{.*"\*exporter\*"/)
})

test('a query that cannot be parsed', () => {
  expect(() => translateDql('message: (error OR', pattern)).toThrow(/Expected .* but end of input found/)
})
