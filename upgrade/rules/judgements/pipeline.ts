import {
  always,
  differs,
  ifGone,
  ifLower,
  ifSet,
  altersMeaning,
  withDefault,
  keepValue,
  type SettingRule,
} from '../judge.ts'

const itemsOf = (list: string | undefined): readonly string[] => {
  try {
    const parsed: unknown = JSON.parse(list ?? '[]')
    return Array.isArray(parsed) ? parsed.map(String) : [String(parsed)]
  } catch {
    return list === undefined ? [] : [list]
  }
}
const hasMore = (old: string | undefined, now: string | undefined) =>
  itemsOf(now).some((item) => !itemsOf(old).includes(item))

const lessCollected = 'logs that were collected before may be left out'

/** The log pipeline: what Vector reads, changes and sends. */
export const pipeline: readonly SettingRule[] = [
  {
    subject: /^Vector sources\./,
    setting: /^type$/,
    judge: ifGone(altersMeaning('high', 'Vector no longer reads this source', 'add the source again')),
  },
  {
    subject: /^Vector sources\./,
    setting: /^exclude_paths_glob_patterns$/,
    judge: withDefault('["**/*.gz","**/*.tmp"]', (old, now) =>
      hasMore(old, now) ? altersMeaning('high', lessCollected) : differs('medium', 'more logs are collected'),
    ),
  },
  {
    subject: /^Vector sources\./,
    setting: /^include_paths_glob_patterns$/,
    judge: withDefault('["**/*"]', (old, now) =>
      hasMore(now, old) ? altersMeaning('high', lessCollected) : differs('medium', 'more logs are collected'),
    ),
  },
  {
    subject: /^Vector sources\./,
    setting: /^extra_(namespace_)?(label|field)_selector$/,
    judge: (_, now) =>
      now === undefined || now === ''
        ? differs('medium', 'more logs are collected')
        : altersMeaning('high', lessCollected),
  },
  {
    subject: /^Vector sources\./,
    setting: /^ignore_older_secs$/,
    judge: ifLower(Number, Infinity, altersMeaning('medium', 'older lines are skipped')),
  },
  {
    subject: /^Vector sources\./,
    setting: /^max_line_bytes$/,
    judge: ifLower(Number, 32_768, altersMeaning('medium', 'longer lines are dropped')),
  },
  {
    subject: /^Vector sources\./,
    setting: /^max_merged_line_bytes$/,
    judge: ifLower(Number, Infinity, altersMeaning('medium', 'longer lines are dropped')),
  },
  {
    subject: /^Vector (sources|transforms)\./,
    setting: /^(auto_partial_merge$|multiline\b)/,
    judge: withDefault(
      'true',
      always(altersMeaning('medium', 'one log entry becomes several documents, or several become one')),
    ),
  },
  {
    subject: /^Vector sources\./,
    setting: /^glob_minimum_cooldown_ms$/,
    judge: (old = '60000', now = '60000') =>
      Number(now) > Number(old)
        ? differs('medium', 'the logs of new pods arrive later, and those of short-lived pods can be lost')
        : differs('low'),
  },
  {
    subject: /^Vector sources\./,
    setting: /^read_from$/,
    judge: ifSet(
      'end',
      altersMeaning('medium', 'lines that a new pod writes before Vector discovers its file are lost'),
    ),
  },
  {
    subject: /^Vector( sources\..*)?$/,
    setting: /^data_dir$/,
    judge: withDefault(
      '/var/lib/vector/',
      always(
        altersMeaning(
          'high',
          'its checkpoints stay in the old folder, so it reads every file on the nodes again and documents are duplicated',
          'keep data_dir, or move the checkpoints before the upgrade',
        ),
      ),
    ),
  },
  {
    subject: /^Vector$/,
    setting: /^log_schema\./,
    judge: always(altersMeaning('medium', 'fields of log documents are renamed')),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^type$/,
    judge: ifGone(altersMeaning('high', 'Vector no longer sends anything to it', 'add the sink again')),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^(mode|bulk\.action)$/,
    judge: (old, now) =>
      [old, now].every((value) => value === undefined || value === 'bulk' || value === 'index')
        ? differs('low')
        : undefined,
  },
  {
    subject: /^Vector sinks\./,
    setting: /^(bulk\.(index|action)|mode|data_stream\..*|id_key|pipeline)$/,
    judge: always(
      altersMeaning(
        'high',
        'log documents are written to a different place or in a different way',
        keepValue,
      ),
    ),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^buffer\.when_full$/,
    judge: (_, now) =>
      now === 'drop_newest'
        ? altersMeaning('high', 'log lines are dropped while OpenSearch is slow')
        : differs('medium'),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^buffer\./,
    judge: always(differs('medium', 'it bridges a shorter or longer outage of OpenSearch')),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^type$/,
    judge: (old, now) =>
      now === undefined
        ? altersMeaning('medium', 'log documents arrive without its changes', 'add the transform again')
        : old === undefined && /^(filter|sample|throttle|dedupe|reduce)$/.test(now)
          ? altersMeaning('medium', 'it can drop log lines')
          : differs('medium', 'log documents can have different fields'),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^(source|condition|rate|threshold|exclude)\b/,
    judge: always(differs('medium', 'log documents can have different fields, or be dropped')),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^endpoints?\b/,
    judge: always(altersMeaning('high', 'log documents are sent to a different server', keepValue)),
  },
  {
    subject: /^Vector( (sinks|sources)\..*)?$/,
    setting: /^acknowledgements(\.enabled)?$/,
    judge: (old, now) =>
      old === 'true' && now !== 'true'
        ? altersMeaning('high', 'lines that Vector has read but not yet delivered are lost when it restarts')
        : differs('low'),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^encoding\.(only|except)_fields$/,
    judge: always(altersMeaning('medium', 'log documents have different fields', keepValue)),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^request\.retry_attempts$/,
    judge: ifLower(
      Number,
      Infinity,
      altersMeaning('medium', 'log lines are dropped during an outage of OpenSearch'),
    ),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^request_retry_partial$/,
    judge: (old, now) =>
      old === 'true' && now !== 'true'
        ? altersMeaning('high', 'documents that OpenSearch rejects while it is busy are dropped')
        : differs('low'),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^drop_on_error$/,
    judge: ifSet('true', altersMeaning('high', 'log lines that it cannot process are dropped')),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^drop_on_abort$/,
    judge: withDefault(
      'true',
      ifSet('true', altersMeaning('high', 'log lines at which it aborts are dropped')),
    ),
  },
  {
    subject: /^Vector (sinks|transforms)\./,
    setting: /^inputs\b/,
    judge: always(differs('medium', 'log documents take a different route')),
  },
]
