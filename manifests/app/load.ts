import { createOrderLoad } from './order-load.ts'
import { placeOrder } from './place-order.ts'

const url = process.env['ORDER_URL'] ?? 'http://custom-metrics-app:5000/order'
const ordersPerSecond = Number(process.env['ORDERS_PER_SECOND'] ?? 6)
if (!(ordersPerSecond > 0 && ordersPerSecond <= 100)) {
  throw new Error(`ORDERS_PER_SECOND=${process.env['ORDERS_PER_SECOND']}: must be above 0 and at most 100`)
}

const load = createOrderLoad(() => placeOrder(url))
setInterval(load.startOrder, 1000 / ordersPerSecond)
setInterval(() => console.log(load.summary()), 10_000)

// Process 1 of a container ignores SIGTERM unless it handles it.
process.once('SIGTERM', () => process.exit())
