import { setTimeout as delay } from 'node:timers/promises'
import { createMetricsServer, createOrderServer } from './servers.ts'
import { createShop, type Level } from './shop.ts'

const log = (level: Level, text: string) => {
  const print = level === 'ERROR' ? console.error : console.log
  print(`${level} ${text}`)
}

const shop = createShop({ random: Math.random, delay, log })
const orders = createOrderServer(shop)
const metrics = createMetricsServer(shop)

// The metrics server starts last because the readiness probe uses it: a Ready pod takes orders. Callbacks, because the
// bundle is CommonJS, which has no top-level await.
orders.listen(5000, () => {
  log('INFO', 'shop takes orders on port 5000')
  metrics.listen(8000, () => log('INFO', 'metrics server started on port 8000'))
})
setInterval(shop.refreshGauges, 10_000)

// Process 1 of a container ignores SIGTERM unless it handles it. Orders in progress still get an answer.
process.once('SIGTERM', () => orders.close(() => process.exit()))
