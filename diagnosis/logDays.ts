import type { Index } from '../clients/opensearch.ts'
import { utcDay } from '../lib/messages.ts'

/** The day of the oldest daily index of the logs: `2026-11-29`; undefined if there is none. */
export const oldestDay = (indices: readonly Pick<Index, 'name'>[]): string | undefined =>
  indices
    .flatMap(({ name }) => /^logs-(\d{4}-\d\d-\d\d)$/.exec(name)?.[1] ?? [])
    .toSorted()
    .at(0)

/**
 * Whether the documents of a time may have been deleted with the index of their day.
 * @param time milliseconds since 1970
 */
export const isDeletedDay = (time: number, oldest: string | undefined): boolean =>
  oldest !== undefined && utcDay(time) < oldest
