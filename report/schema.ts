import { stackNames, stacks } from '../config/stacks.ts'
import {
  constant,
  described,
  either,
  flag,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  referencesTo,
  schemaDocument,
  text,
  time,
} from '../lib/jsonSchema.ts'
import type { Step } from '../lib/steps.ts'
import type { Claim, ClaimOutcome, SpecLine } from '../specs/support/claim.ts'
import type { ImageUse } from './images.ts'
import type { NotChecked } from './notChecked.ts'
import { states } from './page/verdict.ts'
import type { PodTimeline } from './podTimelines.ts'
import type { RecordedLook } from './recording.ts'
import { resultsVersion, type ResultsDocument } from './results.ts'

type Outcome<Verdict> = Extract<ClaimOutcome, { verdict: Verdict }>

const parts = [
  'cluster' as const,
  'overlay' as const,
  ...stackNames,
  ...stacks.flatMap(({ afterReady = [] }) => afterReady.map(({ step }) => step)),
]

const claim = object<Claim>({
  id: text,
  area: text,
  sentence: described('what is true when the claim holds', text),
  items: described('items of the final checklist that the claim covers', listOf(number)),
  needs: described('parts without which the claim is not tried', listOf(oneOf(parts))),
})

const claimOutcome = either(
  object<Outcome<'holds'>>({
    claim,
    verdict: constant('holds'),
    seconds: number,
    figures: optional(described('what the claim has measured', text)),
  }),
  object<Outcome<'broken'>>({
    claim,
    verdict: constant('broken'),
    seconds: number,
    text: described('what was expected, what was seen, the cause and the remedy', text),
    spec: optional(object<SpecLine>({ file: text, line: number })),
  }),
  object<Outcome<'not run'>>({ claim, verdict: constant('not run'), reason: text }),
)

const step = object<Step>({
  name: text,
  from: described('seconds since the run began', number),
  seconds: number,
  ok: flag,
  error: optional(text),
})

/** The `$defs` of both documents. */
export const sharedDefinitions = { claimOutcome, step }
const references = referencesTo(sharedDefinitions)
export const claimOutcomes = listOf(references.claimOutcome)
export const steps = listOf(references.step)
export const notChecked = described(
  'what this document says nothing about',
  listOf(object<NotChecked>({ what: text, why: text })),
)

const millisecond = described('milliseconds since 1970', number)
const pod = object<PodTimeline>({
  namespace: text,
  name: text,
  node: text,
  created: millisecond,
  scheduled: optional(millisecond),
  imagesPulled: optional(millisecond),
  started: optional(millisecond),
  ready: optional(millisecond),
  restarts: number,
  trouble: optional(text),
})

const image = object<ImageUse>({
  image: text,
  kept: described('containers that found it on their node', number),
  pulled: described('containers whose node pulled it', number),
  seconds: described('of the slowest pull', number),
  bytes: described('that came from outside of this machine', number),
  sources: listOf(text),
  pastCache: flag,
  bundled: flag,
})

/** The JSON Schema of out/results.json. */
export const resultsSchema = schemaDocument(
  'results.schema.json',
  'The result of `npm test`',
  object<ResultsDocument>({
    version: described('raised when a field changes its meaning or is removed', constant(resultsVersion)),
    state: oneOf(states),
    counts: object<ResultsDocument['counts']>({ passed: number, failed: number, notRun: number }),
    notChecked,
    outcomes: described('every claim', claimOutcomes),
    errors: described('errors outside of any claim', listOf(text)),
    interruptedBy: optional(described('the signal that ended the run', text)),
    steps,
    overlay: optional(described("the name of the overlay's folder", text)),
    settings: text,
    versions: described('of tools, Kubernetes, charts and images', mapOf(text)),
    pods: listOf(pod),
    images: listOf(image),
    finishedAt: time,
    evidence: optional(described('path of index.md', text)),
    recording: optional(
      described(
        'present if the report was made from a recording instead of a cluster (`npm run demo`)',
        object<RecordedLook>({
          takenAt: time,
          name: described('of the fault, or `healthy`', text),
          sentence: text,
          versions: text,
        }),
      ),
    ),
  }),
  sharedDefinitions,
)
