import type { V1ObjectMeta } from '@kubernetes/client-node'
import { timeOf } from './evidence.ts'

/** When an object's content changed, in milliseconds since 1970 cut to the second, and who changed it. */
export type Change = Readonly<{ at: number; by: string }>

/**
 * The last change of these fields, as far as the API server recorded it: a write that changes nothing leaves no trace, but
 * one of the labels by the owner of the data looks like a change of the data.
 * @param fields `data`, `spec`
 */
export const lastChange = (metadata: V1ObjectMeta, fields: readonly string[]): Change => {
  const writes = (metadata.managedFields ?? []).filter(
    ({ fieldsV1 = {}, subresource }) =>
      subresource === undefined && fields.some((field) => `f:${field}` in fieldsV1),
  )
  const created = { at: timeOf(metadata.creationTimestamp) ?? 0, by: 'its creation' }
  return writes
    .map(({ time, manager = 'unknown' }) => ({ at: timeOf(time) ?? 0, by: manager }))
    .reduce((newest, one) => (one.at > newest.at ? one : newest), created)
}

/** `10:12:03`, in UTC, with the date if it is not today's. */
export const describeTime = (ms: number, now = Date.now()): string => {
  const text = (time: number) => new Date(time).toISOString()
  const [date, time = ''] = text(ms).split('T')
  const clock = `${time.slice(0, 8)} UTC`
  return text(now).startsWith(date ?? '') ? clock : `${date} ${clock}`
}
