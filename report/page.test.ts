import { expect, test } from 'vitest'
import { extreme, green, interrupted, red, reused } from './examples.ts'
import { reportPage } from './page.ts'
import { podBars } from './page/clock.ts'
import type { RunResult } from './result.ts'

const plain = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The text of each element of this name whose attributes match. */
const texts = (result: RunResult, tag: string, attributes = /^/) =>
  [...reportPage(result).matchAll(new RegExp(`<${tag}\\b([^>]*)>(.*?)</${tag}>`, 'gs'))]
    .filter(([, given = '']) => attributes.test(given))
    .map(([, , content = '']) => plain(content))

const count = (result: RunResult, verdict: string) =>
  result.outcomes.filter((outcome) => outcome.verdict === verdict).length
const total = green.outcomes.length

const empty: RunResult = {
  ...interrupted,
  interruptedBy: undefined,
  steps: [],
  versions: {},
  pods: [],
  evidence: undefined,
}
const evidence = 'Evidence: out/diagnostics/index.md'

test.each([
  ['green', green, `Passed ${total} passed, 0 failed Took 148.1 s, finished 2026-11-23 07:45:20 UTC`],
  ['red', red, `Failed ${count(red, 'holds')} passed, ${count(red, 'broken')} failed Took`],
  ['red, with evidence', red, evidence],
  ['interrupted', interrupted, `Interrupted by SIGINT 0 passed, 0 failed, ${total} not run Took 70.0 s`],
  ['an error in no claim', { ...green, errors: ['specs/a.spec.ts'] }, '1 error outside of any claim.'],
  ['an error in no claim fails the run', { ...green, errors: ['specs/a.spec.ts'] }, 'Failed'],
  ['nothing was run', empty, `Nothing was run 0 passed, 0 failed, ${total} not run Took 0.0 s`],
])('verdict: %s', (_, result, verdict) => {
  expect(texts(result, 'header')[0]).toContain(verdict)
})

test('claims that one failure broke are together, each failure with a link to the evidence', () => {
  const [app, openSearch, ...others] = texts(red, 'article')
  expect(others).toEqual([])
  expect(app).toMatch(/^custom metrics app: 5 claims, .*did not come up.* app-pods .* promql-payment /)
  expect(openSearch).toMatch(/^OpenSearch: the status is yellow opensearch-yellow .*green, not yellow/)
  expect([app, openSearch].every((text) => text?.endsWith(evidence))).toBe(true)
  expect(reportPage(red)).toContain('href="diagnostics/index.md"')
  expect(texts(green, 'article')).toEqual([])
})

test('areas with a broken claim are open', () => {
  const open = (result: RunResult) => texts(result, 'details', /id=.* open/)
  expect(open(red)).toEqual([
    expect.stringMatching(/^✗ custom metrics app 5 broken of \d/),
    expect.stringMatching(/^✗ OpenSearch 1 broken of \d/),
  ])
  expect([...open(green), ...open(interrupted)]).toEqual([])
})

test('the checklist shows the verdict of each claim, or why it was not run', () => {
  const rows = (result: RunResult) => texts(result, 'tr', /class/)
  expect(rows(red)).toHaveLength(total)
  expect(rows(red)).toContain('✓ holds four nodes are Ready cluster-nodes – 3.2 s')
  expect(rows(red)).toContainEqual(expect.stringMatching(/^✗ broken the status is yellow .* 90\.0 s$/))
  expect(rows(interrupted)[0]).toBe('- not run four nodes are Ready cluster-nodes interrupted by SIGINT – –')
})

test('the timeline draws each step and each pod', () => {
  const rows = texts(red, 'div', /class="row/)
  expect(rows).toHaveLength(red.steps.length + red.pods.length)
  expect(rows.slice(0, 2)).toEqual(['tools 0.5 s', 'preflight 0.2 s'])
  expect(rows[rows.findIndex((row) => row.startsWith('opensearch ')) + 1]).toMatch(/^helm /)
  expect(texts(red, 'div', /class="row inner/).every((row) => row.startsWith('helm '))).toBe(true)
  expect(texts(red, 'div', /class="row inner/)).toHaveLength(4)
  expect(rows).toContainEqual(expect.stringMatching(/^✗ custom-metrics-app 44\.5 s .*did not come up/))
  expect(rows).toContainEqual(
    expect.stringMatching(/^✗ custom-metrics-app-\S+ not ready 3 restarts; .*keeps crashing/),
  )
  expect(rows).toContain('vector-747dd 13 s')
})

test.each([
  ['opensearch-cluster-master-0', green, 'node 50..81, images 81..88, start 88..93, ready 93..118'],
  [
    'custom-metrics-app-7b798c65bc-lzmkk',
    red,
    'node 50..73, images 73..81, earlier runs 81..126, stuck 126..148',
  ],
  [
    'opensearch-cluster-master-0',
    reused,
    'node -182..-151, images -151..-144, earlier runs -144..6, ready 6..11',
  ],
])('the phases of pod %s, in seconds of the run', (name, result, phases) => {
  const bar = podBars(result).find(({ pod }) => pod.name === name)
  const segments = bar?.segments.map(({ phase, from, to }) => `${phase} ${from.toFixed(0)}..${to.toFixed(0)}`)
  expect(segments?.join(', ')).toBe(phases)
})

test('no phase ends after the run, although pod times are rounded', () => {
  const beforeTheLastIsReady = '2026-11-23T07:45:05.500Z'
  const bars = podBars({ ...green, finishedAt: beforeTheLastIsReady })
  const ends = bars.flatMap(({ segments }) => segments.map(({ to }) => to))
  expect(Math.max(...ends)).toBeCloseTo(148.1)
})

test('pods of a reused cluster that did not change share one line', () => {
  expect(texts(reused, 'div', /class="row/)).toEqual([
    'tools 0.4 s',
    'claims 9.8 s',
    'opensearch-cluster-master-0 older 1 restart',
  ])
  const withProblem = reused.pods.map((pod, index) => (index === 0 ? { ...pod, trouble: 'is evicted' } : pod))
  expect(texts({ ...reused, pods: withProblem }, 'div', /class="row/).join()).toContain('is evicted')
  const unchanged = texts(reused, 'p').at(-1)
  expect(unchanged).toContain(`${reused.pods.length - 1} pods`)
  expect(unchanged).toContain(
    'in default: custom-metrics-app-7b798c65bc-lzmkk, custom-metrics-app-7b798c65bc-qh8t4, order-load',
  )
})

test('a run without versions, steps and pods', () => {
  const [versions, timeline] = texts(empty, 'section').slice(-2)
  expect(versions).toContain('Versions None could be read. Settings')
  expect(timeline).toMatch(/^Where the time went The run ended before/)
})

test('texts are escaped, and the page loads nothing', () => {
  const page = reportPage(extreme)
  expect(page).not.toMatch(/<(script|b|img|link rel="stylesheet")\b/)
  expect(page).not.toMatch(/\b(src|href)="(?!#|data:,|diagnostics\/)/)
  expect(page).not.toMatch(/url\((?!#)|@import/)
})
