import { parse } from 'yaml'
import { operatedWorkload, type ObjectName } from '../config/components.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Labels, Prometheus, Sample, Series, Target } from '../clients/prometheus.ts'
import { countOf, few } from '../lib/messages.ts'
import { readLogs } from './componentPods.ts'
import { parseLogfmt } from '../lib/logfmt.ts'
import { durationSeconds } from '../lib/promql.ts'

const twice =
  'the target exposes a series twice, or metricRelabelings remove the label that tells its series apart: correct one or the other'
const own = 'the target sets timestamps of its own: honorTimestamps: false in its monitor ignores them'
const database = 'see the log of Prometheus for the target or rule; two rules must not record the same series'

/**
 * Counters of Prometheus that grow when it throws samples or targets away: what is lost, and what to do.
 * @see https://github.com/prometheus/prometheus/blob/main/scrape/metrics.go
 */
const lossCounters: Readonly<Record<string, readonly [lost: string, remedy: string]>> = {
  prometheus_target_scrapes_sample_duplicate_timestamp_total: [
    'samples of a series that had another value at the same time',
    twice,
  ],
  prometheus_target_scrapes_sample_out_of_order_total: [
    'samples older than the last one of their series',
    own,
  ],
  prometheus_target_scrapes_sample_out_of_bounds_total: [
    'samples whose own timestamp is too old or in the future',
    own,
  ],
  prometheus_target_scrapes_exceeded_sample_limit_total: [
    'scrapes with more samples than sampleLimit',
    'raise sampleLimit of the monitor, or enforcedSampleLimit of the Prometheus',
  ],
  prometheus_target_scrapes_exceeded_body_size_limit_total: [
    'scrapes larger than bodySizeLimit',
    'raise bodySizeLimit of the monitor, or enforcedBodySizeLimit of the Prometheus',
  ],
  prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total: [
    'scrapes with more buckets than nativeHistogramBucketLimit',
    'raise nativeHistogramBucketLimit of the monitor',
  ],
  prometheus_target_scrape_pool_exceeded_label_limits_total: [
    'scrapes with more or longer labels than allowed',
    'raise labelLimit, labelNameLengthLimit or labelValueLengthLimit of the monitor, or the enforced ones of the Prometheus',
  ],
  prometheus_target_scrape_pool_exceeded_target_limit_total: [
    'all targets of pools with more than targetLimit',
    'raise targetLimit of the monitor, or enforcedTargetLimit of the Prometheus',
  ],
  prometheus_target_sync_failed_total: [
    'targets whose labels are invalid',
    'correct relabelings of the monitor: the log of Prometheus says `Creating target failed`',
  ],
  prometheus_target_scrape_pools_failed_total: [
    'scrape pools that it cannot create',
    'correct TLS files and credentials of the monitor: the log of Prometheus says which',
  ],
  prometheus_target_scrape_pool_reloads_failed_total: [
    'scrape pools that it cannot reload',
    'correct TLS files and credentials of the monitor: the log of Prometheus says which',
  ],
  prometheus_tsdb_out_of_order_samples_total: [
    'samples of targets or rules older than the last one',
    database,
  ],
  prometheus_tsdb_out_of_bound_samples_total: [
    'samples of targets or rules too old or in the future',
    database,
  ],
  prometheus_tsdb_too_old_samples_total: [
    'samples of targets or rules older than the out-of-order window',
    database,
  ],
}
const lossSelector = `{__name__=~"${Object.keys(lossCounters).join('|')}"}`

/** What the log of Prometheus says about lost samples, and how often. */
export type LoggedLoss = Readonly<{ message: string; where: string; lines: number; dropped: number }>

/** Everything that shows whether samples are lost. */
export type SampleFacts = Readonly<{
  targets: readonly Target[]
  /** How many samples the last scrape of each target had, and how many of them metricRelabelings kept. */
  counts: readonly Sample[]
  /** How many samples of a scrape did not become series of their own, by job, instance and metrics_path. */
  merged: readonly Sample[]
  /** The metricRelabelings that change labels, by scrape pool: `labeldrop le`. */
  labelChanges: ReadonlyMap<string, readonly string[]>
  /** The last `seconds` of the counters of losses. */
  counters: readonly Series[]
  seconds: number
  logged: readonly LoggedLoss[]
}>

const withoutName = (labels: Labels): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([key]) => key !== '__name__')
      .sort(),
  )

/** `http://10.244.1.2:8000/metrics of job shop (serviceMonitor/default/shop/0)` */
export const describeScrape = ({ scrapeUrl, labels, scrapePool }: Target): string =>
  `${scrapeUrl} of job ${labels['job']} (${scrapePool})`

/** Where to look at what a target answers; undefined if it is no pod. */
const rawCommand = ({ scrapeUrl, labels }: Target): string | undefined => {
  const { protocol, port, pathname } = new URL(scrapeUrl)
  const { namespace, pod } = labels
  if (namespace === undefined || pod === undefined) return undefined
  const scheme = protocol === 'https:' ? 'https:' : ''
  return `kubectl get --raw /api/v1/namespaces/${namespace}/pods/${scheme}${pod}:${port}/proxy${pathname}`
}

