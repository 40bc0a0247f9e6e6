import { all, always, differs, ifGone, ifLower, altersMeaning, type SettingRule } from '../judge.ts'

const otherFields = 'searches by its fields return different results'

const tomorrow = 'from the next daily index on'
const noLongerManaged = 'it no longer rolls over or deletes its indices, which may fill the disk'

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
    setting: /^dynamic /,
    judge: all(
      ifGone(altersMeaning('medium', `${tomorrow}, ${otherFields}`, 'add it to the index template again')),
      always(differs('medium', `${tomorrow}, new fields get different types`)),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^(index\.default_pipeline|ingest pipeline .*)$/,
    judge: ifGone(
      altersMeaning(
        'medium',
        'documents are stored without the fields that it adds',
        'create the pipeline again, and name it in the index template',
      ),
    ),
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
      always(differs('medium', 'its indices are rolled over or deleted at a different time')),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting /,
    judge: ifGone(differs('medium', 'the default applies')),
  },
]
