import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { placeOrder } from './place-order.ts'
import { createMetricsServer, createOrderServer } from './servers.ts'
import { createShop, type Level } from './shop.ts'

/** Runs through the same numbers each time: an LCG with the constants of Numerical Recipes. */
const seeded = () => {
  let state = 1
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

const createQuickShop = (random: () => number) => {
  const lines: string[] = []
  const delays: number[] = []
  const shop = createShop({
    random,
    delay: async (milliseconds) => delays.push(milliseconds),
    log: (level: Level, text: string) => lines.push(`${level} ${text}`),
  })
  return { shop, lines, delays }
}

const inTurn = async <T>(count: number, work: () => Promise<T>): Promise<T[]> => {
  const results: T[] = []
  while (results.length < count) results.push(await work())
  return results
}

const listen = async (server: Server): Promise<string> => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('before the first order every series is there, the counters at 0', async () => {
  const { shop } = createQuickShop(() => 0)
  expect(await shop.registry.metrics()).toMatchInlineSnapshot(`
    "# HELP orders_total Orders
    # TYPE orders_total counter
    orders_total{status="success"} 0
    orders_total{status="failed"} 0

    # HELP payment_amount_total Sum of successful orders in KRW
    # TYPE payment_amount_total counter
    payment_amount_total 0

    # HELP active_users Active users
    # TYPE active_users gauge
    active_users 50

    # HELP inventory_stock Products in stock
    # TYPE inventory_stock gauge
    inventory_stock{product="laptop"} 10
    inventory_stock{product="phone"} 20
    inventory_stock{product="tablet"} 5

    # HELP api_response_time_seconds Response time in seconds
    # TYPE api_response_time_seconds histogram
    api_response_time_seconds_bucket{le="0.005",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.01",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.025",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.05",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.075",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.1",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.25",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.5",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.75",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="1",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="2.5",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="5",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="7.5",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="10",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="+Inf",endpoint="/order"} 0
    api_response_time_seconds_sum{endpoint="/order"} 0
    api_response_time_seconds_count{endpoint="/order"} 0
    "
  `)
})

test('/metrics after 20 orders', async () => {
  const { shop } = createQuickShop(seeded())
  await inTurn(20, shop.order)
  const response = await fetch(`${await listen(createMetricsServer(shop))}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await response.text()).toMatchInlineSnapshot(`
    "# HELP orders_total Orders
    # TYPE orders_total counter
    orders_total{status="success"} 18
    orders_total{status="failed"} 2

    # HELP payment_amount_total Sum of successful orders in KRW
    # TYPE payment_amount_total counter
    payment_amount_total 1052639

    # HELP active_users Active users
    # TYPE active_users gauge
    active_users 85

    # HELP inventory_stock Products in stock
    # TYPE inventory_stock gauge
    inventory_stock{product="laptop"} 43
    inventory_stock{product="phone"} 86
    inventory_stock{product="tablet"} 37

    # HELP api_response_time_seconds Response time in seconds
    # TYPE api_response_time_seconds histogram
    api_response_time_seconds_bucket{le="0.005",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.01",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.025",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.05",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.075",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.1",endpoint="/order"} 0
    api_response_time_seconds_bucket{le="0.25",endpoint="/order"} 8
    api_response_time_seconds_bucket{le="0.5",endpoint="/order"} 20
    api_response_time_seconds_bucket{le="0.75",endpoint="/order"} 20
    api_response_time_seconds_bucket{le="1",endpoint="/order"} 20
    api_response_time_seconds_bucket{le="2.5",endpoint="/order"} 20
    api_response_time_seconds_bucket{le="5",endpoint="/order"} 20
    api_response_time_seconds_bucket{le="7.5",endpoint="/order"} 20
    api_response_time_seconds_bucket{le="10",endpoint="/order"} 20
    api_response_time_seconds_bucket{le="+Inf",endpoint="/order"} 20
    api_response_time_seconds_sum{endpoint="/order"} 6.118
    api_response_time_seconds_count{endpoint="/order"} 20
    "
  `)
})

test('every tenth order fails, also where they run side by side', async () => {
  const { shop } = createQuickShop(seeded())
  const statuses = await Promise.all(Array.from({ length: 100 }, shop.order))
  expect(statuses.flatMap((status, index) => (status === 'failed' ? [index + 1] : []))).toEqual([
    10, 20, 30, 40, 50, 60, 70, 80, 90, 100,
  ])
})

test.each([
  { draw: 0, milliseconds: 100, amount: 10_000, users: 50, laptop: 10, phone: 20, tablet: 5 },
  { draw: 1 - 2 ** -53, milliseconds: 500, amount: 100_000, users: 200, laptop: 100, phone: 150, tablet: 50 },
])(
  'a draw of $draw is the end of every range',
  async ({ draw, milliseconds, amount, users, ...products }) => {
    const { shop, delays } = createQuickShop(() => draw)
    await shop.order()
    const metrics = await shop.registry.metrics()
    expect(delays).toEqual([milliseconds])
    expect(metrics).toContain(`\npayment_amount_total ${amount}\n`)
    expect(metrics).toContain(`\nactive_users ${users}\n`)
    for (const [product, count] of Object.entries(products)) {
      expect(metrics).toContain(`\ninventory_stock{product="${product}"} ${count}\n`)
    }
  },
)

test('users and stock stay as they are until they are refreshed', async () => {
  const { shop } = createQuickShop(seeded())
  const gauges = async () => (await shop.registry.metrics()).match(/^(active_users|inventory_stock.*) \d+$/gm)
  const before = await gauges()
  expect(before).toHaveLength(4)
  await shop.order()
  expect(await gauges()).toEqual(before)
  shop.refreshGauges()
  expect(await gauges()).not.toEqual(before)
})

test('an order leaves one line, a failed one at level ERROR', async () => {
  const { shop, lines } = createQuickShop(seeded())
  await inTurn(10, shop.order)
  expect(lines.slice(-2)).toMatchInlineSnapshot(`
    [
      "INFO order 9 ended success after 186 ms: paid 19408 KRW",
      "ERROR order 10 ended failed after 128 ms: payment refused",
    ]
  `)
})

test('GET /order answers with the status, 200 either way', async () => {
  const { shop } = createQuickShop(seeded())
  const url = await listen(createOrderServer(shop))
  const answers = await inTurn(10, async () => {
    const response = await fetch(`${url}/order`)
    return `${response.status} ${response.headers.get('content-type')} ${await response.text()}`
  })
  expect(new Set(answers)).toEqual(
    new Set(['200 application/json {"status":"success"}', '200 application/json {"status":"failed"}']),
  )
})

test.each([
  ['GET', '/'],
  ['GET', '/orders'],
  ['GET', '/order/1'],
  ['POST', '/order'],
  ['GET', '/metrics'], // those have a port of their own
])('the order server answers %s %s with 404', async (method, path) => {
  const { shop } = createQuickShop(seeded())
  const response = await fetch(`${await listen(createOrderServer(shop))}${path}`, { method })
  expect(response.status).toBe(404)
})

test('the metrics server answers other paths with 404', async () => {
  const { shop } = createQuickShop(seeded())
  expect((await fetch(await listen(createMetricsServer(shop)))).status).toBe(404)
})

test('the load tells what came of an order', async () => {
  const { shop } = createQuickShop(seeded())
  const url = await listen(createOrderServer(shop))
  expect(await inTurn(10, () => placeOrder(`${url}/order`))).toContainEqual({
    answered: true,
    what: 'failed',
  })
  expect(await placeOrder(url)).toEqual({ answered: false, what: 'HTTP 404' })
})

test('the load lives through an app that is not there', async () => {
  const { shop } = createQuickShop(seeded())
  const server = createOrderServer(shop)
  const url = await listen(server)
  server.close()
  await once(server, 'close')
  expect(await placeOrder(`${url}/order`)).toEqual({ answered: false, what: 'ECONNREFUSED' })
  expect(await placeOrder('http://shop.invalid/order')).toMatchObject({ answered: false })
})
