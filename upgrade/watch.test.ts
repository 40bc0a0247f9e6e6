import { expect, test } from 'vitest'
import { exampleLine, quietTraffic } from './exampleResults.ts'
import { watchedDifferences, type Watched } from './watch.ts'

const watched: Watched = { ...quietTraffic, from: '2026-11-28T10:00:00Z', to: '2026-11-28T10:05:00Z' }

test('a quiet watch has no finding', () =>
  expect(watchedDifferences(watched)).toEqual({ differences: [], notChecked: [] }))

test('an outage beyond its budget and lost lines are findings; what was not counted is listed', () => {
  const outages = [{ endpoint: 'Grafana', from: 10, to: 100, seen: 'HTTP 503' }]
  const { differences, notChecked } = watchedDifferences({
    ...watched,
    endpoints: [{ endpoint: 'Grafana', url: '', probes: 300, outages, seconds: 90, budget: 60 }],
    lines: [{ ...exampleLine, node: 'a', lost: 4 }],
    documents: { before: 0, after: 'no OpenSearch' },
  })
  expect(differences.map(({ id }) => id)).toEqual(['outage/Grafana', 'lines/a'])
  expect(notChecked).toEqual([{ what: 'log documents from before', why: 'no OpenSearch' }])
})
