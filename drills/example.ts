import { exampleLine } from '../upgrade/exampleResults.ts'
import { boundsOf } from './verdict.ts'
import type { Drill } from './drill.ts'
import type { DrillResult, DrillsResult, Measured } from './result.ts'

const endpoint = {
  endpoint: 'OpenSearch',
  url: 'http://127.0.0.1:30920/',
  probes: 90,
  outages: [{ endpoint: 'OpenSearch', from: 4, to: 70.2, seen: 'ECONNREFUSED' }],
  seconds: 66.2,
  budget: 120,
}
export const exampleMeasured: Measured = {
  lines: [exampleLine],
  endpoints: [endpoint],
  gaps: [{ job: 'kubelet', seconds: 5.2 }],
  notifications: { fired: 8, unsent: 0, sentTwice: 0 },
  health: { green: 0, yellow: 20, red: 2, none: 66 },
  documents: { before: 21_000, after: 21_004 },
  missing: [],
}

/** A row of the table whose bounds the example keeps. */
export const exampleDrill: Pick<Drill, 'bounds'> = {
  bounds: ({ seconds }) => ({
    outages: { others: 10, OpenSearch: seconds },
    red: seconds,
    leastRed: 60,
    workerDelay: 80,
    doubled: Infinity,
  }),
}

const away: DrillResult = {
  name: 'opensearch-away',
  sentence: 'OpenSearch is away for a minute',
  holds: 'No line and no document is lost.',
  why: 'Vector tries again until OpenSearch answers.',
  source: 'https://example.org/retry.rs',
  remedy: 'set `id_key` of the sink',
  verdict: 'holds',
  shortfalls: [],
  notes: [],
  bounds: boundsOf(exampleDrill, { rate: 50, nodes: 4, seconds: 84 }),
  timeline: { stopped: 3.1, released: 63.2, back: 84, caughtUp: 92.4, green: 118.6 },
  measured: exampleMeasured,
}

const readOnly: DrillResult = {
  ...away,
  name: 'opensearch-read-only',
  sentence: 'the logs indices are read-only for 20 s, as with a full disk',
  verdict: 'broken',
  shortfalls: [
    '480 of 4000 lines lost, but at most 0 may be: observability-e2e-worker: 480 (17–496)',
    'not all claims hold again',
  ],
  notes: ['Vector has discarded 520 events: component opensearch of Pod monitoring/vector-9xk2p'],
  timeline: { stopped: 0.2, released: 20.3, back: 22 },
  measured: {
    ...exampleMeasured,
    lines: [
      { ...exampleLine, found: 3520, lost: 480, gaps: ['17–496'] },
      { ...exampleLine, node: 'observability-e2e-worker2' },
    ],
    notifications: 'the alert receiver has not answered',
    gaps: 'HTTP 503',
    endpoints: [{ ...endpoint, outages: [], seconds: 0 }],
    documents: { before: 21_000, after: 'HTTP 503' },
  },
}

const common = { rate: 50, seed: 7, seconds: 240.5, finishedAt: '2026-11-28T10:00:00.000Z' }

export const passed: DrillsResult = { ...common, drills: [away], notRun: [] }
export const failed: DrillsResult = {
  ...common,
  drills: [away, readOnly],
  notRun: [{ names: ['prometheus-restart'], why: 'the stack has not recovered from opensearch-read-only' }],
}
