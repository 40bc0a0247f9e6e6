import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { Prometheus, Sample } from '../../clients/prometheus.ts'
import { explainWorkloads } from '../../diagnosis/workloads.ts'

export const app = { name: 'custom-metrics-app', namespace: 'default' } as const

export const appPods = async ({ core }: Kubernetes) => {
  const labelSelector = `app=${app.name}`
  return (await core.listNamespacedPod({ namespace: app.namespace, labelSelector })).items
}

export const appPodNames = async (kubernetes: Kubernetes): Promise<readonly string[]> =>
  (await appPods(kubernetes)).map(({ metadata }) => metadata?.name ?? '').sort()

const families: Readonly<Record<string, string>> = {
  orders_total: 'counter',
  payment_amount_total: 'counter',
  active_users: 'gauge',
  inventory_stock: 'gauge',
  api_response_time_seconds: 'histogram',
}

/** The metric families that the /metrics of a pod lacks or has with another type. */
export const familyShortfalls = (pod: string, text: string): readonly string[] => {
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, family = '', type = '']) => [family, type]),
  )
  const has = [...types.keys()].sort().join(', ') || 'none'
  return Object.entries(families).flatMap(([family, wanted]) => {
    const type = types.get(family)
    if (type === undefined) return [`pod ${pod}: /metrics has no family ${family}; it has: ${has}`]
    return type === wanted ? [] : [`pod ${pod}: family ${family} is a ${type}, not a ${wanted}`]
  })
}
export const familyRemedy =
  '  remedy: the families are defined in manifests/app/shop.ts; `E2E_KEEP=1 npm test` deploys the program, ' +
  '`kubectl -n default rollout restart deployment custom-metrics-app` restarts the pods with it'

const statuses = ['failed', 'success']

/** Every deviation from one series of orders_total for each pod and status. */
export const orderShortfalls = (pods: readonly string[], samples: readonly Sample[]): readonly string[] => {
  const countOf = (pod: string, status: string) =>
    samples.filter(({ labels }) => labels['pod'] === pod && labels['status'] === status).length
  const ofPods = pods.flatMap((pod) => {
    if (statuses.every((status) => countOf(pod, status) === 0))
      return [`pod ${pod} has no series of orders_total`]
    return statuses
      .filter((status) => countOf(pod, status) !== 1)
      .map((status) => {
        const count = countOf(pod, status) || 'no'
        return `pod ${pod} has ${count} series of orders_total{status="${status}"}`
      })
  })
  const others = samples
    .filter(({ labels }) => !pods.includes(labels['pod'] ?? '') || !statuses.includes(labels['status'] ?? ''))
    .map(
      ({ labels }) => `unexpected series orders_total{status="${labels['status']}"} of pod ${labels['pod']}`,
    )
  return [...ofPods, ...others]
}
export const orderRemedy =
  '  remedy: see app-targets for whether the pod is scraped, and app-metrics for whether it has the family'

const shortfall = ({ labels, value }: Sample, wanted: string) =>
  `${labels['pod'] === undefined ? 'the value' : `the value of pod ${labels['pod']}`} is ${value}, not ${wanted}`

export const notBetween = (samples: readonly Sample[], least: number, most: number): readonly string[] =>
  samples
    .filter(({ value }) => !(value >= least && value <= most))
    .map((sample) => shortfall(sample, `between ${least} and ${most}`))

/** Samples that are not above 0, and why the order load places no orders. */
export const notPositive = async (
  kubernetes: Kubernetes,
  samples: readonly Sample[],
): Promise<readonly string[]> => {
  const zero = samples.filter(({ value }) => !(value > 0)).map((sample) => shortfall(sample, 'above 0'))
  if (zero.length === 0) return []
  const workload = 'Deployment/order-load'
  const why = await explainWorkloads(kubernetes, { namespace: app.namespace, workloads: [workload] })
  return [...zero, ...(why.length > 0 ? why : [`${workload} is healthy: its log counts orders and outcomes`])]
}

/**
 * The series of the current pods, and a line for each pod without one: it is not scraped or does not expose the metric.
 * A rate over minutes also has series of deleted pods, which are left out.
 */
export const seriesOfPods = async (kubernetes: Kubernetes, samples: readonly Sample[]) => {
  const pods = await appPodNames(kubernetes)
  const series = samples.filter(({ labels }) => pods.includes(labels['pod'] ?? ''))
  const silent = pods.filter((pod) => !series.some(({ labels }) => labels['pod'] === pod))
  const missing =
    pods.length === 0
      ? [`no pod in namespace ${app.namespace} has the label app=${app.name}`]
      : silent.map((pod) => `pod ${pod} has no series`)
  return { series, missing }
}

/** A counter falls only when its process restarts. */
export const fallenCounters = async (prometheus: Prometheus, counter: string): Promise<readonly string[]> =>
  (await prometheus.query(`resets(${counter}[10m]) > 0`)).map(
    ({ labels, value }) =>
      `${counter} of pod ${labels['pod']} fell ${value} times in 10 minutes: its container restarted`,
  )
