import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Status = 'success' | 'failed'
export type Level = 'INFO' | 'ERROR'

/** The dependencies of the shop. */
type World = Readonly<{
  /** At least 0 and below 1, like Math.random. */
  random: () => number
  /** Resolves after this time. */
  delay: (milliseconds: number) => Promise<unknown>
  log: (level: Level, text: string) => void
}>

export type Shop = Readonly<{
  /** Serves one order, which takes 100 to 500 ms; never rejects. */
  order: () => Promise<Status>
  /** Sets new random numbers of active users and of products in stock. */
  refreshGauges: () => void
  /** The five metric families and nothing else. */
  registry: Registry
}>

const endpoint = '/order'
// The default buckets of the Python client; the bounds of the quantile claims are edges of these.
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const stockRanges = { laptop: [10, 100], phone: [20, 150], tablet: [5, 50] } as const

/** Creates a shop without orders; every series exists from the start. */
export const createShop = ({ random, delay, log }: World): Shop => {
  const registry = new Registry()
  const registers = [registry]
  const orders = new Counter({ name: 'orders_total', help: 'Orders', labelNames: ['status'], registers })
  const payments = new Counter({
    name: 'payment_amount_total',
    help: 'Sum of successful orders in KRW',
    registers,
  })
  const activeUsers = new Gauge({ name: 'active_users', help: 'Active users', registers })
  const stock = new Gauge({
    name: 'inventory_stock',
    help: 'Products in stock',
    labelNames: ['product'],
    registers,
  })
  const responseTime = new Histogram({
    name: 'api_response_time_seconds',
    help: 'Response time in seconds',
    labelNames: ['endpoint'],
    buckets,
    registers,
  })

  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1))
  let ended = 0

  const order = async () => {
    const milliseconds = between(100, 500)
    await delay(milliseconds)
    ended += 1
    // Every tenth order that ends in a pod fails, not a random one: the success rate is then about 90 % in any time
    // window, and a claim can check it without bad luck.
    const status: Status = ended % 10 === 0 ? 'failed' : 'success'
    orders.inc({ status })
    // Only the time of the order itself, without delays on a busy machine: the quantiles describe the shop.
    responseTime.observe({ endpoint }, milliseconds / 1000)
    if (status === 'success') {
      const amount = between(10_000, 100_000)
      payments.inc(amount)
      log('INFO', `order ${ended} ended ${status} after ${milliseconds} ms: paid ${amount} KRW`)
    } else {
      log('ERROR', `order ${ended} ended ${status} after ${milliseconds} ms: payment refused`)
    }
    return status
  }

  const refreshGauges = () => {
    activeUsers.set(between(50, 200))
    for (const [product, [low, high]] of Object.entries(stockRanges))
      stock.set({ product }, between(low, high))
  }

  // rate() only counts increases after the first sample of a series, so it would miss an order that creates its series.
  orders.inc({ status: 'success' }, 0)
  orders.inc({ status: 'failed' }, 0)
  responseTime.zero({ endpoint })
  refreshGauges()
  return { order, refreshGauges, registry }
}
