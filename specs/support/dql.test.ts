import { expect, test } from 'vitest'
import type { Field } from '../../clients/dashboards.ts'
import { translateDql } from './dql.ts'

const field = (name: string, type = 'string', aggregatable = true): Field => ({
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
    field('kubernetes.container_name'),
    field('kubernetes.pod_node_name'),
    field('kubernetes.labels.app'),
  ],
}

const clauses = (...queries: readonly string[]) =>
  queries.map((query) => `${query}\n  ${JSON.stringify(translateDql(query, pattern))}`).join('\n')

test('the eight queries', () => {
  expect(
    clauses(
      'kubernetes.pod_name: *prometheus*',
      'kubernetes.namespace_name: "monitoring" AND message: *error*',
      'kubernetes.container_name: "grafana" AND kubernetes.namespace_name: "monitoring"',
      'kubernetes.namespace_name: "default" AND (message: *ERROR* OR message: *error* OR message: *Error*)',
      'kubernetes.pod_name: (*vector* OR *opensearch* OR *grafana*)',
      '@timestamp >= "2025-11-04T14:00:00"',
      'kubernetes.namespace_name: "monitoring" AND NOT kubernetes.pod_name: *exporter* AND message: *started*',
      'kubernetes.labels.app: * AND kubernetes.namespace_name: "default"',
    ),
  ).toMatchInlineSnapshot(`
    "kubernetes.pod_name: *prometheus*
      {"bool":{"must":[],"filter":[{"bool":{"should":[{"query_string":{"fields":["kubernetes.pod_name"],"query":"*prometheus*"}}],"minimum_should_match":1}}],"should":[],"must_not":[]}}
    kubernetes.namespace_name: "monitoring" AND message: *error*
      {"bool":{"must":[],"filter":[{"bool":{"filter":[{"bool":{"should":[{"match_phrase":{"kubernetes.namespace_name":"monitoring"}}],"minimum_should_match":1}},{"bool":{"should":[{"query_string":{"fields":["message"],"query":"*error*"}}],"minimum_should_match":1}}]}}],"should":[],"must_not":[]}}
    kubernetes.container_name: "grafana" AND kubernetes.namespace_name: "monitoring"
      {"bool":{"must":[],"filter":[{"bool":{"filter":[{"bool":{"should":[{"match_phrase":{"kubernetes.container_name":"grafana"}}],"minimum_should_match":1}},{"bool":{"should":[{"match_phrase":{"kubernetes.namespace_name":"monitoring"}}],"minimum_should_match":1}}]}}],"should":[],"must_not":[]}}
    kubernetes.namespace_name: "default" AND (message: *ERROR* OR message: *error* OR message: *Error*)
      {"bool":{"must":[],"filter":[{"bool":{"filter":[{"bool":{"should":[{"match_phrase":{"kubernetes.namespace_name":"default"}}],"minimum_should_match":1}},{"bool":{"should":[{"bool":{"should":[{"query_string":{"fields":["message"],"query":"*ERROR*"}}],"minimum_should_match":1}},{"bool":{"should":[{"bool":{"should":[{"query_string":{"fields":["message"],"query":"*error*"}}],"minimum_should_match":1}},{"bool":{"should":[{"query_string":{"fields":["message"],"query":"*Error*"}}],"minimum_should_match":1}}],"minimum_should_match":1}}],"minimum_should_match":1}}]}}],"should":[],"must_not":[]}}
    kubernetes.pod_name: (*vector* OR *opensearch* OR *grafana*)
      {"bool":{"must":[],"filter":[{"bool":{"should":[{"bool":{"should":[{"query_string":{"fields":["kubernetes.pod_name"],"query":"*vector*"}}],"minimum_should_match":1}},{"bool":{"should":[{"bool":{"should":[{"query_string":{"fields":["kubernetes.pod_name"],"query":"*opensearch*"}}],"minimum_should_match":1}},{"bool":{"should":[{"query_string":{"fields":["kubernetes.pod_name"],"query":"*grafana*"}}],"minimum_should_match":1}}],"minimum_should_match":1}}],"minimum_should_match":1}}],"should":[],"must_not":[]}}
    @timestamp >= "2025-11-04T14:00:00"
      {"bool":{"must":[],"filter":[{"bool":{"should":[{"range":{"@timestamp":{"gte":"2025-11-04T14:00:00","time_zone":"UTC"}}}],"minimum_should_match":1}}],"should":[],"must_not":[]}}
    kubernetes.namespace_name: "monitoring" AND NOT kubernetes.pod_name: *exporter* AND message: *started*
      {"bool":{"must":[],"filter":[{"bool":{"filter":[{"bool":{"should":[{"match_phrase":{"kubernetes.namespace_name":"monitoring"}}],"minimum_should_match":1}},{"bool":{"filter":[{"bool":{"must_not":{"bool":{"should":[{"query_string":{"fields":["kubernetes.pod_name"],"query":"*exporter*"}}],"minimum_should_match":1}}}},{"bool":{"should":[{"query_string":{"fields":["message"],"query":"*started*"}}],"minimum_should_match":1}}]}}]}}],"should":[],"must_not":[]}}
    kubernetes.labels.app: * AND kubernetes.namespace_name: "default"
      {"bool":{"must":[],"filter":[{"bool":{"filter":[{"bool":{"should":[{"exists":{"field":"kubernetes.labels.app"}}],"minimum_should_match":1}},{"bool":{"should":[{"match_phrase":{"kubernetes.namespace_name":"default"}}],"minimum_should_match":1}}]}}],"should":[],"must_not":[]}}"
  `)
})

test('what Lucene means by _exists_ is a field of that name here', () => {
  const lucene = '_exists_: kubernetes.labels.app AND kubernetes.namespace_name: "default"'
  expect(clauses(lucene)).toMatchInlineSnapshot(`
    "_exists_: kubernetes.labels.app AND kubernetes.namespace_name: "default"
      {"bool":{"must":[],"filter":[{"bool":{"filter":[{"bool":{"should":[{"match":{"_exists_":"kubernetes.labels.app"}}],"minimum_should_match":1}},{"bool":{"should":[{"match_phrase":{"kubernetes.namespace_name":"default"}}],"minimum_should_match":1}}]}}],"should":[],"must_not":[]}}"
  `)
})

test('a query that cannot be parsed', () => {
  expect(() => translateDql('message: (error OR', pattern)).toThrowErrorMatchingInlineSnapshot(`
    [KQLSyntaxError: Expected ")", AND, OR, whitespace but end of input found.
    message: (error OR
    ------------------^]
  `)
})
