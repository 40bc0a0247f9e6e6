import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createShop } from '../../manifests/app/shop.ts'
import { familyShortfalls, orderShortfalls } from './appMetrics.ts'

/** What the shop answers to a scrape. */
const scrape = () => {
  const world = { random: () => 0.5, delay: async () => undefined, log: () => {} }
  return createShop(world).registry.metrics()
}
const families = (text: string) => familyShortfalls('app-1', text).join('\n')

test('the families of the shop', async () => {
  expect(families(await scrape())).toBe('')
})

test('a family under another name, one of another type, none at all', async () => {
  const text = await scrape()
  expect(families(text.replaceAll('orders_total', 'shop_orders_total'))).toMatchInlineSnapshot(
    `"pod app-1: /metrics has no family orders_total; it has: active_users, api_response_time_seconds, inventory_stock, payment_amount_total, shop_orders_total"`,
  )
  expect(families(text.replace('active_users gauge', 'active_users counter'))).toMatchInlineSnapshot(
    `"pod app-1: family active_users is a counter, not a gauge"`,
  )
  expect(families(await new Registry().metrics()).split('\n')[0]).toMatchInlineSnapshot(
    `"pod app-1: /metrics has no family orders_total; it has: none"`,
  )
})

const series = (pod: string, ...statuses: readonly string[]) =>
  statuses.map((status) => ({ labels: { pod, status }, value: 1 }))
const orders = (...all: ReturnType<typeof series>) => orderShortfalls(['app-1', 'app-2'], all).join('\n')

test('series of orders: two of each pod, and no others', () => {
  const whole = series('app-2', 'success', 'failed')
  expect(orders(...series('app-1', 'success', 'failed'), ...whole)).toBe('')
  expect(orders(...series('app-1', 'success'), ...whole)).toMatchInlineSnapshot(
    `"pod app-1 has no series of orders_total{status="failed"}"`,
  )
  expect(orders(...whole)).toMatchInlineSnapshot(`"pod app-1 has no series of orders_total"`)
  const more = [...series('app-1', 'success', 'failed', 'failed', 'lost'), ...series('app-0', 'success')]
  expect(orders(...more, ...whole)).toMatchInlineSnapshot(`
    "pod app-1 has 2 series of orders_total{status="failed"}
    there is orders_total{status="lost"} of pod app-1
    there is orders_total{status="success"} of pod app-0"
  `)
})
