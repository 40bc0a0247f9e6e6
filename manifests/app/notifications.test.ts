import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createNotifications, createReceiver } from './notifications.ts'

const alert = (alertname: string) => ({
  status: 'firing' as const,
  labels: { alertname, severity: 'none' },
  annotations: { summary: 'something' },
  startsAt: '2026-11-28T09:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
})

const listen = async () => {
  const server = createReceiver(createNotifications(() => 5000))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const post = (body: string) => fetch(url, { method: 'POST', body })
  return { url, post }
}

test('each alert of a notification is listed with its receiver and the time', async () => {
  const { url, post } = await listen()
  const body = { version: '4', status: 'firing', receiver: 'hook', alerts: [alert('A'), alert('B')] }
  expect((await post(JSON.stringify(body))).status).toBe(200)
  expect(await (await fetch(url)).json()).toEqual({
    now: 5000,
    notifications: ['A', 'B'].map((name) => ({ ...alert(name), receiver: 'hook', receivedAt: 5000 })),
  })
})

test('what is no notification is refused, and the receiver lives on', async () => {
  const { url, post } = await listen()
  expect((await post('{')).status).toBe(400)
  expect((await post('x'.repeat(5_000_000))).status).toBe(413)
  expect((await fetch(url, { method: 'PUT' })).status).toBe(405)
  expect(await (await fetch(url)).json()).toEqual({ now: 5000, notifications: [] })
})

test('an alert that repeats, or many other alerts, do not push out one that was received lately', () => {
  const { record, recent } = createNotifications(() => 0)
  const names = () => recent().notifications.map(({ labels }) => labels.alertname)
  record({ receiver: 'hook', alerts: [alert('first')] })
  for (let count = 0; count < 30; count += 1) record({ receiver: 'hook', alerts: [alert('loud')] })
  expect(names()).toHaveLength(21)
  for (let count = 0; count < 98; count += 1) record({ receiver: 'hook', alerts: [alert(`other ${count}`)] })
  expect(names()).toContain('first')
  record({ receiver: 'hook', alerts: [alert('one more')] })
  expect(names()).not.toContain('first')
  expect(names()).toContain('loud')
})
