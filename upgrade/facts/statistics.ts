import { median } from '../../lib/numbers.ts'
import type { Statistics } from '../observation.ts'

// Fewer samples say nothing about their spread.
const fewestSamples = 3

/** Enough digits to compare, and few enough to read. */
export const rounded = (value: number): number => Number(value.toPrecision(6))

const spreadOf = (values: readonly number[]): number => {
  const center = median(values)
  const deviation = median(values.map((value) => Math.abs(value - center)))
  return deviation === 0 ? 0 : deviation / Math.abs(center)
}

const hasRisen = (values: readonly number[]): boolean =>
  (values.at(-1) ?? 0) > (values[0] ?? 0) &&
  values.every((value, index) => value >= (values[index - 1] ?? -Infinity))

/** Statistics of several series; undefined if none has enough samples. */
export const statisticsOf = (all: readonly (readonly number[])[]): Statistics | undefined => {
  const series = all
    .map((values) => values.filter(Number.isFinite))
    .filter(({ length }) => length >= fewestSamples)
  if (series.length === 0) return undefined
  return {
    series: series.length,
    median: rounded(median(series.map(median))),
    // The spread around a median of 0 is infinite, which JSON cannot express.
    spread: Math.min(1000, rounded(median(series.map(spreadOf)))),
    rises: series.filter(hasRisen).length > series.length / 2,
  }
}
