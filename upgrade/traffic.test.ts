import { expect, test } from 'vitest'
import { endpoint, exampleLine, quietTraffic } from './exampleResults.ts'
import type { ManifestChange } from './manifests.ts'
import { groupByRootCause } from './rootCauses.ts'
import { largestGap, trafficDifferences } from './traffic.ts'
import { outagesOf } from './probes.ts'
import type { Traffic } from './result.ts'

test('an outage lasts from the first probe without an answer to the next with one', () => {
  const probes = [
    { at: 0 },
    // Answers arrive in any order.
    { at: 3, problem: 'HTTP 503' },
    { at: 1, problem: 'ECONNREFUSED' },
    { at: 2, problem: 'ECONNREFUSED' },
    { at: 4 },
    { at: 5, problem: 'ECONNRESET' },
  ]
  expect(outagesOf('Grafana', probes, 6)).toEqual([
    { endpoint: 'Grafana', from: 1, to: 4, seen: 'ECONNREFUSED' },
    { endpoint: 'Grafana', from: 5, to: 6, seen: 'ECONNRESET' },
  ])
})

test('the largest gap is between samples, or from an edge', () => {
  expect(largestGap([115, 100, 145], 95, 150)).toBe(30)
  expect(largestGap([140, 145], 100, 150)).toBe(40)
  expect(largestGap([], 100, 150)).toBe(50)
})

test('what failed or was lost during the upgrade, and nothing within its budget', () => {
  const traffic: Traffic = {
    ...quietTraffic,
    helm: [
      ...quietTraffic.helm,
      {
        stack: 'vector',
        from: '1.0.0',
        to: '2.0.0',
        begin: 0,
        seconds: 9,
        error: 'the chart refuses its values',
      },
    ],
    endpoints: [endpoint('Grafana', [1, 72, 'HTTP 503']), endpoint('Prometheus', [1, 20, 'HTTP 503'])],
    lines: [
      { ...exampleLine, node: 'worker', written: 100, lost: 3 },
      { ...exampleLine, node: 'worker2', doubled: 2 },
      { ...exampleLine, node: 'worker3', written: 100, lost: 1 },
    ],
    drops: [
      { node: 'worker', message: 'Vector says in vector-x: 503', remedy: 'set request_retry_partial' },
      { node: 'worker4', message: 'Vector says in vector-y: 400' },
    ],
    documents: { before: 1000, after: 990 },
    series: { before: 500, after: 0 },
  }
  expect(trafficDifferences(traffic, [])).toMatchObject([
    {
      id: 'helm/vector',
      verdict: 'new',
      sentence: expect.stringMatching(/^vector .* from 1\.0\.0 to 2\.0\.0/),
    },
    { id: 'outage/Grafana', verdict: 'new', sentence: expect.stringMatching(/71 s \(HTTP 503\).* 60 s/) },
    {
      id: 'lines/worker',
      verdict: 'new',
      sentence: expect.stringMatching(/^3 of 100 log lines .* lost: Vector says in vector-x: 503$/),
      remedy: 'set request_retry_partial',
    },
    { id: 'lines/worker3', sentence: expect.stringMatching(/logged no dropped events$/) },
    { id: 'documents', verdict: 'new', sentence: expect.stringMatching(/^10 of 1000 log documents/) },
    { id: 'series', verdict: 'change', sentence: expect.stringMatching(/^0 of the 500 series/) },
  ])
  expect(trafficDifferences(quietTraffic, [])).toEqual([])
})

test('a failed helm upgrade: the immutable field, the remedy, and the stack that was not upgraded because of it', () => {
  const run = { from: '3.6.0', to: '3.9.0', begin: 0, seconds: 2 }
  const error = [
    'StatefulSet monitoring/opensearch-cluster-master cannot be changed in place at spec',
    '  remedy: `kubectl -n monitoring delete statefulset opensearch-cluster-master --cascade=orphan`',
    'helm upgrade --install opensearch opensearch-3.9.0.tgz',
    '  exited with code 1 after 1.5 s',
  ].join('\n')
  const helm = [
    { ...run, stack: 'opensearch', error },
    { ...run, stack: 'vector', error: 'not installed, since opensearch failed' },
  ]
  const change: ManifestChange = {
    object: 'StatefulSet opensearch-cluster-master',
    change: 'changed',
    fields: [
      'spec.template.spec.containers[opensearch].image: 3.6.0 → 3.9.0',
      'spec.volumeClaimTemplates[0].spec.resources.requests.storage: 8Gi → 99Gi',
    ],
    count: 2,
  }
  const findings = groupByRootCause(trafficDifferences({ ...quietTraffic, helm }, [change]))
  expect(findings).toMatchObject([
    {
      id: 'helm/opensearch',
      sentence: expect.stringContaining('resources.requests.storage: 8Gi → 99Gi'),
      consequences: [expect.stringContaining('opensearch failed')],
      remedy: '`kubectl -n monitoring delete statefulset opensearch-cluster-master --cascade=orphan`',
    },
  ])
  expect(findings[0]?.sentence).not.toContain('image: 3.6.0')
})

test('documents from before the upgrade that were read again; a few duplicates are normal', () => {
  const findings = (after: number) =>
    trafficDifferences({ ...quietTraffic, documents: { before: 4000, after } }, [])
  expect(findings(4080)).toEqual([])
  expect(findings(7900)).toMatchObject([
    { id: 'documents/repeated', verdict: 'new', severity: 'high', changesMeaning: true },
  ])
})
