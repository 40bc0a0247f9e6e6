import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createShop } from '../../manifests/app/shop.ts'
import { familyShortfalls, orderShortfalls } from './appMetrics.ts'

/** The answer of the shop to a scrape. */
const scrape = () =>
  createShop({ random: () => 0.5, delay: async () => undefined, log: () => {} }).registry.metrics()

test('the shop has all families', async () => {
  expect(familyShortfalls('app-1', await scrape())).toEqual([])
})

test('a family with another name or another type, or no family at all', async () => {
  const text = await scrape()
  const renamed = familyShortfalls('app-1', text.replaceAll('orders_total', 'shop_orders_total'))
  expect(renamed).toEqual([
    expect.stringMatching(/^pod app-1: .* no family orders_total; .*shop_orders_total/),
  ])
  const retyped = familyShortfalls('app-1', text.replace('active_users gauge', 'active_users counter'))
  expect(retyped).toEqual(['pod app-1: family active_users is a counter, not a gauge'])
  expect(familyShortfalls('app-1', await new Registry().metrics())).toHaveLength(5)
})

const series = (pod: string, ...statuses: readonly string[]) =>
  statuses.map((status) => ({ labels: { pod, status }, value: 1 }))
const complete = [...series('app-1', 'success', 'failed'), ...series('app-2', 'success', 'failed')]

test.each([
  ['complete', complete, []],
  ['a status is missing', complete.slice(1), ['app-1 has no series of orders_total{status="success"}']],
  ['a pod is missing', complete.slice(2), ['app-1 has no series of orders_total']],
  [
    'a duplicate',
    [...complete, ...series('app-1', 'failed')],
    ['app-1 has 2 series of orders_total{status="failed"}'],
  ],
  ['an unknown status', [...complete, ...series('app-1', 'lost')], ['orders_total{status="lost"}']],
  ['an unknown pod', [...complete, ...series('app-0', 'success')], ['app-0']],
])('series of orders_total: %s', (_, samples, expected) => {
  const shortfalls = orderShortfalls(['app-1', 'app-2'], samples)
  expect(shortfalls).toEqual(expected.map((text) => expect.stringContaining(text) as string))
})
