/** NaN if there are no values. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2
}

/** Whether two values differ by no more than a tenth of the larger one. */
export const isClose = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 0.1 * Math.max(Math.abs(a), Math.abs(b))
