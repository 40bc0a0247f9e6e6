import {
  always,
  harmless,
  ifGone,
  ifLower,
  ifSet,
  meaning,
  withDefault,
  keepValue,
  type Judgement,
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
export const pipeline: readonly Judgement[] = [
  {
    subject: /^Vector sources\./,
    setting: /^type$/,
    judge: ifGone(meaning('high', 'nothing is read from this source any longer', 'add the source again')),
  },
  {
    subject: /^Vector sources\./,
    setting: /^exclude_paths_glob_patterns$/,
    judge: withDefault('["**/*.gz","**/*.tmp"]', (old, now) =>
      hasMore(old, now) ? meaning('high', lessCollected) : harmless('medium', 'more logs are collected'),
    ),
  },
  {
    subject: /^Vector sources\./,
    setting: /^include_paths_glob_patterns$/,
    judge: withDefault('["**/*"]', (old, now) =>
      hasMore(now, old) ? meaning('high', lessCollected) : harmless('medium', 'more logs are collected'),
    ),
  },
  {
    subject: /^Vector sources\./,
    setting: /^extra_(namespace_)?(label|field)_selector$/,
    judge: (_, now) =>
      now === undefined || now === ''
        ? harmless('medium', 'more logs are collected')
        : meaning('high', lessCollected),
  },
  {
    subject: /^Vector sources\./,
    setting: /^ignore_older_secs$/,
    judge: ifLower(Number, Infinity, meaning('medium', 'older lines are skipped')),
  },
  {
    subject: /^Vector sources\./,
    setting: /^max_line_bytes$/,
    judge: ifLower(Number, 32_768, meaning('medium', 'longer lines are dropped')),
  },
  {
    subject: /^Vector sources\./,
    setting: /^max_merged_line_bytes$/,
    judge: ifLower(Number, Infinity, meaning('medium', 'longer lines are dropped')),
  },
  {
    subject: /^Vector (sources|transforms)\./,
    setting: /^(auto_partial_merge$|multiline\b)/,
    judge: withDefault(
      'true',
      always(meaning('medium', 'one log entry becomes several documents, or several become one')),
    ),
  },
  {
    subject: /^Vector sources\./,
    setting: /^glob_minimum_cooldown_ms$/,
    judge: (old = '60000', now = '60000') =>
      Number(now) > Number(old)
        ? harmless('medium', 'the logs of new pods arrive later, and those of short-lived pods can be lost')
        : harmless('low'),
  },
  {
    subject: /^Vector sources\./,
    setting: /^read_from$/,
    judge: ifSet('end', meaning('medium', 'what a new pod writes before its file is noticed is lost')),
  },
  {
    subject: /^Vector( sources\..*)?$/,
    setting: /^data_dir$/,
    judge: withDefault(
      '/var/lib/vector/',
      always(
        meaning(
          'high',
          'its checkpoints are in the old folder, so it reads every file on the nodes again and documents double',
          'keep data_dir, or move the checkpoints before the upgrade',
        ),
      ),
    ),
  },
  {
    subject: /^Vector$/,
    setting: /^log_schema\./,
    judge: always(meaning('medium', 'the fields of log documents have other names')),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^type$/,
    judge: ifGone(meaning('high', 'nothing is sent to it any longer', 'add the sink again')),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^(mode|bulk\.action)$/,
    judge: (old, now) =>
      [old, now].every((value) => value === undefined || value === 'bulk' || value === 'index')
        ? harmless('low')
        : undefined,
  },
  {
    subject: /^Vector sinks\./,
    setting: /^(bulk\.(index|action)|mode|data_stream\..*|id_key|pipeline)$/,
    judge: always(
      meaning('high', 'log documents are written to a different place or in a different way', keepValue),
    ),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^buffer\.when_full$/,
    judge: (_, now) =>
      now === 'drop_newest'
        ? meaning('high', 'log lines are dropped while OpenSearch is slow')
        : harmless('medium'),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^buffer\./,
    judge: always(harmless('medium', 'it lasts through a shorter or longer OpenSearch outage')),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^type$/,
    judge: (old, now) =>
      now === undefined
        ? meaning('medium', 'log documents lack what it changed', 'add the transform again')
        : old === undefined && /^(filter|sample|throttle|dedupe|reduce)$/.test(now)
          ? meaning('medium', 'it can drop log lines')
          : harmless('medium', 'log documents can have other fields'),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^(source|condition|rate|threshold|exclude)\b/,
    judge: always(harmless('medium', 'log documents can have other fields, or be dropped')),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^endpoints?\b/,
    judge: always(meaning('high', 'log documents are sent to another server', keepValue)),
  },
  {
    subject: /^Vector( (sinks|sources)\..*)?$/,
    setting: /^acknowledgements(\.enabled)?$/,
    judge: (old, now) =>
      old === 'true' && now !== 'true'
        ? meaning('high', 'lines that were read and not yet stored are lost when Vector restarts')
        : harmless('low'),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^encoding\.(only|except)_fields$/,
    judge: always(meaning('medium', 'log documents have other fields', keepValue)),
  },
  {
    subject: /^Vector sinks\./,
    setting: /^request\.retry_attempts$/,
    judge: ifLower(Number, Infinity, meaning('medium', 'log lines are dropped while OpenSearch is away')),
  },
  {
    subject: /^Vector (sinks|transforms)\./,
    setting: /^inputs\b/,
    judge: always(harmless('medium', 'log documents take a different route')),
  },
]
