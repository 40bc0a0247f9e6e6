import pMap from 'p-map'
import type { Prometheus, Rule, Sample } from '../../clients/prometheus.ts'
import { messageOf } from '../../lib/messages.ts'
import type { Answer, Observation } from '../observation.ts'
import { distinct, named, numbered } from './named.ts'

// More queries at once would delay scrapes on two cores.
const concurrency = 4
// The harness creates these to wait until Prometheus has reloaded.
const ofTheHarness = /^observability[-_]e2e/

const targets = async (prometheus: Prometheus): Promise<Observation['targets']> => {
  const byJob = Map.groupBy(await prometheus.targets(), ({ labels }) => labels['job'] ?? '')
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

/**
 * Every metric that has series now, and without series those that had some within the window: some metrics have no series
 * until something happens.
 * @param recorded metrics of rules, which may have been evaluated last before the window
 */
const metrics = async (
  prometheus: Prometheus,
  window: number,
  recorded: ReadonlySet<string>,
): Promise<Observation['metrics']> => {
  const selector = '{__name__=~".+",__name__!~"ALERTS.*"}'
  const [now, within] = await Promise.all([
    prometheus.query(selector),
    prometheus.query(`count by (__name__, job) (last_over_time(${selector}[${window}s]))`),
  ])
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
const answerOf = async (prometheus: Prometheus, expr: string, window: number): Promise<Answer> => {
  try {
    if ((await prometheus.query(expr)).length > 0) return 'data'
    const before = await prometheus.query(`last_over_time((${expr})[${window}s:15s])`)
    return before.length > 0 ? 'data' : 'no data'
  } catch (error) {
    return `error: ${messageOf(error)}`
  }
}

const recording = async (prometheus: Prometheus, rules: readonly Rule[], window: number) =>
  numbered(
    await pMap(
      rules,
      async ({ group, name, query, health, lastError }) => {
        const answer = health === 'err' ? `error: ${lastError}` : await answerOf(prometheus, query, window)
        return [`${group} / ${name}`, { record: name, expr: query, answer }] as const
      },
      { concurrency },
    ),
  )

const alerting = (rules: readonly Rule[]) =>
  numbered(
    rules.map(({ group, name, query, state = 'inactive', lastError }) => [
      `${group} / ${name}`,
      { expr: query, state, error: lastError },
    ]),
  )

/**
 * Targets, metrics and rules.
 * @param window in seconds: a query that had a result within it has a result
 */
export const observePrometheus = async (
  prometheus: Prometheus,
  window: number,
): Promise<Pick<Observation, 'targets' | 'metrics' | 'recordingRules' | 'alertingRules'>> => {
  const rules = (await prometheus.rules()).filter(({ group }) => !ofTheHarness.test(group))
  const of = (wanted: Rule['type']) => rules.filter(({ type }) => type === wanted)
  const [ofTargets, ofMetrics, recordingRules] = await Promise.all([
    targets(prometheus),
    metrics(prometheus, window, new Set(of('recording').map(({ name }) => name))),
    recording(prometheus, of('recording'), window),
  ])
  return {
    targets: ofTargets,
    metrics: ofMetrics,
    recordingRules,
    alertingRules: alerting(of('alerting')),
  }
}
