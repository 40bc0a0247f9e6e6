import { expect, test } from 'vitest'
import type { Sample } from '../../clients/prometheus.ts'
import { compareResults, observeSideBySide } from './sideBySide.ts'
import { statisticsOf } from './statistics.ts'

const sample = (value: number, labels: Readonly<Record<string, string>> = {}): Sample => ({ labels, value })
const ofNodes = (values: readonly number[], more: Readonly<Record<string, string>> = {}) =>
  values.map((value, index) => sample(value, { ...more, node: String(index) }))

test('the same values under a different metric name', () => {
  const old = ofNodes([1, 2, 0], { __name__: 'a' })
  expect(compareResults(old, ofNodes([1.05, 2, 0]))).toEqual({
    series: { old: 3, now: 3, common: 3 },
    labels: { old: [], now: [] },
    differing: 0,
    median: { old: 1, now: 1.05 },
    ratio: 1.025,
    atRatio: 3,
  })
})

test('doubled values, and one that is not', () => {
  const found = compareResults(ofNodes([1, 2, 3, 4]), ofNodes([2, 4, 6, 4]))
  expect(found).toMatchObject({ differing: 3, ratio: 2, atRatio: 3 })
})

test('an additional label does not make a series a different one, unless it tells several apart', () => {
  expect(compareResults(ofNodes([1, 2]), ofNodes([1, 2], { cluster: 'a' }))).toMatchObject({
    series: { old: 2, now: 2, common: 2 },
    labels: { old: [], now: ['cluster'] },
    differing: 0,
  })
  const perMode = [...ofNodes([1, 2], { mode: 'idle' }), ...ofNodes([1, 2], { mode: 'user' })]
  expect(compareResults(ofNodes([1, 2]), perMode).series).toEqual({ old: 2, now: 4, common: 0 })
})

test('both are evaluated at the same time, and an error is recorded', async () => {
  const times: (number | undefined)[] = []
  const query = async (expr: string, time?: number) => {
    times.push(time)
    if (expr === 'broken') throw new Error('parse error')
    return [sample(1)]
  }
  const changed = [
    { id: 'a', old: 'x', now: 'y' },
    { id: 'b', old: 'broken', now: 'y' },
  ]
  const found = await observeSideBySide({ query }, changed)
  expect(times[0]).toBe(times[1])
  expect(found['a']).toMatchObject({ old: 'x', now: 'y', ratio: 1 })
  expect(found['b']).toMatchObject({ error: 'parse error', series: { old: 0, now: 0 } })
})

test('statistics of noise, of a counter, and of too few samples', () => {
  expect(
    statisticsOf([
      [9, 10, 11, 10],
      [20, 20, 20, NaN],
    ]),
  ).toEqual({
    series: 2,
    median: 15,
    spread: 0.025,
    rises: false,
  })
  expect(statisticsOf([[1, 2, 3]])).toMatchObject({ rises: true })
  expect(statisticsOf([[1, 2]])).toBeUndefined()
})
