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
  shorterRetention,
  type SettingRule,
} from '../judge.ts'

/** Prometheus: what it keeps, returns and scrapes. */
export const prometheus: readonly SettingRule[] = [
  {
    subject: /^Prometheus$/,
    setting: /^retention$/,
    judge: shorterRetention(
      altersMeaning(
        'high',
        'older samples are deleted, and graphs and alerts over a longer range see only what is left',
        'set prometheus.prometheusSpec.retention (and retentionSize) to the old value',
      ),
    ),
  },
  {
    subject: /^Prometheus$/,
    setting: /^external label /,
    judge: (old) =>
      old === undefined
        ? differs('medium', 'alerts and remote systems get an additional label')
        : altersMeaning(
            'medium',
            'alerts and remote systems get different labels, so routes and queries that match the old ones no longer do',
            'set prometheus.prometheusSpec.externalLabels to the old value',
          ),
  },
  {
    subject: /^Prometheus$/,
    setting: /^remote (write|read) /,
    judge: all(
      ifGone(
        altersMeaning(
          'high',
          'Prometheus no longer exchanges samples with it',
          'configure it again in prometheusSpec',
        ),
      ),
      (old) =>
        old === undefined
          ? undefined
          : altersMeaning(
              'medium',
              'Prometheus sends it different samples',
              'set the old writeRelabelConfigs',
            ),
      always(differs('medium', 'Prometheus now exchanges samples with it', 'check that it may have them')),
    ),
  },
  {
    subject: /^Prometheus$/,
    setting: /^query\./,
    judge: always(differs('medium', 'queries can return less or fail')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^web\.enable-(remote-write|otlp)-receiver$/,
    judge: ifSet('false', breaks('high', 'clients that send samples to it are refused')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^out-of-order time window$/,
    judge: ifLower(durationSeconds, 0, altersMeaning('medium', 'samples that arrive late are dropped')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^storage\.tsdb\.path$/,
    judge: always(altersMeaning('high', 'samples of the old path are no longer found')),
  },
  {
    subject: /^Prometheus$/,
    setting: /^evaluation interval$/,
    judge: (old = '1m', now = '1m') =>
      durationSeconds(now) >= 2 * durationSeconds(old)
        ? altersMeaning(
            'medium',
            'alerts fire later, and recording rules write fewer samples',
            'set prometheus.prometheusSpec.evaluationInterval to the old value',
          )
        : differs('low'),
  },
  {
    subject: /^Prometheus$/,
    setting: /^enable-feature$/,
    judge: always(differs('medium', 'rules and queries can return different results')),
  },
  {
    subject: /^scrape of /,
    setting: /^honor_labels$/,
    judge: (_, now) =>
      altersMeaning(
        'medium',
        now === 'true'
          ? 'labels that the target itself sets, such as namespace and pod, now win over those of Prometheus'
          : 'labels that the target itself sets, such as namespace and pod, are renamed to exported_namespace and exported_pod; queries by namespace and pod now see those of the exporter',
        'set honorLabels of its monitor to the old value',
      ),
  },
  {
    subject: /^scrape of /,
    setting: /^label /,
    judge: always(
      differs(
        'medium',
        'its series are labelled differently',
        'look for queries and alert routes that select the old value',
      ),
    ),
  },
  {
    subject: /^scrape of /,
    setting: /_(limit|timeout)$/,
    judge: always(differs('medium', 'a scrape that exceeds it fails')),
  },
]
