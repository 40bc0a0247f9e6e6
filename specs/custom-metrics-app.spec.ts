import { expect } from 'vitest'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Prometheus, Sample } from '../clients/prometheus.ts'
import { explainTroubles } from '../diagnosis/pods.ts'
import { explainWorkloads } from '../diagnosis/workloads.ts'
import { familyRemedy, familyShortfalls, orderRemedy, orderShortfalls } from './support/appMetrics.ts'
import { area, expectNone } from './support/claim.ts'

const testClaim = area('custom metrics app', ['kube-prometheus-stack', 'custom-metrics-app'])

const name = 'custom-metrics-app'
const namespace = 'default'

const appPods = async ({ core }: Kubernetes) =>
  (await core.listNamespacedPod({ namespace, labelSelector: `app=${name}` })).items

const shortfall = ({ labels, value }: Sample, wanted: string) =>
  `${labels['pod'] === undefined ? 'it' : `of pod ${labels['pod']} it`} is ${value}, not ${wanted}`

const between = (samples: readonly Sample[], least: number, most: number) =>
  samples
    .filter(({ value }) => !(value >= least && value <= most))
    .map((sample) => shortfall(sample, `between ${least} and ${most}`))

/** Samples that are not above 0, and what keeps the order load from ordering. */
const positive = async (kubernetes: Kubernetes, samples: readonly Sample[]): Promise<readonly string[]> => {
  const zero = samples.filter(({ value }) => !(value > 0)).map((sample) => shortfall(sample, 'above 0'))
  if (zero.length === 0) return []
  const why = await explainWorkloads(kubernetes, { namespace, workloads: ['Deployment/order-load'] })
  const well = ['Deployment/order-load is well: its log counts the orders and their answers']
  return [...zero, ...(why.length > 0 ? why : well)]
}

/**
 * The series of the current pods, and a line for each pod without one: it is not scraped, or does not expose the metric.
 * A rate over minutes also has series of pods that are gone.
 */
const seriesOfPods = async (kubernetes: Kubernetes, samples: readonly Sample[]) => {
  const pods = (await appPods(kubernetes)).map(({ metadata }) => metadata?.name ?? '')
  const series = samples.filter(({ labels }) => pods.includes(labels['pod'] ?? ''))
  const missing =
    pods.length === 0
      ? [`no pod is labelled app=${name} in ${namespace}`]
      : pods
          .filter((pod) => !series.some(({ labels }) => labels['pod'] === pod))
          .map((pod) => `no series from pod ${pod}`)
  return { series, missing }
}

const withRemedy = (shortfalls: readonly string[], remedy: string) =>
  shortfalls.length > 0 ? [...shortfalls, remedy] : []

testClaim('app-pods', 'two pods are Ready and behind the Service', { items: [9] }, async ({ kubernetes }) => {
  const pods = await appPods(kubernetes)
  expectNone(await explainTroubles(kubernetes, pods))
  expectNone(await explainWorkloads(kubernetes, { namespace, workloads: [`Deployment/${name}`] }))
  expect(pods.length, `pods labelled app=${name}`).toBe(2)

  const { items } = await kubernetes.discovery.listNamespacedEndpointSlice({
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  })
  const ready = items.flatMap(({ endpoints = [] }) => endpoints).filter(({ conditions }) => conditions?.ready)
  expect(ready.map(({ targetRef }) => targetRef?.name).sort(), `pods behind Service ${name}`).toEqual(
    pods.map(({ metadata }) => metadata?.name).sort(),
  )
})

testClaim(
  'app-metrics',
  '/metrics of each pod has the five families',
  { items: [10] },
  async ({ kubernetes }) => {
    const pods = await appPods(kubernetes)
    expect(pods.length, `pods labelled app=${name}`).toBeGreaterThan(0)
    const shortfalls = await Promise.all(
      pods.map(async ({ metadata }) => {
        const pod = metadata?.name ?? ''
        const proxied = { namespace, name: `${pod}:8000`, path: 'metrics' }
        const text = await kubernetes.core.connectGetNamespacedPodProxyWithPath(proxied)
        return familyShortfalls(pod, text)
      }),
    )
    expectNone(withRemedy(shortfalls.flat(), familyRemedy))
  },
)

