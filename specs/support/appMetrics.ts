import type { Sample } from '../../clients/prometheus.ts'

const families: Readonly<Record<string, string>> = {
  orders_total: 'counter',
  payment_amount_total: 'counter',
  active_users: 'gauge',
  inventory_stock: 'gauge',
  api_response_time_seconds: 'histogram',
}

/** Which of the five families the text of a pod's /metrics lacks, or has with another type. */
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
  '  remedy: the families are made in manifests/app/shop.ts: `E2E_KEEP=1 npm test` brings the program in, ' +
  '`kubectl -n default rollout restart deployment custom-metrics-app` has pods start with it'

const statuses = ['failed', 'success']

/** Where the series of orders_total are not just one for each status from each pod. */
export const orderShortfalls = (pods: readonly string[], samples: readonly Sample[]): readonly string[] => {
  const counted = (pod: string, status: string) =>
    samples.filter(({ labels }) => labels['pod'] === pod && labels['status'] === status).length
  const wrong = pods.flatMap((pod) => {
    const missing = statuses.filter((status) => counted(pod, status) === 0)
    if (missing.length === statuses.length) return [`pod ${pod} has no series of orders_total`]
    return [
      ...missing.map((status) => `pod ${pod} has no series of orders_total{status="${status}"}`),
      ...statuses
        .filter((status) => counted(pod, status) > 1)
        .map((status) => `pod ${pod} has ${counted(pod, status)} series of orders_total{status="${status}"}`),
    ]
  })
  const others = samples
    .filter(({ labels }) => !pods.includes(labels['pod'] ?? '') || !statuses.includes(labels['status'] ?? ''))
    .map(({ labels }) => `there is orders_total{status="${labels['status']}"} of pod ${labels['pod']}`)
  return [...wrong, ...others]
}
export const orderRemedy =
  '  remedy: app-targets tells whether a pod is scraped, app-metrics whether it has the family'
