import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { placeOrder } from './place-order.ts'
import { createMetricsServer, createOrderServer } from './servers.ts'
import { createShop, type Level } from './shop.ts'

/** The same numbers on every run: an LCG with the constants of Numerical Recipes. */
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

test('before the first order every series exists, with the counters at 0', async () => {
  const { shop } = createQuickShop(() => 0)
  const samples = (await shop.registry.metrics()).split('\n').filter((line) => /^[a-z]/.test(line))
  expect(samples.filter((line) => !line.includes('_bucket'))).toEqual([
    'orders_total{status="success"} 0',
    'orders_total{status="failed"} 0',
    'payment_amount_total 0',
    'active_users 50',
    'inventory_stock{product="laptop"} 10',
    'inventory_stock{product="phone"} 20',
    'inventory_stock{product="tablet"} 5',
    'api_response_time_seconds_sum{endpoint="/order"} 0',
    'api_response_time_seconds_count{endpoint="/order"} 0',
  ])
  const edges = samples.flatMap(
    (line) => /^api_response_time_seconds_bucket{le="(.*?)".*} 0$/.exec(line)?.[1] ?? [],
  )
  // The bounds that the quantile claims rely on.
  expect(edges).toEqual(expect.arrayContaining(['0.1', '0.75', '+Inf']))
})

test('/metrics after 20 orders', async () => {
  const { shop } = createQuickShop(seeded())
  await inTurn(20, shop.order)
  const response = await fetch(`${await listen(createMetricsServer(shop))}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  expect(text).toContain('\norders_total{status="success"} 18\n')
  expect(text).toContain('\norders_total{status="failed"} 2\n')
  expect(text).toMatch(/\npayment_amount_total [1-9]\d+\n/)
  expect(text).toContain('\napi_response_time_seconds_bucket{le="0.075",endpoint="/order"} 0\n')
  expect(text).toContain('\napi_response_time_seconds_bucket{le="0.5",endpoint="/order"} 20\n')
  expect(text).toContain('\napi_response_time_seconds_count{endpoint="/order"} 20\n')
})

test('every tenth order fails, even when orders run in parallel', async () => {
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
  'a random number of $draw gives the end of every range',
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

test('users and stock change only when they are refreshed', async () => {
  const { shop } = createQuickShop(seeded())
  const gauges = async () => (await shop.registry.metrics()).match(/^(active_users|inventory_stock.*) \d+$/gm)
  const before = await gauges()
  expect(before).toHaveLength(4)
  await shop.order()
  expect(await gauges()).toEqual(before)
  shop.refreshGauges()
  expect(await gauges()).not.toEqual(before)
})

test('each order logs one line, at level ERROR if it failed', async () => {
  const { shop, lines } = createQuickShop(seeded())
  await inTurn(10, shop.order)
  expect(lines).toHaveLength(10)
  expect(lines.at(-2)).toMatch(/^INFO order 9 .*success.* \d+ ms: paid \d+ KRW$/)
  expect(lines.at(-1)).toMatch(/^ERROR order 10 .*failed.* \d+ ms: payment refused$/)
})

test('GET /order answers 200 with the status, whether the order failed or not', async () => {
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
  ['GET', '/metrics'], // the metrics have their own port
])('the order server answers 404 to %s %s', async (method, path) => {
  const { shop } = createQuickShop(seeded())
  const response = await fetch(`${await listen(createOrderServer(shop))}${path}`, { method })
  expect(response.status).toBe(404)
})

test('the metrics server answers 404 to other paths', async () => {
  const { shop } = createQuickShop(seeded())
  expect((await fetch(await listen(createMetricsServer(shop)))).status).toBe(404)
})

test('the load generator reports the outcome of an order', async () => {
  const { shop } = createQuickShop(seeded())
  const url = await listen(createOrderServer(shop))
  expect(await inTurn(10, () => placeOrder(`${url}/order`))).toContainEqual({
    answered: true,
    what: 'failed',
  })
  expect(await placeOrder(url)).toEqual({ answered: false, what: 'HTTP 404' })
})

test('the load generator survives an app that is not running', async () => {
  const { shop } = createQuickShop(seeded())
  const server = createOrderServer(shop)
  const url = await listen(server)
  server.close()
  await once(server, 'close')
  expect(await placeOrder(`${url}/order`)).toEqual({ answered: false, what: 'ECONNREFUSED' })
  expect(await placeOrder('http://shop.invalid/order')).toMatchObject({ answered: false })
})
