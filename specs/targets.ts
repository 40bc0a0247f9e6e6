import type { ExpectedPool } from '../setup/clients/monitors.ts'
import type { Target } from '../setup/clients/prometheus.ts'

const addressOf = ({ scrapeUrl }: Target) => new URL(scrapeUrl).host

const describeTarget = ({ labels, scrapeUrl, health, lastError }: Target) =>
  health === 'unknown'
    ? `${labels['job']} ${scrapeUrl} has not been scraped yet`
    : `${labels['job']} ${scrapeUrl} is ${health}: ${lastError}`

/** Where Prometheus' targets differ from what the ServiceMonitors select: missing, not up, or not expected. */
export const targetShortfalls = (
  pools: readonly ExpectedPool[],
  targets: readonly Target[],
): readonly string[] => {
  const missing = pools.flatMap(({ monitor, scrapePool, addresses, obstacle }) => {
    if (obstacle !== undefined) return [`ServiceMonitor ${monitor} has no target: ${obstacle}`]
    const scraped = targets.filter((target) => target.scrapePool === scrapePool).map(addressOf)
    return addresses
      .filter((address) => !scraped.includes(address))
      .map((address) => `ServiceMonitor ${monitor}: ${address} is no target of ${scrapePool}`)
  })
  const down = targets.filter(({ health }) => health !== 'up').map(describeTarget)
  const unexpected = targets.flatMap((target) => {
    const pool = pools.find(({ scrapePool }) => scrapePool === target.scrapePool)
    const what = `${target.labels['job']} ${target.scrapeUrl}`
    if (pool?.obstacle !== undefined || pool?.addresses.includes(addressOf(target))) return []
    if (pool?.notReady.includes(addressOf(target))) return [`${what} is a target whose endpoint is not ready`]
    return [`${what} of ${target.scrapePool} follows from no ServiceMonitor`]
  })
  // Several endpoints of one ServiceMonitor may lack the same thing.
  return [...new Set([...missing, ...down, ...unexpected])].sort()
}

/** Targets of each job with every stack installed on four nodes. */
export const inventory: Readonly<Record<string, number>> = {
  apiserver: 1,
  coredns: 2,
  'custom-metrics-app': 2,
  'kube-controller-manager': 1,
  'kube-etcd': 1,
  'kube-prometheus-stack-alertmanager': 2, // Alertmanager and its config reloader
  'kube-prometheus-stack-grafana': 1,
  'kube-prometheus-stack-operator': 1,
  'kube-prometheus-stack-prometheus': 2, // Prometheus and its config reloader
  'kube-proxy': 4,
  'kube-scheduler': 1,
  'kube-state-metrics': 1,
  kubelet: 12, // three paths on each node
  'node-exporter': 4,
}
