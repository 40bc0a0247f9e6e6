import { quantityOf } from '../../lib/quantities.ts'
import { durationSeconds } from '../../lib/promql.ts'
import type { Severity, Verdict } from '../findings.ts'

/** How bad a changed setting is, and why. */
export type Judged = Readonly<{
  verdict: Verdict
  severity: Severity
  /** What it does, as the end of a sentence. */
  effect: string
  remedy: string
  changesMeaning?: true
}>

/** The value before and after; undefined if it was or is not set. */
type Judge = (old: string | undefined, now: string | undefined) => Judged | undefined
export type Judgement = Readonly<{ subject: RegExp; setting: RegExp; judge: Judge }>

const keepValue = 'set the old value in the values file'

/** Everything still answers, but means something else. */
export const meaning = (severity: Severity, effect: string, remedy = keepValue): Judged => ({
  verdict: 'new',
  severity,
  effect,
  remedy,
  changesMeaning: true,
})
const broken = (severity: Severity, effect: string, remedy = keepValue): Judged => ({
  verdict: 'new',
  severity,
  effect,
  remedy,
})
export const harmless = (
  severity: Severity,
  effect = '',
  remedy = 'check whether you rely on it',
): Judged => ({
  verdict: 'change',
  severity,
  effect,
  remedy,
})

const always =
  (judged: Judged): Judge =>
  () =>
    judged
/** Something that was there and no longer is. */
const ifGone =
  (judged: Judged): Judge =>
  (old, now) =>
    old !== undefined && now === undefined ? judged : undefined
const ifSet =
  (value: string, judged: Judged): Judge =>
  (_, now) =>
    now === value ? judged : undefined
/** @param unset the number that stands for no value */
const ifLower =
  (read: (text: string) => number, unset: number, judged: Judged): Judge =>
  (old, now) =>
    (now === undefined ? unset : read(now)) < (old === undefined ? unset : read(old)) ? judged : undefined
/** Writing the default is no difference. */
const withDefault =
  (value: string, judge: Judge): Judge =>
  (old = value, now = value) =>
    old === now ? harmless('low') : judge(old, now)
const all =
  (...judges: readonly Judge[]): Judge =>
  (old, now) => {
    for (const judge of judges) {
      const judged = judge(old, now)
      if (judged) return judged
    }
    return undefined
  }

/** Seconds and bytes of `10d or 5GiB`; a limit of 0 is none. */
const retentionLimits = (text: string): readonly number[] => {
  const parts = text.split(' or ')
  const size = parts.find((part) => part.endsWith('B')) ?? ''
  const time = parts.find((part) => !part.endsWith('B')) ?? ''
  return [durationSeconds(time), quantityOf(size.replace(/i?B$/, (unit) => unit.replace('B', ''))) || 0].map(
    (limit) => limit || Infinity,
  )
}
const isShorter = (old: string, now: string): boolean => {
  const [before, after] = [retentionLimits(old), retentionLimits(now)]
  return after.some((limit, index) => limit < (before[index] ?? Infinity))
}
const shorterRetention =
  (judged: Judged): Judge =>
  (old, now) =>
    old !== undefined && now !== undefined && isShorter(old, now) ? judged : undefined

const lostVolume: Judge = (old, now) => {
  if (old === undefined || old === 'emptyDir') return harmless('low')
  if (now === undefined || now === 'emptyDir')
    return meaning(
      'high',
      'what it stores is lost whenever its pod is deleted',
      "set the chart's persistence or storage values for it, as before",
    )
  return harmless('medium', 'its old data stays on the old volume')
}

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
const otherFields = 'searches by its fields give other results'

const tomorrow = 'from the next daily index on'
const noLongerManaged = 'its indices are no longer rolled over or deleted by it, and may fill the disk'

