import pMap from 'p-map'
import type { Labels, Prometheus, Sample } from '../../clients/prometheus.ts'
import { messageOf } from '../../lib/messages.ts'
import { isClose, median } from '../../lib/numbers.ts'
import type { Observation, SideBySide } from '../observation.ts'
import { distinct, named } from './named.ts'
import { rounded } from './statistics.ts'

/** An expression that changed since an earlier observation; `id` is that of the finding about it. */
export type ChangedQuery = Readonly<{ id: string; old: string; now: string }>

const concurrency = 4

const labelNames = (samples: readonly Sample[]): ReadonlySet<string> =>
  new Set(samples.flatMap(({ labels }) => Object.keys(labels)))

const onlyIn = (these: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] =>
  distinct(these.difference(others)).filter((name) => name !== '__name__')

/** Sample values by the values of these labels. Samples with the same values cannot be told apart, so none of them counts. */
const byLabels = (samples: readonly Sample[], names: readonly string[]): ReadonlyMap<string, number> => {
  const keyOf = (labels: Labels) => JSON.stringify(names.map((name) => labels[name] ?? ''))
  return new Map(
    [...Map.groupBy(samples, ({ labels }) => keyOf(labels))].flatMap(([key, [only, ...others]]) =>
      only && others.length === 0 ? [[key, only.value] as const] : [],
    ),
  )
}

const medianOf = (values: readonly number[]): number | undefined =>
  values.length > 0 ? rounded(median(values)) : undefined

/** Compares two results of the same evaluation time. */
export const compareResults = (
  old: readonly Sample[],
  now: readonly Sample[],
): Omit<SideBySide, 'old' | 'now'> => {
  const finite = (samples: readonly Sample[]) => samples.filter(({ value }) => Number.isFinite(value))
  const [was, is] = [finite(old), finite(now)]
  const [wasLabels, isLabels] = [labelNames(was), labelNames(is)]
  const shared = distinct(wasLabels.intersection(isLabels)).filter((name) => name !== '__name__')
  const values = byLabels(is, shared)
  const common = [...byLabels(was, shared)].flatMap(([key, before]) => {
    const after = values.get(key)
    return after === undefined ? [] : [{ before, after }]
  })
  const ratios = common.flatMap(({ before, after }) => (before === 0 || after === 0 ? [] : [after / before]))
  const [oldMedian, nowMedian, ratio] = [
    medianOf(was.map(({ value }) => value)),
    medianOf(is.map(({ value }) => value)),
    medianOf(ratios),
  ]
  return {
    series: { old: was.length, now: is.length, common: common.length },
    labels: { old: onlyIn(wasLabels, isLabels), now: onlyIn(isLabels, wasLabels) },
    differing: common.filter(({ before, after }) => !isClose(before, after)).length,
    median: {
      ...(oldMedian === undefined ? {} : { old: oldMedian }),
      ...(nowMedian === undefined ? {} : { now: nowMedian }),
    },
    ...(ratio === undefined ? {} : { ratio }),
    atRatio: common.filter(({ before, after }) => isClose(before * (ratio ?? 1), after)).length,
  }
}

/** Evaluates each old expression side by side with the new one, at the same time. */
export const observeSideBySide = async (
  prometheus: Pick<Prometheus, 'query'>,
  changed: readonly ChangedQuery[],
): Promise<Observation['sideBySide']> =>
  named(
    await pMap(
      changed,
      async ({ id, old, now }) => {
        const time = Math.floor(Date.now() / 1000)
        const result = await Promise.all([prometheus.query(old, time), prometheus.query(now, time)]).then(
          ([was, is]) => compareResults(was, is),
          (error: unknown) => ({ ...compareResults([], []), error: messageOf(error) }),
        )
        return [id, { old, now, ...result }] as const
      },
      { concurrency },
    ),
  )