testClaim(
  'app-targets',
  'two targets are up, scraped every 15 s',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const targets = (await prometheus.targets()).filter(({ labels }) => labels['job'] === name)
    expectNone(
      targets
        .filter(({ health }) => health !== 'up')
        .map(({ scrapeUrl, health, lastError }) => `${scrapeUrl} is ${health}: ${lastError}`),
    )
    expect(targets.map(({ labels }) => labels['pod']).sort(), `pods that are targets of job ${name}`).toEqual(
      (await appPods(kubernetes)).map(({ metadata }) => metadata?.name).sort(),
    )
    expect(targets.map(({ scrapeInterval }) => scrapeInterval)).toEqual(['15s', '15s'])
  },
)

// A counter falls only when its process restarts.
const fallen = async (prometheus: Prometheus, counter: string) =>
  (await prometheus.query(`resets(${counter}[10m]) > 0`)).map(
    ({ labels, value }) =>
      `${counter} of pod ${labels['pod']} fell ${value} times in 10 minutes: its container restarted`,
  )

testClaim(
  'promql-orders',
  'orders_total has both statuses from both pods and never falls',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const orders = await prometheus.query('orders_total')
    const pods = (await appPods(kubernetes)).map(({ metadata }) => metadata?.name ?? '')
    expectNone([
      ...withRemedy(orderShortfalls(pods, orders), orderRemedy),
      ...(await fallen(prometheus, 'orders_total')),
    ])
  },
)

testClaim(
  'promql-order-rate',
  'successful orders per minute are above 0 for each pod',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const rates = await prometheus.query('rate(orders_total{status="success"}[5m]) * 60')
    const { series, missing } = await seriesOfPods(kubernetes, rates)
    expectNone([...missing, ...(await positive(kubernetes, series))])
  },
)

testClaim(
  'promql-active-users',
  'active users average between 50 and 200',
  { items: [10] },
  async ({ prometheus }) => {
    const average = await prometheus.query('avg(active_users)')
    expect(average.length, 'series of avg(active_users)').toBe(1)
    expectNone(between(average, 50, 200))
  },
)

testClaim(
  'promql-payment',
  'the sum of payments is above 0 and never falls',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const sum = await prometheus.query('sum(payment_amount_total)')
    expect(sum.length, 'series of sum(payment_amount_total)').toBe(1)
    expectNone([...(await positive(kubernetes, sum)), ...(await fallen(prometheus, 'payment_amount_total'))])
  },
)

testClaim(
  'promql-success-rate',
  'the success rate is between 85 and 95 %',
  { items: [10] },
  async ({ prometheus }) => {
    const rate = await prometheus.query(
      'sum(rate(orders_total{status="success"}[5m])) / sum(rate(orders_total[5m])) * 100',
    )
    expect(rate.length, 'series of the success rate').toBe(1)
    // Each pod fails every tenth order; one order more or less at the edges of the window shifts the rate.
    expectNone(between(rate, 85, 95))
  },
)

// Nothing takes less than 0.1 s or more than 0.5; the bounds are the edges of the buckets around that.
const quantile = (of: number) =>
  `histogram_quantile(${of}, rate(api_response_time_seconds_bucket{endpoint="/order"}[5m]))`

testClaim(
  'promql-p95',
  'the 95th percentile of the response time is between 0.1 and 0.75 s',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const quantiles = await prometheus.query(quantile(0.95))
    const { series, missing } = await seriesOfPods(kubernetes, quantiles)
    expectNone([...missing, ...between(series, 0.1, 0.75)])
  },
)

testClaim(
  'promql-p99',
  'the 99th percentile of the response time is between 0.1 and 0.75 s',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const quantiles = await prometheus.query(quantile(0.99))
    const { series, missing } = await seriesOfPods(kubernetes, quantiles)
    expectNone([...missing, ...between(series, 0.1, 0.75)])
  },
)

testClaim(
  'promql-payment-rate',
  'payments per minute are above 0 for each pod',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const rates = await prometheus.query('rate(payment_amount_total[1m]) * 60')
    const { series, missing } = await seriesOfPods(kubernetes, rates)
    expectNone([...missing, ...(await positive(kubernetes, series))])
  },
)

testClaim(
  'promql-low-stock',
  'inventory_stock < 50 has just the series below 50',
  { items: [10] },
  async ({ prometheus }) => {
    const now = Date.now() / 1000
    const [stock, low] = await Promise.all([
      prometheus.query('inventory_stock', now),
      prometheus.query('inventory_stock < 50', now),
    ])
    const describe = ({ labels, value }: Sample) => `${labels['pod']} ${labels['product']} ${value}`
    expect(stock.length, 'series of inventory_stock: three products of two pods').toBe(6)
    expect(low.map(describe).sort()).toEqual(
      stock
        .filter(({ value }) => value < 50)
        .map(describe)
        .sort(),
    )
  },
)
