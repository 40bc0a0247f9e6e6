import type { Kubernetes } from './kubernetes.ts'
import type { Labels } from './prometheus.ts'

/** One alert of one notification that the alert receiver got from Alertmanager. */
export type Notification = Readonly<{
  /** Alertmanager's name of the receiver. */
  receiver: string
  status: 'firing' | 'resolved'
  labels: Labels
  annotations: Labels
  startsAt: string
  /** In the year 1 while the alert fires. */
  endsAt: string
  /** Milliseconds since 1970. */
  receivedAt: number
}>
export type Received = Readonly<{
  /** The receiver's clock, in milliseconds since 1970. */
  now: number
  notifications: readonly Notification[]
}>

export const alertReceiver = { namespace: 'monitoring', name: 'alert-receiver' } as const

/** What the alert receiver has got lately; read through the API server's proxy, since it has no host port. */
export const readReceived = async ({ get }: Kubernetes): Promise<Received> =>
  (await get(
    `/api/v1/namespaces/${alertReceiver.namespace}/services/${alertReceiver.name}:http/proxy/`,
  )) as Received
