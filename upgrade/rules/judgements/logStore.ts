import { all, always, harmless, ifGone, ifLower, meaning, type Judgement } from '../judge.ts'

const otherFields = 'searches by its fields give other results'

const tomorrow = 'from the next daily index on'
const noLongerManaged = 'its indices are no longer rolled over or deleted by it, and may fill the disk'

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
    setting: /^dynamic /,
    judge: all(
      ifGone(meaning('medium', `${tomorrow}, ${otherFields}`, 'put it into the index template again')),
      always(harmless('medium', `${tomorrow}, new fields get other types`)),
    ),
  },
  {
    subject: /^OpenSearch index of tomorrow$/,
    setting: /^(index\.default_pipeline|ingest pipeline .*)$/,
    judge: ifGone(
      meaning(
        'medium',
        'documents are stored without what it adds',
        'create the pipeline again, and name it in the index template',
      ),
    ),
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
      always(harmless('medium', 'its indices are rolled over or deleted at a different time')),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting /,
    judge: ifGone(harmless('medium', 'the default is in force')),
  },
]
