import type { Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { sortedPairs } from '../structuralDiff.ts'
import { compareEach, type Rule } from './common.ts'
import type { Judged } from './judge.ts'
import { judge } from './judgements.ts'

/** A finding about a changed setting; its effect is the end of the sentence. */
export const judgedDifference = (
  id: string,
  about: string,
  sentence: string,
  { verdict, severity, effect, remedy, changesMeaning }: Judged,
  dependsOn: readonly string[] = [],
): Difference =>
  findingsAbout(id, about)(verdict, severity, effect === '' ? sentence : `${sentence}: ${effect}`, remedy, {
    dependsOn,
    ...(changesMeaning && { changesMeaning }),
  })

// If one of these is new or gone, the finding about its job or index says so.
const isFoundElsewhere = /^(scrape of |OpenSearch index )/

/** The old and the new value of a setting. */
const describe = (subject: string, name: string, old: string | undefined, now: string | undefined) =>
  old === undefined
    ? `${subject}: ${name} is new (${now})`
    : now === undefined
      ? `${subject}: ${name} is gone (${old} before)`
      : `${subject}: ${name} changed from ${old} to ${now}`

type Settings = Observation['settings'][string]

/** A component that is new or gone is one finding, about its type. */
const comparedSettings = (old: Settings | undefined, now: Settings | undefined) =>
  sortedPairs(old ?? {}, now ?? {}).filter(
    ({ name, before, after }) => before !== after && (name === 'type' || (old && now) !== undefined),
  )

const nextIndex = 'OpenSearch index of tomorrow'
/** Templates decide the settings, fields and ingest pipeline of the next index. */
const templatesOf = (subject: string, { settings: all }: Observation): readonly string[] =>
  subject === nextIndex
    ? Object.keys(all['OpenSearch'] ?? {})
        .filter((name) => name.startsWith('index template '))
        .map((name) => `setting:OpenSearch/${name}`)
    : []

/** Effective settings that changed: retention, indices, snapshots, the log pipeline, scrapes. */
export const settings: Rule = (before, after) =>
  compareEach(before.settings, after.settings, (subject, old, now) => {
    if ((!old || !now) && isFoundElsewhere.test(subject)) return undefined
    return comparedSettings(old, now)
      .filter(({ name }) => !name.startsWith('folder of ') || (name in { ...old } && name in { ...now }))
      .map(({ name, before: was, after: is }) =>
        judgedDifference(
          `setting/${subject}/${name}`,
          `setting:${subject}/${name}`,
          describe(subject, name, was, is),
          judge(subject, name, was, is),
          templatesOf(subject, before),
        ),
      )
  })
