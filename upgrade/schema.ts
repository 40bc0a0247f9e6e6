import type { Delays, LineCount } from '../diagnosis/lineOracle.ts'
import {
  constant,
  described,
  either,
  listOf,
  number,
  object,
  oneOf,
  optional,
  schemaDocument,
  text,
  time,
} from '../lib/jsonSchema.ts'
import { claimOutcomes, notChecked, sharedDefinitions, steps } from '../report/schema.ts'
import { upgradeVersion, type UpgradeDocument } from './document.ts'
import { severities, verdicts, type Finding } from './findings.ts'
import type { CrdChange, ManifestChange } from './manifests.ts'
import type {
  Bisection,
  EndpointOutages,
  HelmRun,
  IdleEntry,
  Drop,
  Kept,
  Outage,
  Rollback,
  ScrapeGap,
  Traffic,
  Trial,
  VersionChange,
} from './result.ts'

const changes = oneOf(['added', 'removed', 'changed'])
const whyNotCounted = described('why they could not be counted', text)
const secondsSinceBegin = described('seconds since the upgrade began', number)

const millisecond = described('milliseconds from the event until OpenSearch took it', number)
export const lineCountSchema = object<LineCount>({
  node: text,
  pod: text,
  writer: described('the process that wrote', text),
  written: number,
  found: described('lines of which there is a whole document', number),
  lost: number,
  doubled: described('documents beyond the first of their line', number),
  torn: described('documents whose checksum differs', number),
  outOfOrder: described('lines that arrived after a later one', number),
  last: described('the number of the last line', number),
  newest: described('the highest number of which there is a document', number),
  delays: optional(object<Delays>({ p50: millisecond, p99: millisecond, max: millisecond })),
  gaps: described('the first lost numbers', listOf(text)),
})

const drop = object<Drop>({
  node: text,
  message: described('what Vector logged', text),
  remedy: optional(text),
})

const finding = object<Finding>({
  id: described('its id in upgrade/expected.yaml', text),
  verdict: oneOf(verdicts),
  severity: oneOf(severities),
  sentence: described('what users notice', text),
  remedy: text,
  consequences: listOf(text),
  changesMeaning: optional(described('everything still answers, but means something else', constant(true))),
  reason: optional(described('why it is accepted', text)),
})

const kept = object<Kept>({ before: number, after: either(number, whyNotCounted) })

const outage = object<Outage>({
  endpoint: text,
  from: secondsSinceBegin,
  to: secondsSinceBegin,
  seen: described('the first error', text),
})

const traffic = object<Traffic>({
  seconds: described('until everything was ready again', number),
  helm: listOf(
    object<HelmRun>({
      stack: text,
      from: text,
      to: text,
      begin: secondsSinceBegin,
      seconds: number,
      error: optional(text),
    }),
  ),
  endpoints: listOf(
    object<EndpointOutages>({
      endpoint: text,
      url: text,
      probes: number,
      outages: listOf(outage),
      seconds: described('of all outages', number),
      budget: described('seconds that are allowed', number),
    }),
  ),
  gaps: either(listOf(object<ScrapeGap>({ job: text, seconds: number })), whyNotCounted),
  lines: either(listOf(lineCountSchema), whyNotCounted),
  drops: listOf(drop),
  documents: described('log documents from before the upgrade', kept),
  series: described('Prometheus series from before the upgrade', kept),
})

const rollback = object<Rollback>({
  chart: text,
  from: described('the new version', text),
  to: described('the old version', text),
  verdict: oneOf(['goes back', 'goes back with loss', 'does not go back', 'not tried']),
  why: optional(described('why it does not go back, or was not tried', text)),
  loss: described('what does not work or is missing afterwards', listOf(text)),
  stays: described('what stays as in the new version', listOf(text)),
  remedy: text,
  seconds: number,
})

const trial = object<Trial>({
  version: text,
  verdict: oneOf(['works', 'breaks', 'cannot be tested']),
  shared: described('ids of the regressions that the last version has too', listOf(text)),
  others: described('ids of other regressions', listOf(text)),
  why: optional(described('why it cannot be tested', text)),
  seconds: number,
})

/** The JSON Schema of out/upgrade.json. */
export const upgradeSchema = schemaDocument(
  'upgrade.schema.json',
  'The result of `npm run upgrade`',
  object<UpgradeDocument>({
    version: described('raised when a field changes its meaning or is removed', constant(upgradeVersion)),
    answer: described('the verdict in one line', text),
    state: oneOf(['passed', 'failed', 'invalid']),
    counts: object<UpgradeDocument['counts']>({
      breaks: number,
      meansSomethingElse: number,
      notChecked: number,
    }),
    notChecked,
    upgrades: listOf(object<VersionChange>({ chart: text, from: text, to: text })),
    overlay: optional(described("the name of the overlay's folder", text)),
    invalid: optional(described('why nothing can be concluded', text)),
    claims: object<UpgradeDocument['claims']>({
      before: claimOutcomes,
      after: optional(claimOutcomes),
      fresh: optional(described('with the new versions on an empty cluster', claimOutcomes)),
    }),
    findings: described('the worst first', listOf(finding)),
    idleEntries: described(
      'entries of upgrade/expected.yaml, and of accepted.yaml of the overlay, without effect',
      listOf(object<IdleEntry>({ id: text, why: text, at: optional(text) })),
    ),
    traffic: optional(traffic),
    manifests: listOf(
      object<ManifestChange>({
        object: text,
        change: changes,
        fields: described('the first fields that differ', listOf(text)),
        count: described('fields that differ', number),
      }),
    ),
    definitions: described(
      'CustomResourceDefinitions that differ',
      listOf(
        object<CrdChange>({
          chart: text,
          name: text,
          change: changes,
          became: oneOf(['applied', 'left old']),
          fields: listOf(text),
        }),
      ),
    ),
    rollbacks: optional(described('with --rollback', listOf(rollback))),
    bisection: optional(
      described(
        'with --bisect; everything else is about the last version',
        object<Bisection>({
          chart: text,
          versions: described('the oldest first', listOf(text)),
          trials: described('in the order in which they were tried', listOf(trial)),
        }),
      ),
    ),
    steps,
    finishedAt: time,
  }),
  sharedDefinitions,
)
