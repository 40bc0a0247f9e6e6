import type { Index } from '../clients/opensearch.ts'

/** The day of the oldest daily index of the logs: `2026-11-29`; undefined if there is none. */
export const oldestDay = (indices: readonly Pick<Index, 'name'>[]): string | undefined =>
  indices
    .flatMap(({ name }) => /^logs-(\d{4}-\d\d-\d\d)$/.exec(name)?.[1] ?? [])
    .toSorted()
    .at(0)

/** Whether the documents of a time may have been deleted with the index of their day. */
export const isDeletedDay = (time: number | Date, oldest: string | undefined): boolean =>
  oldest !== undefined && new Date(time).toISOString().slice(0, 10) < oldest
