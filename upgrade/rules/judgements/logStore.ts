import { durationSeconds } from '../../../lib/promql.ts'
import {
  all,
  always,
  broken,
  harmless,
  ifGone,
  ifLower,
  ifSet,
  meaning,
  type Judge,
  type Judged,
  type Judgement,
} from '../judge.ts'

const otherFields = 'searches by its fields give other results'

const templateRemedy = 'set it in the index template, as before'
const tomorrow = 'from the next daily index on'
const noLongerManaged = 'its indices are no longer rolled over or deleted by it, and may fill the disk'

/** Seconds after which a policy deletes. */
const deletionAge = (policy: string | undefined): number => {
  const [, age] = /\bdeletes after (\d\w*)/.exec(policy ?? '') ?? []
  return age === undefined ? Infinity : durationSeconds(age)
}
const deletesSooner =
  (judged: Judged): Judge =>
  (old, now) =>
    deletionAge(now) < deletionAge(old) ? judged : undefined
const keepPolicy = 'set the old age in the policy, before it runs the next time'

/** The type that a dynamic template gives to fields. */
const mappedType = (template: string | undefined): string | undefined =>
  /"type":"(\w+)"/.exec(template ?? '')?.[1]

/** OpenSearch: indices, templates, snapshots and policies. */
export const logStore: readonly Judgement[] = [
  {
    subject: /^OpenSearch index /,
    setting: /^index\.number_of_replicas$/,
    judge: ifLower(
      Number,
      1,
      meaning('medium', 'the loss of one node can lose logs', 'set it in the index template, as before'),
    ),
  },
  {
    subject: /^OpenSearch index /,
    setting: /^index\.mapping\.total_fields\.limit$/,
    judge: ifLower(
      Number,
      1000,
      meaning('medium', 'documents with more fields are refused', 'set it in the index template, as before'),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^field /,
    judge: (old) =>
      old === undefined
        ? harmless('low', tomorrow)
        : meaning('medium', `${tomorrow}, ${otherFields}`, 'set its type in the index template, as before'),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^dynamic mapping$/,
    judge: all(
      ifSet(
        'strict',
        broken('high', `${tomorrow}, documents with a field that has no mapping are refused`, templateRemedy),
      ),
      ifSet('false', meaning('medium', `${tomorrow}, searches by new fields find nothing`, templateRemedy)),
      always(harmless('medium', `${tomorrow}, new fields get other types`)),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^dynamic template /,
    judge: all(
      (old, now) =>
        old !== undefined && now !== undefined && mappedType(old) !== mappedType(now)
          ? meaning('medium', `${tomorrow}, ${otherFields}`, templateRemedy)
          : undefined,
      ifGone(meaning('medium', `${tomorrow}, ${otherFields}`, 'put it into the index template again')),
      always(harmless('medium', `${tomorrow}, new fields get other types`)),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^(index\.(default|final)_pipeline|ingest pipeline .*)$/,
    judge: (old) =>
      old === undefined
        ? harmless('medium', `${tomorrow}, documents can have other fields`)
        : meaning(
            'medium',
            'documents are stored without what it adds',
            'create the pipeline again, and name it in the index template',
          ),
  },
  {
    subject: /^OpenSearch index /,
    setting: /^index\.blocks\./,
    judge: ifSet('true', broken('high', 'documents are refused', 'set it to false')),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting cluster\.blocks\./,
    judge: ifSet('true', broken('high', 'documents and new indices are refused', 'set it to null')),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting action\.auto_create_index$/,
    judge: ifSet('false', broken('high', 'the next daily index is not created', 'set it to null')),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^index template /,
    judge: all(
      ifGone(
        meaning(
          'high',
          `${tomorrow}, ${otherFields}, and its settings are the default ones`,
          'put the template again',
        ),
      ),
      always(harmless('medium', `it applies ${tomorrow}`)),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^snapshot /,
    judge: all(
      ifGone(meaning('high', 'no snapshots are taken with it any longer', 'register it again')),
      deletesSooner(meaning('high', 'snapshots are deleted sooner', keepPolicy)),
      (old, now) =>
        now?.startsWith('disabled') && old?.startsWith('enabled')
          ? meaning('high', 'no snapshots are taken by it any longer', 'enable the policy')
          : harmless('medium'),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^ISM policy /,
    judge: all(
      ifGone(meaning('high', noLongerManaged, 'create the policy again, and attach it to the indices')),
      // A new policy may be for other indices.
      (old, now) => (old === undefined && now?.startsWith('enabled') ? harmless('medium') : undefined),
      deletesSooner(meaning('high', 'log indices are deleted sooner', keepPolicy)),
      always(harmless('medium', 'its indices are rolled over or deleted at a different time')),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting /,
    judge: ifGone(harmless('medium', 'the default is in force')),
  },
]
