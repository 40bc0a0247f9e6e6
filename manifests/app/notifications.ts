import { createServer, type Server } from 'node:http'
import { json } from 'node:stream/consumers'

type Labels = Readonly<Record<string, string>>
/** What Alertmanager posts to a webhook: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
type Payload = Readonly<{
  receiver: string
  alerts: readonly Readonly<{
    status: 'firing' | 'resolved'
    labels: Labels
    annotations: Labels
    startsAt: string
    /** In the year 1 while the alert fires. */
    endsAt: string
  }>[]
}>
/** One alert of one notification. */
type Notification = Payload['alerts'][number] &
  Readonly<{
    receiver: string
    /** Milliseconds since 1970. */
    receivedAt: number
  }>

// For bounded memory: whoever routes more alerts here must not push out the ones that the claims look for.
const mostPerAlert = 20
const mostAlerts = 100
const longestBody = 2 ** 22

/** Keeps the last notifications of the last alerts. */
export const createNotifications = (now: () => number) => {
  // The alert that was received last is the last.
  const byAlert = new Map<string, readonly Notification[]>()

  const record = ({ receiver, alerts }: Payload): void => {
    for (const { status, labels, annotations, startsAt, endsAt } of alerts) {
      const key = JSON.stringify([receiver, Object.entries(labels).sort()])
      const notification = { receivedAt: now(), receiver, status, labels, annotations, startsAt, endsAt }
      const kept = [...(byAlert.get(key) ?? []), notification].slice(-mostPerAlert)
      byAlert.delete(key)
      byAlert.set(key, kept)
      const [oldest] = byAlert.keys()
      if (byAlert.size > mostAlerts && oldest !== undefined) byAlert.delete(oldest)
    }
  }

  /** Its clock and what it has received, so that ages do not depend on the clock of whoever asks. */
  const recent = () => ({ now: now(), notifications: [...byAlert.values()].flat() })

  return { record, recent }
}
type Notifications = ReturnType<typeof createNotifications>

/** `POST /` takes a notification, `GET /` answers with what has been received; does not listen yet. */
export const createReceiver = ({ record, recent }: Notifications): Server =>
  createServer((request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(recent()))
      return
    }
    if (request.method !== 'POST' || Number(request.headers['content-length']) > longestBody) {
      response.writeHead(request.method === 'POST' ? 413 : 405).end()
      return
    }
    json(request).then(
      (payload) => {
        record(payload as Payload)
        response.end()
      },
      () => response.writeHead(400).end('not JSON'),
    )
  })
