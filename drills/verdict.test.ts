import { expect, test } from 'vitest'
import { exampleLine } from '../upgrade/exampleResults.ts'
import { exampleDrill, exampleMeasured } from './example.ts'
import type { Measured, Timeline } from './result.ts'
import { boundsOf, shortfallsOf } from './verdict.ts'

const timeline: Timeline = { stopped: 3, released: 63, back: 84, caughtUp: 92, green: 118 }
const bounds = boundsOf(exampleDrill, { rate: 50, nodes: 4, seconds: 84 })
const explanation = {
  causes: ['Vector has discarded 3 events'],
  delays: ['Vector says: Request timed out.'],
  remedy: 'set request_retry_partial',
}
const lines = (changes: object) => ({ lines: [{ ...exampleLine, ...changes }] })

test('within its bounds, a drill has no shortfall', () => {
  expect(shortfallsOf(exampleMeasured, timeline, bounds, explanation)).toEqual([])
})

test.each<[string, Partial<Measured>, Partial<Record<keyof Timeline, number | undefined>>, RegExp]>([
  [
    'lost lines, and which',
    lines({ lost: 3, gaps: ['7–9'] }),
    {},
    /^3 of 4000 lines lost, .*-worker: 3 \(7–9\)\n {2}cause: Vector has discarded 3 events\n {2}remedy: set/,
  ],
  ['torn lines', lines({ torn: 1 }), {}, /^1 of 4000 lines torn/],
  [
    'a late line',
    lines({ delays: { p50: 1, p99: 1, max: 81_000 } }),
    {},
    /took 81\.0 s .* at most 80\.0 s are allowed\n {2}cause: Vector says: Request timed out\.$/,
  ],
  ['uncounted lines', { lines: 'HTTP 503' }, {}, /could not be counted: HTTP 503/],
  ['lost documents', { documents: { before: 10, after: 8 } }, {}, /^2 of 10 log documents/],
  ['lost dashboards', { missing: ['dashboard A'] }, {}, /^gone: dashboard A$/],
  [
    'a scrape gap',
    { gaps: [{ job: 'kubelet', seconds: 31 }] },
    {},
    /job kubelet was not scraped for 31\.0 s/,
  ],
  [
    'an alert that nobody heard of',
    { notifications: { fired: 8, unsent: 1, sentTwice: 0 } },
    {},
    /^1 of 8 alerts/,
  ],
  ['one sent twice', { notifications: { fired: 8, unsent: 0, sentTwice: 2 } }, {}, /more than once/],
  ['red for too long', { health: { green: 0, yellow: 0, red: 90, none: 0 } }, {}, /was red for 90\.0 s/],
  [
    'without its effect',
    { health: { green: 84, yellow: 0, red: 0, none: 0 } },
    {},
    /^OpenSearch was red or without an answer for 0\.0 s only/,
  ],
  ['not back', {}, { back: undefined, caughtUp: undefined }, /^recovery did not finish/],
  ['late to catch up', {}, { caughtUp: 200 }, /^catching up took 116\.0 s/],
  ['claims that stay red', {}, { green: undefined }, /^not all claims hold again$/],
])('%s', (_, measured, times, shortfall) => {
  const later = { ...timeline, ...times } as Timeline
  expect(shortfallsOf({ ...exampleMeasured, ...measured }, later, bounds, explanation)).toEqual([
    expect.stringMatching(shortfall),
  ])
})

test('what a row does not name is bounded, too', () => {
  const endpoints = exampleMeasured.endpoints.map((one) => ({ ...one, endpoint: 'Grafana', seconds: 11 }))
  expect(shortfallsOf({ ...exampleMeasured, endpoints }, timeline, bounds, explanation)).toEqual([
    'Grafana gave no answer for 11.0 s (ECONNREFUSED), but at most 10.0 s are allowed',
  ])
})
