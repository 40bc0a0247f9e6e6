import type { Sample } from '../../clients/prometheus.ts'
import type { PromqlClaim } from '../../config/ownClaims.ts'
import { few } from '../../lib/messages.ts'
import { seriesText } from '../../lib/promql.ts'
import { describeBounds, isWithin } from './bounds.ts'
import { expected, type Judgement } from './judgement.ts'

const shownSamples = 5

const describeValue = (value: number) => String(Number.isFinite(value) ? Number(value.toPrecision(6)) : value)

const describeSamples = (samples: readonly Sample[]): string =>
  few(
    samples.map((sample) =>
      [describeValue(sample.value), seriesText(sample.labels)].filter(Boolean).join(' '),
    ),
    shownSamples,
  ) || 'no result'

const withoutName = ({ labels }: Sample): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([label]) => label !== '__name__')
      .sort(),
  )

/** Sums of the same floating-point numbers differ with their order. */
const isSame = (a: number, b: number): boolean =>
  Object.is(a, b) ||
  a === b ||
  // Infinity only equals itself.
  (Number.isFinite(a - b) && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)))

const differences = (samples: readonly Sample[], others: readonly Sample[]): readonly string[] => {
  const byLabels = new Map(others.map((sample) => [withoutName(sample), sample]))
  const unequal = samples.flatMap((sample) => {
    const other = byLabels.get(withoutName(sample))
    byLabels.delete(withoutName(sample))
    if (other && isSame(sample.value, other.value)) return []
    return `${describeSamples([sample])}, where equalTo has ${other ? describeValue(other.value) : 'no series'}`
  })
  return [
    ...unequal,
    ...[...byLabels.values()].map((one) => `no series, where equalTo has ${describeSamples([one])}`),
  ]
}

const describeFigures = (samples: readonly Sample[]): string => {
  const values = samples.map(({ value }) => value).sort((a, b) => a - b)
  const [least, most] = [values[0] ?? NaN, values.at(-1) ?? NaN].map(describeValue)
  if (values.length === 0) return 'no result'
  if (values.length === 1) return `value ${least}`
  return `${values.length} series, ${least === most ? `all ${least}` : `${least} to ${most}`}`
}

/**
 * Judges the result of an instant query.
 * @param others the result of `equalTo`
 */
export const judgeSamples = (
  { value, equalTo, series, labels, noResult }: PromqlClaim,
  samples: readonly Sample[],
  others: readonly Sample[] = [],
): Judgement => {
  const figures = describeFigures(samples)
  const seen = describeSamples(samples)
  if (noResult) return { figures, shortfalls: samples.length > 0 ? [expected('no result', seen)] : [] }
  const outside = value ? samples.filter((sample) => !isWithin(value, sample.value)) : []
  const unequal = equalTo === undefined ? [] : differences(samples, others)
  const lacking = (labels ?? []).map((label) => ({
    label,
    without: samples.filter((sample) => sample.labels[label] === undefined),
  }))
  // `series` bounds the number of series, but a bound on values needs at least one.
  const isEmpty = samples.length === 0 && (value !== undefined || !series)
  return {
    figures,
    shortfalls: [
      ...(isEmpty ? [expected(value ? `every value ${describeBounds(value)}` : 'a result', seen)] : []),
      ...(value && outside.length > 0
        ? [
            expected(
              `every value ${describeBounds(value)}`,
              `${describeSamples(outside)} (${outside.length} of ${samples.length} series)`,
            ),
          ]
        : []),
      ...(series && !isWithin(series, samples.length)
        ? [expected(`${describeBounds(series)} series`, `${samples.length} series: ${seen}`)]
        : []),
      ...(unequal.length > 0 && !isEmpty
        ? [expected(`the values of ${equalTo}`, few(unequal, shownSamples, '; '))]
        : []),
      ...lacking
        .filter(({ without }) => without.length > 0)
        .map(({ label, without }) =>
          expected(
            `label ${label} on every series`,
            `${without.length} of ${samples.length} series without it: ${describeSamples(without)}`,
          ),
        ),
    ],
  }
}
