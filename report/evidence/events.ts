import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { Task } from './collect.ts'

/** Times are ISO 8601; which of them are set depends on the reporter. */
export type Event = Readonly<{
  type?: string
  reason?: string
  message?: string
  count?: number
  series?: Readonly<{ count: number; lastObservedTime: string }> | null
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  eventTime?: string | null
  involvedObject: Readonly<{ kind?: string; namespace?: string; name?: string }>
}>

const lastSeen = ({ series, lastTimestamp, eventTime, firstTimestamp }: Event) =>
  new Date(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? 0)

/** One line for each event, in the order they were last seen. */
export const describeEvents = (events: readonly Event[]): string =>
  [...events]
    .sort((a, b) => lastSeen(a).getTime() - lastSeen(b).getTime())
    .map((event) => {
      const { kind, namespace, name } = event.involvedObject
      const count = event.series?.count ?? event.count ?? 1
      return [
        `${lastSeen(event).toISOString().slice(0, 19)}Z`,
        (event.type ?? '').padEnd('Warning'.length),
        [namespace, kind, name].filter(Boolean).join('/'),
        `${event.reason}: ${event.message?.trim().replaceAll(/\s*\n\s*/g, ' | ')}`,
        ...(count > 1 ? [`(${count} times)`] : []),
      ].join('  ')
    })
    .join('\n')

export const eventsTask = (connect: () => Promise<Kubernetes>): Task => ({
  name: 'events',
  sources: async () => {
    const { get } = await connect()
    return [
      {
        file: 'events.txt',
        about: 'events of all namespaces, in the order they were last seen',
        read: async () => describeEvents(((await get('/api/v1/events')) as { items: Event[] }).items),
      },
    ]
  },
})