/** The first row that has an opinion decides; without one, a change is of little importance. */
export const judgements: readonly Judgement[] = [
  {
    subject: /^Prometheus$/,
    setting: /^retention$/,
    judge: shorterRetention(
      meaning(
        'high',
        'older samples are deleted, and graphs and alerts over a longer time see only the rest',
        'set prometheus.prometheusSpec.retention (and retentionSize) to the old value',
      ),
    ),
  },
  {
    subject: /^StatefulSet /,
    setting: /^retention$/,
    judge: shorterRetention(
      meaning(
        'medium',
        'expired silences and the notification log are forgotten sooner',
        'set alertmanager.alertmanagerSpec.retention to the old value',
      ),
    ),
  },
  {
    subject: /^(Deployment|StatefulSet) /,
    setting: /^replicas$/,
    judge: ifLower(Number, 1, harmless('medium', 'fewer pods are left if a node fails')),
  },
  { subject: /^(Deployment|StatefulSet|DaemonSet) /, setting: /^volumes\./, judge: lostVolume },
  {
    subject: /^(Deployment|StatefulSet|DaemonSet) /,
    setting: /^securityContext\./,
    judge: always(
      harmless(
        'medium',
        'files that its volumes already have may not be readable or writable for it',
        "look at the pod's log for `permission denied`; fsGroup changes the group of the files",
      ),
    ),
  },
  {
    subject: /^Prometheus$/,
    setting: /^external label /,
    judge: (old) =>
      old === undefined
        ? harmless('medium', 'alerts and remote systems get a label more')
        : meaning(
            'medium',
            'alerts and remote systems get other labels, so routes and queries by them no longer match',
            'set prometheus.prometheusSpec.externalLabels to the old value',
          ),
  },
  {
    subject: /^Prometheus$/,
    setting: /^remote (write|read) /,
    judge: all(
      ifGone(
        meaning('high', 'samples are no longer exchanged with it', 'configure it again in prometheusSpec'),
      ),
      always(harmless('medium', 'samples are exchanged with it', 'check that it should receive them')),
    ),
  },
  {
    subject: /^Prometheus$/,
    setting: /^query\./,
    judge: always(harmless('medium', 'queries can return less or fail')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^web\.enable-(remote-write|otlp)-receiver$/,
    judge: ifSet('false', broken('high', 'who sends samples to it is refused')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^out-of-order time window$/,
    judge: ifLower(durationSeconds, 0, meaning('medium', 'samples that arrive late are dropped')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^storage\.tsdb\.path$/,
    judge: always(meaning('high', 'samples of the old path are no longer found')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^(evaluation interval|enable-feature)$/,
    judge: always(harmless('medium', 'rules and queries can have other results')),
  },
  {
    subject: /^Grafana$/,
    setting: /^data source .* timeInterval$/,
    judge: always(
      harmless('medium', '$__rate_interval has another length, and rates of slow scrapes can be empty'),
    ),
  },
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
      always(harmless('medium', `it is for indices ${tomorrow}`)),
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
      always(harmless('medium', 'its indices are rolled over or deleted at another time')),
    ),
  },
  {
    subject: /^OpenSearch$/,
    setting: /^cluster setting /,
    judge: ifGone(harmless('medium', 'the default is in force')),
  },
  {
    subject: /^Grafana$/,
    setting: /^(anonymousEnabled|publicDashboardsEnabled)$/,
    judge: all(
      ifSet('true', harmless('medium', 'who has no login can see dashboards')),
      ifSet('false', broken('medium', 'who has no login is sent to the login page')),
    ),
  },
  {
    subject: /^Grafana$/,
    setting: /^disableLoginForm$/,
    judge: ifSet('true', broken('medium', 'nobody can log in with a password in the browser')),
  },
  {
    subject: /^Grafana$/,
    setting: /^(ldapEnabled|samlEnabled|authProxyEnabled)$/,
    judge: ifSet('false', broken('high', 'who logs in that way is refused')),
  },
  {
    subject: /^OpenSearch Dashboards$/,
    setting: /^saved objects /,
    judge: ifLower(
      Number,
      0,
      broken('high', 'saved objects are gone', 'restore them from a snapshot of the .kibana index'),
    ),
  },
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
      always(meaning('medium', 'what was one log document is several, or the other way round')),
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
      meaning('high', 'log documents are written to another place, or in another way', keepValue),
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
    judge: always(harmless('medium', 'it bridges another length of an OpenSearch outage')),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^type$/,
    judge: (old, now) =>
      old === undefined && /^(filter|sample|throttle|dedupe|reduce)$/.test(now ?? '')
        ? meaning('medium', 'it can drop log lines')
        : harmless('medium', 'log documents can have other fields'),
  },
  {
    subject: /^Vector transforms\./,
    setting: /^(source|condition|rate|threshold|exclude)\b/,
    judge: always(harmless('medium', 'log documents can have other fields, or be dropped')),
  },
  {
    subject: /^Vector (sinks|transforms)\./,
    setting: /^(endpoints|inputs)\b/,
    judge: always(harmless('medium', 'log documents take another way')),
  },
  {
    subject: /^scrape of /,
    setting: /^honor_labels$/,
    judge: always(
      meaning(
        'medium',
        'where a target sets a label that Prometheus sets too, the other of the two values is stored',
        'set honorLabels of its monitor to the old value',
      ),
    ),
  },
  {
    subject: /^scrape of /,
    setting: /^label /,
    judge: always(
      harmless(
        'medium',
        'its series are others',
        'look for queries and alert routes that select the old value',
      ),
    ),
  },
  {
    subject: /^scrape of /,
    setting: /_(limit|timeout)$/,
    judge: always(harmless('medium', 'a scrape that needs more fails')),
  },
]

export const judge = (
  subject: string,
  setting: string,
  old: string | undefined,
  now: string | undefined,
): Judged => {
  const rows = judgements.filter((row) => row.subject.test(subject) && row.setting.test(setting))
  for (const row of rows) {
    const judged = row.judge(old, now)
    if (judged) return judged
  }
  return harmless('low')
}
