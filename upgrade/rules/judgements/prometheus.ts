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
  shorterRetention,
  type Judgement,
} from '../judge.ts'

/** Prometheus: what it keeps, returns and scrapes. */
export const prometheus: readonly Judgement[] = [
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
    subject: /^Prometheus$/,
    setting: /^external label /,
    judge: (old) =>
      old === undefined
        ? harmless('medium', 'alerts and remote systems get an additional label')
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
      (old) =>
        old === undefined
          ? undefined
          : meaning('medium', 'other samples are sent to it', 'set the old writeRelabelConfigs'),
      always(harmless('medium', 'samples are now exchanged with it', 'check that it should receive them')),
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
    judge: ifSet('false', broken('high', 'clients that send samples to it are refused')),
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
    subject: /^scrape of /,
    setting: /^honor_labels$/,
    judge: (_, now) =>
      meaning(
        'medium',
        now === 'true'
          ? 'labels that the target itself sets, such as namespace and pod, replace those that Prometheus sets'
          : 'labels that the target itself sets, such as namespace and pod, are called exported_namespace and exported_pod now, and queries by them find those of the exporter',
        'set honorLabels of its monitor to the old value',
      ),
  },
  {
    subject: /^scrape of /,
    setting: /^label /,
    judge: always(
      harmless(
        'medium',
        'its series have other labels',
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
