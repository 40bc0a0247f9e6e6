import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { QueryNode } from '../clients/prometheus.ts'
import { resultNamespaces, selectedMetrics } from './alertNamespaces.ts'

/** As Prometheus 3.14 parses them. */
const parsed = JSON.parse(readFileSync('tests/recordings/parsed-queries.json', 'utf8')) as Record<
  string,
  QueryNode
>
const series: Readonly<Record<string, readonly string[]>> = {
  node_free: ['monitoring'],
  restarts: ['default', 'monitoring'],
  up: ['default', 'monitoring', ''],
}
const namespacesOf = (metric: string) => series[metric] ?? []
const both = ['default', 'monitoring']

test.each<[string, readonly string[]]>([
  ['vector(1)', ['']],
  ['time() > bool 5', ['']],
  ['node_free < 10', ['monitoring']],
  ['rate(restarts[5m]) > 0', both],
  ['up{job="shop"} == 0', [...both, '']],
  ['restarts{namespace=~"mon.*"} > 9', ['monitoring']],
  ['no_such_metric > 1', []],
  ['100 * (-restarts)', both],
  ['restarts > scalar(node_free)', both],
  // Aggregation.
  ['sum by (cluster) (restarts) > 1', ['']],
  ['sum by (namespace) (restarts) > 1', both],
  ['sum without (namespace) (restarts)', ['']],
  ['sum without (pod) (restarts)', both],
  ['1 - avg(restarts)', ['']],
  ['topk(2, restarts)', both],
  ['max_over_time(sum(restarts)[5m:1m])', ['']],
  ['histogram_quantile(0.9, sum by (namespace, le) (restarts))', both],
  ['label_replace(restarts, "a", "b", "c", "d")', both],
  // The result of absent() has the labels of its equality matchers.
  ['absent(up{job="kubelet"})', ['']],
  ['absent(up{namespace="default"})', ['default']],
  // Matching.
  ['restarts * on (pod) group_left (node) node_free', both],
  ['restarts * on (pod) group_left (namespace) node_free', ['monitoring']],
  ['node_free * on (pod) group_right () restarts', both],
  ['restarts / on (pod) node_free', ['']],
  ['restarts / on (namespace, pod) node_free', both],
  ['restarts / ignoring (node) node_free', both],
  ['restarts / ignoring (namespace) node_free', ['']],
  ['node_free unless on (pod) restarts', ['monitoring']],
  ['node_free or up', ['monitoring', 'default', '']],
])('%s may have the namespaces %o', (query, expected) => {
  const node = parsed[query]
  expect(node && resultNamespaces(node, namespacesOf)).toEqual(expected)
})

test('every metric that an expression selects', () => {
  const node = parsed['restarts * on (pod) group_left (node) node_free']
  expect(node && selectedMetrics(node)).toEqual(['restarts', 'node_free'])
})
