import type { Bounds } from '../../config/ownClaims.ts'

const relations: Readonly<
  Record<keyof Bounds, Readonly<{ words: string; holds: (value: number, bound: number) => boolean }>>
> = {
  exactly: { words: 'exactly', holds: (value, bound) => value === bound },
  atLeast: { words: 'at least', holds: (value, bound) => value >= bound },
  above: { words: 'above', holds: (value, bound) => value > bound },
  atMost: { words: 'at most', holds: (value, bound) => value <= bound },
  below: { words: 'below', holds: (value, bound) => value < bound },
}
const names = Object.keys(relations) as readonly (keyof Bounds)[]

const givenIn = (bounds: Bounds) =>
  names.flatMap((name) => {
    const bound = bounds[name]
    return bound === undefined ? [] : [{ ...relations[name], bound }]
  })

/** `at least 1 and below 5` */
export const describeBounds = (bounds: Bounds): string =>
  givenIn(bounds)
    .map(({ words, bound }) => `${words} ${bound}`)
    .join(' and ')

/** Whether a value is within bounds. NaN and infinite values, which divisions by zero give, are within none. */
export const isWithin = (bounds: Bounds, value: number): boolean =>
  Number.isFinite(value) && givenIn(bounds).every(({ holds, bound }) => holds(value, bound))
