import { alertReceiver, readReceived, type Notification } from '../clients/alertReceiver.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { canary, nameOf } from '../diagnosis/alertProof.ts'
import { watch } from '../lib/eventually.ts'
import type { Notifications } from './result.ts'

/** The canary fires once in each of these: manifests/alert-canary.yaml. */
const periodMs = 10_000

/**
 * What became of the canary's firings between two times, in milliseconds since 1970. Each is reported as resolved exactly
 * once; as firing it may be repeated, as its route says.
 */
export const countNotifications = (
  received: readonly Notification[],
  from: number,
  to: number,
): Notifications => {
  const resolved = received.filter(
    ({ receiver, labels, status }) =>
      receiver === alertReceiver.name && labels['alertname'] === nameOf(canary) && status === 'resolved',
  )
  const byPeriod = Map.groupBy(resolved, ({ startsAt }) => Math.floor(Date.parse(startsAt) / periodMs))
  const [first, last] = [Math.ceil(from / periodMs), Math.floor(to / periodMs)]
  const periods = Array.from({ length: Math.max(last - first, 0) }, (_, index) => first + index)
  const counts = periods.map((period) => byPeriod.get(period)?.length ?? 0)
  return {
    fired: periods.length,
    unsent: counts.filter((count) => count === 0).length,
    sentTwice: counts.filter((count) => count > 1).length,
  }
}

// The receiver keeps the last twenty notifications of an alert, which are some 70 seconds' worth.
const everyMs = 5000
/** A firing lasts five seconds, and its resolution is sent within a few more. */
const settledMs = 15_000

/** Counts the firings until a time, in milliseconds since 1970, and ends the collection. */
export type EndNotifications = (to: number) => Notifications | string

/** Collects what the receiver gets from now on. */
export const collectNotifications = (kubernetes: Kubernetes): EndNotifications => {
  const began = Date.now()
  const seen = new Map<string, Notification>()
  const watching = watch(async () => {
    const received = await readReceived(kubernetes).catch(() => undefined)
    for (const one of received?.notifications ?? [])
      seen.set(`${one.receivedAt} ${one.status} ${one.startsAt} ${one.labels['alertname']}`, one)
  }, everyMs)
  return (to) => {
    watching.stop()
    if (seen.size === 0) return 'the alert receiver has not answered'
    return countNotifications([...seen.values()], began, Math.min(to, Date.now() - settledMs))
  }
}
