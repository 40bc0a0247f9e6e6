import { expect } from 'vitest'
import type { Sample } from '../clients/prometheus.ts'
import { explainTroubles } from '../diagnosis/pods.ts'
import { explainWorkloads } from '../diagnosis/workloads.ts'
import {
  app,
  appPodNames,
  appPods,
  fallenCounters,
  familyRemedy,
  familyShortfalls,
  notBetween,
  notPositive,
  orderRemedy,
  orderShortfalls,
  seriesOfPods,
} from './support/appMetrics.ts'
import { area, expectNone, type Probe } from './support/claim.ts'

const testClaim = area('custom metrics app', ['kube-prometheus-stack', 'custom-metrics-app'])

const { name, namespace } = app

const withRemedy = (shortfalls: readonly string[], remedy: string) =>
  shortfalls.length > 0 ? [...shortfalls, remedy] : []

/** Every pod has a series, and its value is above 0. */
const positiveForEachPod =
  (query: string): Probe =>
  async ({ kubernetes, prometheus }) => {
    const { series, missing } = await seriesOfPods(kubernetes, await prometheus.query(query))
    expectNone([...missing, ...(await notPositive(kubernetes, series))])
  }

/** The query has one series, with a value in the range. */
const oneValueBetween =
  (query: string, least: number, most: number): Probe =>
  async ({ prometheus }) => {
    const samples = await prometheus.query(query)
    expect(samples.length, `series of ${query}`).toBe(1)
    expectNone(notBetween(samples, least, most))
  }

/** Every order takes from 0.1 to 0.5 s; the bounds are the nearest bucket edges around that. */
const quantileInBounds =
  (quantile: number): Probe =>
  async ({ kubernetes, prometheus }) => {
    const buckets = 'api_response_time_seconds_bucket{endpoint="/order"}[5m]'
    const quantiles = await prometheus.query(`histogram_quantile(${quantile}, rate(${buckets}))`)
    const { series, missing } = await seriesOfPods(kubernetes, quantiles)
    expectNone([...missing, ...notBetween(series, 0.1, 0.75)])
  }

testClaim('app-pods', 'two pods are Ready and behind the Service', { items: [9] }, async ({ kubernetes }) => {
  const pods = await appPods(kubernetes)
  expectNone(await explainTroubles(kubernetes, pods))
  expectNone(await explainWorkloads(kubernetes, { namespace, workloads: [`Deployment/${name}`] }))
  expect(pods.length, `pods labelled app=${name}`).toBe(2)

  const { items } = await kubernetes.discovery.listNamespacedEndpointSlice({
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  })
  const ready = items
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready)
  expect(ready.map(({ targetRef }) => targetRef?.name).sort(), `pods behind Service ${name}`).toEqual(
    await appPodNames(kubernetes),
  )
})

testClaim(
  'app-metrics',
  '/metrics of each pod has the five families',
  { items: [10] },
  async ({ kubernetes }) => {
    const pods = await appPodNames(kubernetes)
    expect(pods.length, `pods labelled app=${name}`).toBeGreaterThan(0)
    const shortfalls = await Promise.all(
      pods.map(async (pod) => {
        const proxied = { namespace, name: `${pod}:8000`, path: 'metrics' }
        return familyShortfalls(pod, await kubernetes.core.connectGetNamespacedPodProxyWithPath(proxied))
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
      await appPodNames(kubernetes),
    )
    expect(targets.map(({ scrapeInterval }) => scrapeInterval)).toEqual(['15s', '15s'])
  },
)

testClaim(
  'promql-orders',
  'orders_total has both statuses from both pods and never falls',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const orders = await prometheus.query('orders_total')
    expectNone([
      ...withRemedy(orderShortfalls(await appPodNames(kubernetes), orders), orderRemedy),
      ...(await fallenCounters(prometheus, 'orders_total')),
    ])
  },
)

testClaim(
  'promql-order-rate',
  'successful orders per minute are above 0 for each pod',
  { items: [10] },
  positiveForEachPod('rate(orders_total{status="success"}[5m]) * 60'),
)

testClaim(
  'promql-active-users',
  'active users average between 50 and 200',
  { items: [10] },
  oneValueBetween('avg(active_users)', 50, 200),
)

testClaim(
  'promql-payment',
  'the sum of payments is above 0 and never falls',
  { items: [10] },
  async ({ kubernetes, prometheus }) => {
    const sum = await prometheus.query('sum(payment_amount_total)')
    expect(sum.length, 'series of sum(payment_amount_total)').toBe(1)
    expectNone([
      ...(await notPositive(kubernetes, sum)),
      ...(await fallenCounters(prometheus, 'payment_amount_total')),
    ])
  },
)

testClaim(
  'promql-success-rate',
  'the success rate is between 85 and 95 %',
  { items: [10] },
  // Each pod fails every tenth order; one order more or less at the edges of the window shifts the rate.
  oneValueBetween(
    'sum(rate(orders_total{status="success"}[5m])) / sum(rate(orders_total[5m])) * 100',
    85,
    95,
  ),
)

testClaim(
  'promql-p95',
  'the 95th percentile of the response time is between 0.1 and 0.75 s',
  { items: [10] },
  quantileInBounds(0.95),
)

testClaim(
  'promql-p99',
  'the 99th percentile of the response time is between 0.1 and 0.75 s',
  { items: [10] },
  quantileInBounds(0.99),
)

testClaim(
  'promql-payment-rate',
  'payments per minute are above 0 for each pod',
  { items: [10] },
  positiveForEachPod('rate(payment_amount_total[1m]) * 60'),
)

testClaim(
  'promql-low-stock',
  'inventory_stock < 50 has exactly the series below 50',
  { items: [10] },
  async ({ prometheus }) => {
    const now = (await prometheus.query('vector(time())'))[0]?.value
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
