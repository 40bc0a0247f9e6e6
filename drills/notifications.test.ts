import { expect, test } from 'vitest'
import type { Notification } from '../clients/alertReceiver.ts'
import { countNotifications } from './notifications.ts'

const begin = Date.UTC(2026, 10, 28, 10)
/** A notification of the canary's firing that began so many seconds after the begin. */
const notified = (seconds: number, changes: Partial<Notification> = {}): Notification => ({
  receiver: 'alert-receiver',
  status: 'resolved',
  labels: { alertname: 'E2ECanary' },
  annotations: {},
  startsAt: new Date(begin + seconds * 1000).toISOString(),
  endsAt: new Date(begin + (seconds + 5) * 1000).toISOString(),
  receivedAt: begin + (seconds + 6) * 1000,
  ...changes,
})

test('each firing is resolved once; a repeated firing, another alert and another time do not count', () => {
  const received = [
    notified(2),
    notified(12, { status: 'firing' }),
    notified(12, { status: 'firing' }),
    notified(12),
    notified(32),
    notified(32),
    notified(42, { labels: { alertname: 'Watchdog' } }),
    notified(62),
  ]
  expect(countNotifications(received, begin - 5000, begin + 55_000)).toEqual({
    fired: 5,
    unsent: 2,
    sentTwice: 1,
  })
})
