import pMap from 'p-map'
import type { Prometheus, Rule, Sample, Target } from '../../clients/prometheus.ts'
import { messageOf } from '../../lib/messages.ts'
import { statedQueries } from '../../specs/support/statedQueries.ts'
import type { Answer, Observation, Statistics } from '../observation.ts'
import { alertingRules } from './alertingRules.ts'
import { distinct, named, numbered } from './named.ts'
import { observeSeries } from './series.ts'
import { statisticsOf } from './statistics.ts'

// More queries at once would delay scrapes on two cores.
const concurrency = 4
// The harness creates these to wait until Prometheus has reloaded.
const ofTheHarness = /^observability[-_]e2e/

const targetsOf = (targets: readonly Target[]): Observation['targets'] => {
  const byJob = Map.groupBy(targets, ({ labels }) => labels['job'] ?? '')
  return named(
    [...byJob].map(([job, all]) => {
      const down = all.filter(({ health }) => health !== 'up')
      return [
        job,
        { up: all.length - down.length, down: distinct(down.map(({ lastError }) => lastError)) },
      ] as const
    }),
  )
}

const allSeries = '{__name__=~".+",__name__!~"ALERTS.*"}'

/**
 * Every metric that had series within the window, with the number of series that it has now: some metrics have none until
 * something happens.
 * @param now all series that exist now
 * @param within one sample for each metric and job that had series within the window
 * @param recorded metrics of recording rules, whose last evaluation may have been before the window
 */
const metrics = (
  now: readonly Sample[],
  within: readonly Sample[],
  recorded: ReadonlySet<string>,
): Observation['metrics'] => {
  const nameOf = ({ labels }: Sample) => labels['__name__'] ?? ''
  const series = Map.groupBy(now, nameOf)
  const present = [...within, ...now.filter((sample) => recorded.has(nameOf(sample)))]
  return named(
    [...Map.groupBy(present, nameOf)]
      .filter(([name]) => !ofTheHarness.test(name))
      .map(([name, counted]) => {
        const all = series.get(name) ?? []
        const labels = distinct(all.flatMap((sample) => Object.keys(sample.labels)))
        return [
          name,
          {
            jobs: distinct(counted.flatMap((sample) => sample.labels['job'] ?? [])),
            labels: labels.filter((label) => label !== '__name__'),
            series: all.length,
          },
        ]
      }),
  )
}

/** Whether an expression has a result now or had one within the window. */
const answerOf = async (prometheus: Prometheus, expr: string, windowSeconds: number): Promise<Answer> => {
  try {
    if ((await prometheus.query(expr)).length > 0) return 'data'
    const before = await prometheus.query(`last_over_time((${expr})[${windowSeconds}s:15s])`)
    return before.length > 0 ? 'data' : 'no data'
  } catch (error) {
    return `error: ${messageOf(error)}`
  }
}

// Long enough to show noise; short enough to lie after a restart.
const statisticsSeconds = 300
const statisticsStep = 20

/** Statistics of what an expression returned over the window; undefined if there are too few samples. */
const valuesOf = async (
  prometheus: Prometheus,
  expr: string,
  windowSeconds: number,
): Promise<Statistics | undefined> => {
  const seconds = Math.min(windowSeconds, statisticsSeconds)
  const series = await prometheus.range(expr, seconds, statisticsStep).catch(() => [])
  return statisticsOf(series.map(({ values }) => values))
}

const stated = async (prometheus: Prometheus, windowSeconds: number): Promise<Observation['queries']> =>
  named(
    await pMap(
      Object.entries(statedQueries),
      async ([claim, expr]) => {
        const values = await valuesOf(prometheus, expr, windowSeconds)
        return [claim, { expr, ...(values && { values }) }] as const
      },
      { concurrency },
    ),
  )

const recording = async (prometheus: Prometheus, rules: readonly Rule[], windowSeconds: number) =>
  numbered(
    await pMap(
      rules,
      async ({ group, name, query, labels = {}, health, lastError }) => {
        const answer =
          health === 'err' ? `error: ${lastError}` : await answerOf(prometheus, query, windowSeconds)
        const values = answer === 'data' ? await valuesOf(prometheus, query, windowSeconds) : undefined
        const rule = {
          record: name,
          expr: query,
          answer,
          ...(Object.keys(labels).length > 0 && { labels }),
          ...(values && { values }),
        }
        return [`${group} / ${name}`, rule] as const
      },
      { concurrency },
    ),
  )

type FromPrometheus = Pick<
  Observation,
  | 'targets'
  | 'metrics'
  | 'recordingRules'
  | 'queries'
  | 'alertingRules'
  | 'ruleGroups'
  | 'families'
  | 'series'
  | 'buckets'
>

/**
 * Targets, metrics and rules.
 * @param windowSeconds a query that had a result within it has a result
 */
export const observePrometheus = async (
  prometheus: Prometheus,
  targets: readonly Target[],
  windowSeconds: number,
): Promise<FromPrometheus> => {
  const rules = (await prometheus.rules()).filter(({ group }) => !ofTheHarness.test(group))
  const of = (wanted: Rule['type']) => rules.filter(({ type }) => type === wanted)
  const [now, within, recordingRules, queries, groups, metadata] = await Promise.all([
    prometheus.query(allSeries),
    prometheus.query(`count by (__name__, job) (last_over_time(${allSeries}[${windowSeconds}s]))`),
    recording(prometheus, of('recording'), windowSeconds),
    stated(prometheus, windowSeconds),
    prometheus.ruleGroups(),
    prometheus.metadata(),
  ])
  return {
    targets: targetsOf(targets),
    metrics: metrics(now, within, new Set(of('recording').map(({ name }) => name))),
    recordingRules,
    queries,
    alertingRules: alertingRules(of('alerting'), now),
    ruleGroups: named(
      groups
        .filter(({ name }) => !ofTheHarness.test(name))
        .map(({ name, interval }) => [name, interval] as const),
    ),
    ...observeSeries(
      now.filter(({ labels }) => !ofTheHarness.test(labels['__name__'] ?? '')),
      metadata,
    ),
  }
}
