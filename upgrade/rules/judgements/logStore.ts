import { durationSeconds } from '../../../lib/promql.ts'
import {
  all,
  always,
  breaks,
  differs,
  ifGone,
  ifLower,
  ifSet,
  altersMeaning,
  type Judge,
  type Judged,
  type SettingRule,
} from '../judge.ts'

const otherFields = 'searches by its fields return different results'

const templateRemedy = 'set it in the index template, as before'
const tomorrow = 'from the next daily index on'
const noLongerManaged = 'it no longer rolls over or deletes its indices, which may fill the disk'

/** The age in seconds at which a policy deletes. */
const deletionAge = (policy: string | undefined): number => {
  const [, age] = /\bdeletes after (\d\w*)/.exec(policy ?? '') ?? []
  return age === undefined ? Infinity : durationSeconds(age)
}
const deletesSooner =
  (judged: Judged): Judge =>
  (old, now) =>
    deletionAge(now) < deletionAge(old) ? judged : undefined
const keepPolicy = 'set the old age in the policy before it runs again'

/** The type that a dynamic template gives to fields. */
const mappedType = (template: string | undefined): string | undefined =>
  /"type":"(\w+)"/.exec(template ?? '')?.[1]

/** OpenSearch: indices, templates, snapshots and policies. */
export const logStore: readonly SettingRule[] = [
  {
    subject: /^OpenSearch index /,
    setting: /^index\.number_of_replicas$/,
    judge: ifLower(
      Number,
      1,
      altersMeaning(
        'medium',
        'the loss of one node can lose logs',
        'set it in the index template, as before',
      ),
    ),
  },
  {
    subject: /^OpenSearch index /,
    setting: /^index\.mapping\.total_fields\.limit$/,
    judge: ifLower(
      Number,
      1000,
      altersMeaning(
        'medium',
        'documents with more fields are refused',
        'set it in the index template, as before',
      ),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^field /,
    judge: (old) =>
      old === undefined
        ? differs('low', tomorrow)
        : altersMeaning(
            'medium',
            `${tomorrow}, ${otherFields}`,
            'set its type in the index template, as before',
          ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^dynamic mapping$/,
    judge: all(
      ifSet(
        'strict',
        breaks('high', `${tomorrow}, documents with a field that has no mapping are refused`, templateRemedy),
      ),
      ifSet(
        'false',
        altersMeaning('medium', `${tomorrow}, searches by new fields find nothing`, templateRemedy),
      ),
      always(differs('medium', `${tomorrow}, new fields get different types`)),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^dynamic template /,
    judge: all(
      (old, now) =>
        old !== undefined && now !== undefined && mappedType(old) !== mappedType(now)
          ? altersMeaning('medium', `${tomorrow}, ${otherFields}`, templateRemedy)
          : undefined,
      ifGone(altersMeaning('medium', `${tomorrow}, ${otherFields}`, 'add it to the index template again')),
      always(differs('medium', `${tomorrow}, new fields get different types`)),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^(index\.(default|final)_pipeline|ingest pipeline .*)$/,
    judge: (old) =>
      old === undefined
        ? differs('medium', `${tomorrow}, documents can have different fields`)
        : altersMeaning(
            'medium',
            'documents are stored without the fields that it adds',
            'create the pipeline again, and name it in the index template',
          ),
  },
  {
    subject: /^OpenSearch index /,
    setting: /^index\.blocks\./,
    judge: ifSet('true', breaks('high', 'documents are refused', 'set it to false')),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting cluster\.blocks\./,
    judge: ifSet('true', breaks('high', 'documents and new indices are refused', 'reset it: set it to null')),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting action\.auto_create_index$/,
    judge: ifSet('false', breaks('high', 'the next daily index is not created', 'reset it: set it to null')),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^index template /,
    judge: all(
      ifGone(
        altersMeaning(
          'high',
          `${tomorrow}, ${otherFields}, and its settings fall back to the defaults`,
          'create the template again',
        ),
      ),
      always(differs('medium', `it applies ${tomorrow}`)),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^snapshot /,
    judge: all(
      ifGone(altersMeaning('high', 'snapshots are no longer taken with it', 'register it again')),
      deletesSooner(altersMeaning('high', 'snapshots are deleted sooner', keepPolicy)),
      (old, now) =>
        now?.startsWith('disabled') && old?.startsWith('enabled')
          ? altersMeaning('high', 'it no longer takes snapshots', 'enable the policy')
          : differs('medium'),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^ISM policy /,
    judge: all(
      ifGone(altersMeaning('high', noLongerManaged, 'create the policy again, and attach it to the indices')),
      // A new policy may be for other indices.
      (old, now) => (old === undefined && now?.startsWith('enabled') ? differs('medium') : undefined),
      deletesSooner(altersMeaning('high', 'log indices are deleted sooner', keepPolicy)),
      always(differs('medium', 'its indices are rolled over or deleted at a different time')),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting /,
    judge: ifGone(differs('medium', 'the default applies')),
  },
]