/** The targets that are up, and of whose samples none arrives. */
const emptyTargets = (targets: readonly Target[], counts: readonly Sample[]): readonly string[] => {
  const valueOf = (name: string, { labels }: Target) =>
    counts.find((one) => one.labels['__name__'] === name && withoutName(one.labels) === withoutName(labels))
      ?.value
  return targets
    .filter(({ health }) => health === 'up')
    .flatMap((target) => {
      const scraped = valueOf('scrape_samples_scraped', target)
      const kept = valueOf('scrape_samples_post_metric_relabeling', target)
      if (scraped === 0) {
        const command = rawCommand(target)
        return [
          `target ${describeScrape(target)} is up but yields no samples: its answer is empty\n` +
            `  remedy: correct the path, or what the program exposes there${command === undefined ? '' : `: \`${command}\``}`,
        ]
      }
      if (scraped !== undefined && kept === 0)
        return [
          `target ${describeScrape(target)} is up but yields no samples: metricRelabelings drop all ${scraped}\n` +
            '  remedy: correct metricRelabelings of the monitor where values/ or manifests/ describe it',
        ]
      return []
    })
}

/**
 * Targets with several samples that became one series. No counter shows this: Prometheus recognizes duplicates within a
 * scrape only by their text before relabeling. The series of a target that sets job or instance itself (honorLabels) are
 * found under other labels, so only targets whose metricRelabelings change labels are judged.
 */
const mergedTargets = ({ targets, merged, labelChanges }: SampleFacts): readonly string[] =>
  targets.flatMap((target) => {
    const { job, instance, metrics_path } = target.labels
    const lost = merged.find(
      ({ labels }) =>
        labels['job'] === job && labels['instance'] === instance && labels['metrics_path'] === metrics_path,
    )
    const changes = labelChanges.get(target.scrapePool) ?? []
    if (lost === undefined || changes.length === 0) return []
    return [
      `target ${describeScrape(target)}: ${countOf(lost.value, 'sample')} of each scrape lost without a trace: metricRelabelings give several series the same labels, and Prometheus keeps one of them (${few(changes, 3)})\n` +
        '  remedy: keep the label that tells them apart in metricRelabelings of the monitor',
    ]
  })

/** Growth of a counter within the values; a smaller value is a restart, after which it began at 0. */
const growth = (values: readonly number[]): number =>
  values.slice(1).reduce((sum, value, index) => {
    const before = values[index] ?? 0
    return sum + (value >= before ? value - before : value)
  }, 0)

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)

const describeLogged = ({ message, where, lines, dropped }: LoggedLoss): string =>
  `Prometheus logs for ${where}: ${message}` +
  ` (${dropped > 0 ? `${countOf(dropped, 'sample')}, ` : ''}logged ${lines === 1 ? 'once' : `${lines} times`})`

/** Targets of this scrape pool that have the labels of another target: their samples collide. */
const collisions = (logged: readonly LoggedLoss[], targets: readonly Target[]): readonly string[] =>
  [...new Set(logged.map(({ where }) => where.split(' ')[0] ?? ''))].flatMap((pool) => {
    const own = targets.filter(({ scrapePool }) => scrapePool === pool)
    const twin = targets.find(
      (one) =>
        one.scrapePool !== pool && own.some(({ labels }) => withoutName(labels) === withoutName(one.labels)),
    )
    return twin === undefined
      ? []
      : [`${pool} and ${twin.scrapePool} give their targets the same labels, so that their samples collide`]
  })

const losses = ({ counters, seconds, logged, targets }: SampleFacts): readonly string[] => {
  const growing = Object.entries(lossCounters).flatMap(([name, [lost, remedy]]) => {
    const ofName = counters.filter(({ labels }) => labels['__name__'] === name)
    const grown = ofName.filter(({ values }) => growth(values) > 0)
    if (grown.length === 0) return []
    const pools = [...new Set(grown.flatMap(({ labels }) => labels['scrape_job'] ?? []))]
    const total = sumOf(ofName.map(({ values }) => values.at(-1) ?? 0))
    const now = sumOf(grown.map(({ values }) => growth(values)))
    const text =
      `Prometheus throws away ${lost}: ${now} in the last ${seconds} s, ${total} since it started (${name})` +
      (pools.length > 0 ? `, of ${few(pools, 3)}` : '')
    return [{ text, remedy }]
  })
  const [first] = growing
  if (first === undefined) return []
  const log = [...logged].sort((a, b) => b.dropped - a.dropped || b.lines - a.lines).map(describeLogged)
  const colliding = collisions(logged, targets)
  // The log is silent about limits, and the targets are down.
  const limited = targets
    .filter(({ lastError }) => lastError.includes('limit'))
    .map((target) => `target ${describeScrape(target)}: ${target.lastError}`)
  const culprits = [...limited, ...log]
  return [
    [
      ...growing.map(({ text }) => text),
      ...colliding,
      culprits.length > 0 ? few(culprits, 5, '\n') : 'its log does not say of which target',
      // The database counts again what scrapes lose, so that the first one is the nearest to the cause.
      `  remedy: ${colliding.length > 0 ? 'delete one of the two monitors, or give its targets other labels' : first.remedy}`,
    ].join('\n'),
  ]
}

/** Targets without samples, and samples that Prometheus throws away. */
export const sampleShortfalls = (facts: SampleFacts): readonly string[] => {
  const { targets, counts, counters } = facts
  if (targets.length > 0 && counters.length === 0)
    return [
      'Prometheus does not scrape itself: nothing shows whether it throws samples away\n' +
        '  remedy: set prometheus.serviceMonitor.selfMonitor: true in values/kube-prometheus-stack.yaml',
    ]
  const empty = emptyTargets(targets, counts)
  const merged = mergedTargets(facts)
  return [
    ...(empty.length > 0 ? [few(empty, 5, '\n')] : []),
    ...(merged.length > 0 ? [few(merged, 5, '\n')] : []),
    ...losses(facts),
  ]
}

const aboutLosses =
  /Error on ingesting|Rule sample appending failed|Creating target failed|error (?:reloading|creating)|limit exceeded/

/** The lines of Prometheus' log about lost samples, counted by message and target or rule. */
export const parseLosses = (log: string): readonly LoggedLoss[] => {
  const lines = log.split('\n').filter((line) => aboutLosses.test(line))
  const parsed = lines.map((line) => {
    const { scrape_pool: pool, target, group, name, err, msg, num_dropped: dropped } = parseLogfmt(line)
    const rule = [group, name].filter(Boolean).join(' ')
    const where =
      pool !== undefined ? [pool, target].filter(Boolean).join(' ') : rule ? `rule ${rule}` : 'a scrape'
    const message = [msg ?? line.slice(0, 200), err].filter(Boolean).join(': ')
    return { where, message, dropped: Number(dropped ?? 0) }
  })
  const groups = Object.groupBy(parsed, ({ where, message }) => `${where}\n${message}`)
  return Object.values(groups).flatMap((group = []) => {
    const [first] = group
    if (!first) return []
    return [{ ...first, lines: group.length, dropped: sumOf(group.map(({ dropped }) => dropped)) }]
  })
}

/** What Prometheus logs about lost samples, of all its pods. */
const readLosses = async (
  kubernetes: Kubernetes,
  object: ObjectName,
  sinceSeconds: number,
): Promise<readonly LoggedLoss[]> => {
  const lines = { container: 'prometheus', sinceSeconds, tailLines: 1000 }
  return parseLosses((await readLogs(kubernetes, operatedWorkload('Prometheus', object), lines)).join('\n'))
}

// Series that Prometheus itself or rules add are not in the target's response.
const notScraped =
  '.*:.*|up|scrape_(duration_seconds|samples_scraped|samples_post_metric_relabeling|series_added|timeout_seconds|sample_limit|body_size_bytes)|ALERTS|ALERTS_FOR_STATE'
const mergedQuery =
  'sum by (job, instance, metrics_path) (scrape_samples_post_metric_relabeling)' +
  ` - count by (job, instance, metrics_path) ({job!="", __name__!~"${notScraped}"}) > 0`

type ScrapeConfig = Readonly<{
  job_name: string
  metric_relabel_configs?: readonly Readonly<{ action?: string; regex?: string; target_label?: string }>[]
}>

/** The metricRelabelings that change labels, by scrape pool, in the loaded configuration of Prometheus. */
export const labelChangesOf = (config: string): SampleFacts['labelChanges'] => {
  const { scrape_configs = [] } = parse(config) as Readonly<{ scrape_configs?: readonly ScrapeConfig[] }>
  return new Map(
    scrape_configs.map(({ job_name, metric_relabel_configs = [] }) => [
      job_name,
      metric_relabel_configs
        .filter(({ action }) => !/^(keep|drop)/.test(action ?? ''))
        .map(({ action = 'replace', regex, target_label }) => `${action} ${target_label ?? regex ?? ''}`),
    ]),
  )
}

/** Asks Prometheus for what `sampleShortfalls` judges. */
export const readSampleFacts = async (
  kubernetes: Kubernetes,
  object: ObjectName,
  prometheus: Prometheus,
): Promise<SampleFacts> => {
  const targets = await prometheus.targets()
  // The slowest target must have been scraped twice, or a loss at each of its scrapes would show only now and then.
  const seconds = Math.max(
    30,
    2 * Math.max(...targets.map(({ scrapeInterval }) => durationSeconds(scrapeInterval))),
  )
  const [counts, merged, counters] = await Promise.all([
    prometheus.query('{__name__=~"scrape_samples_scraped|scrape_samples_post_metric_relabeling"}'),
    prometheus.query(mergedQuery),
    prometheus.values(lossSelector, seconds),
  ])
  const isLosing = counters.some(({ values }) => growth(values) > 0)
  const [logged, config] = await Promise.all([
    isLosing ? readLosses(kubernetes, object, seconds) : [],
    merged.length > 0 ? prometheus.loadedConfig() : '{}',
  ])
  return { targets, counts, merged, labelChanges: labelChangesOf(config), counters, seconds, logged }
}
