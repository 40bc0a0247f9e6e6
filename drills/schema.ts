import {
  constant,
  described,
  either,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  schemaDocument,
  text,
  time,
} from '../lib/jsonSchema.ts'
import type { EndpointOutages, Kept, Outage, ScrapeGap } from '../upgrade/result.ts'
import { lineCountSchema } from '../upgrade/schema.ts'
import { drillsVersion, type DrillDocument, type DrillsDocument } from './document.ts'
import type { Health, Measured, NotRun, Notifications, Timeline } from './result.ts'

const second = described('seconds since the drill began', number)
const anyNumber = either(number, constant('any'))
const why = described('why it could not be measured', text)

const endpoint = object<EndpointOutages>({
  endpoint: text,
  url: text,
  probes: described('requests, one a second', number),
  outages: listOf(object<Outage>({ endpoint: text, from: second, to: second, seen: text })),
  seconds: described('of all outages', number),
  budget: described('what an upgrade may take', number),
})

const measured = object<Measured>({
  lines: either(listOf(lineCountSchema), why),
  endpoints: listOf(endpoint),
  gaps: either(
    described('the longest first', listOf(object<ScrapeGap>({ job: text, seconds: number }))),
    why,
  ),
  notifications: either(object<Notifications>({ fired: number, unsent: number, sentTwice: number }), why),
  health: described(
    'seconds of each status of OpenSearch',
    object<Health>({ green: number, yellow: number, red: number, none: number }),
  ),
  documents: described(
    'log documents from before the drill',
    object<Kept>({ before: number, after: either(number, why) }),
  ),
  missing: either(
    described('dashboards, data sources, index patterns and sessions that are gone', listOf(text)),
    why,
  ),
})

const drill = object<DrillDocument>({
  name: text,
  sentence: described('what is done', text),
  holds: described('what must hold', text),
  why: described('why no less can be promised', text),
  source: optional(text),
  remedy: optional(described('what to set to lose less', text)),
  verdict: oneOf(['holds', 'broken']),
  shortfalls: described('what is beyond its bound', listOf(text)),
  notes: described('why lines were lost, and what else was noted', listOf(text)),
  bounds: object<DrillDocument['bounds']>({
    lost: anyNumber,
    doubled: anyNumber,
    torn: anyNumber,
    outages: described('seconds by endpoint; others: of each that is not named', mapOf(number)),
    scrapeGap: anyNumber,
    unsent: anyNumber,
    sentTwice: anyNumber,
    workerDelay: anyNumber,
    red: anyNumber,
    leastRed: anyNumber,
    leastYellow: anyNumber,
    gone: listOf(text),
    back: anyNumber,
    caughtUp: anyNumber,
  }),
  timeline: object<Timeline>({
    stopped: described('when something was gone, in seconds since the drill began', number),
    released: described('when it was brought back', number),
    back: optional(described('when everything was ready and answered', number)),
    caughtUp: optional(described('when every line was found', number)),
    green: optional(described('when every claim held', number)),
  }),
  measured,
})

/** The JSON Schema of out/drills.json. */
export const drillsSchema = schemaDocument(
  'drills.schema.json',
  'The result of `npm run drills`',
  object<DrillsDocument>({
    version: described('raised when a field changes its meaning or is removed', constant(drillsVersion)),
    state: oneOf(['passed', 'failed']),
    answer: described('the verdict, what was lost, what took longest', listOf(text)),
    rate: described('lines per second and node', number),
    seed: number,
    drills: listOf(drill),
    notRun: described(
      'drills that did not take place',
      listOf(object<NotRun>({ names: listOf(text), why: text })),
    ),
    seconds: number,
    finishedAt: time,
  }),
  {},
)
