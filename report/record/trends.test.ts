import { expect, test } from 'vitest'
import { nightOf } from './exampleRuns.ts'
import type { RecordedRun } from './run.ts'
import { durationsOf, flakyClaims, isSlow, seriesOf, sinceGreen } from './trends.ts'

const broken = ['logs-shape']
const versions = (image: string, vector = '0.57.0') => ({ 'node image': image, 'chart vector': vector })
const [patch4, patch5, minor37] = ['4', '5']
  .map((patch) => `kindest/node:v1.36.${patch}@sha256:0`)
  .concat('kindest/node:v1.37.0@sha256:0')
const onlySeries = (...runs: readonly RecordedRun[]) => {
  const [series, ...others] = seriesOf(runs)
  if (!series || others.length > 0) throw new Error('the runs must be one series')
  return series
}

test('runs on one minor version of Kubernetes are a series', () => {
  const nights = [
    nightOf(1, { versions: versions(minor37 ?? '') }),
    nightOf(2, { versions: versions(patch4 ?? '') }),
    nightOf(3, { versions: versions(patch5 ?? '') }),
    nightOf(4, { versions: {} }),
  ]
  expect(seriesOf(nights).map(({ name, runs }) => [name, runs.length])).toEqual([
    ['Kubernetes 1.36', 2],
    ['Kubernetes 1.37', 1],
    ['unknown Kubernetes version', 1],
  ])
})

test('flaky: the verdict changed, but no version did', () => {
  const commit = 'b'.repeat(40)
  const nights = [nightOf(1), nightOf(2, { broken }), nightOf(3, { commit }), nightOf(4, { broken, commit })]
  expect(flakyClaims(seriesOf(nights))).toEqual([
    {
      id: 'logs-shape',
      failed: 2,
      of: 4,
      changes: 3,
      sameCommit: 2,
      lastFailed: '2026-11-04T03:21:00.000Z',
    },
  ])
})

test.each<[name: string, nights: readonly RecordedRun[]]>([
  ['every night is green', [nightOf(1), nightOf(2)]],
  ['it is broken every night', [nightOf(1, { broken }), nightOf(2, { broken })]],
  [
    'it broke with a new chart',
    [nightOf(1), nightOf(2, { broken, versions: versions(patch4 ?? '', '0.58.0') })],
  ],
  [
    'it is broken on another Kubernetes',
    [nightOf(1), nightOf(2, { broken, versions: versions(minor37 ?? '') })],
  ],
])('not flaky: %s', (_, nights) => {
  expect(flakyClaims(seriesOf(nights))).toEqual([])
})

test('what changed since the last green run before this one', () => {
  const series = onlySeries(
    nightOf(1),
    nightOf(2, { commit: 'b'.repeat(40) }),
    nightOf(3, { broken: ['vector-pods'] }),
    nightOf(4, { broken, commit: 'c'.repeat(40), versions: versions(patch5 ?? '', '0.58.0') }),
  )
  const since = sinceGreen(series)
  expect(since?.green.finishedAt).toMatch(/^2026-11-02/)
  expect(since?.changes).toEqual([
    { what: 'commit', before: 'bbbbbbbbb', now: 'ccccccccc' },
    { what: 'node image', before: 'kindest/node:v1.36.4@sha256:0f1e', now: patch5 },
    { what: 'chart vector', before: '0.57.0', now: '0.58.0' },
    { what: 'claim logs-shape', before: 'holds', now: 'broken' },
  ])
  expect(sinceGreen(onlySeries(nightOf(1, { broken }), nightOf(2)))).toBeUndefined()
})

test('versions and claims that are new or gone', () => {
  const now = nightOf(2, { versions: { ...versions(patch4 ?? ''), 'chart loki': '1.0.0' } })
  const before = { ...nightOf(1, { versions: versions(patch4 ?? '') }), claims: now.claims.slice(0, 1) }
  expect(sinceGreen(onlySeries(before, now))?.changes).toEqual([
    { what: 'chart loki', before: '–', now: '1.0.0' },
    { what: 'claim logs-shape', before: '–', now: 'holds' },
  ])
})

test('durations of green runs: the last one against the median of those before', () => {
  const series = onlySeries(
    nightOf(1, { wholeRun: 70 }),
    nightOf(2, { wholeRun: 300, broken }),
    nightOf(3, { wholeRun: 80 }),
    nightOf(4, { wholeRun: 90 }),
    nightOf(5, { wholeRun: 140, logsShape: 9 }),
  )
  const durations = durationsOf(series)
  expect(durations[0]).toEqual({ what: 'whole run', seconds: [70, 80, 90, 140], last: 140, median: 80 })
  expect(durations.map(({ what }) => what).slice(1)).toEqual([
    'API server',
    'claims',
    'claim vector-pods',
    'claim logs-shape',
  ])
  // logs-shape took twice as long, but only 5 s more.
  expect(durations.filter(isSlow).map(({ what }) => what)).toEqual(['whole run', 'claims'])
  expect(durationsOf(onlySeries(nightOf(1, { broken })))).toEqual([])
})
