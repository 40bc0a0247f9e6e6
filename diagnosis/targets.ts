import type { V1Service } from '@kubernetes/client-node'
import { duplicateTargets, monitorOf } from './duplicateTargets.ts'
import { reapplyChart } from './remedies.ts'
import type { ExpectedPool } from './serviceMonitors.ts'
import type { Target } from '../clients/prometheus.ts'
import { countOf } from '../lib/messages.ts'

const addressOf = ({ scrapeUrl }: Target) => new URL(scrapeUrl).host

export const describeTarget = ({ labels, scrapeUrl, health, lastError }: Target) =>
  health === 'unknown'
    ? `${labels['job']} ${scrapeUrl} has not been scraped yet`
    : `${labels['job']} ${scrapeUrl} is ${health}: ${lastError}`

/** The targets of a ServiceMonitor that Prometheus does not scrape. */
const missingTargets = (
  { kind, monitor, scrapePool, addresses, hasUnknownTargets, obstacle, rejection }: ExpectedPool,
  targets: readonly Target[],
): readonly string[] => {
  if (obstacle !== undefined) return [`${kind} ${monitor} has no target: ${obstacle}`]
  const scraped = targets.filter((target) => target.scrapePool === scrapePool).map(addressOf)
  const hasNone = hasUnknownTargets && scraped.length === 0
  const missing = addresses.filter((address) => !scraped.includes(address))
  // The operator emits no event when the ServiceMonitor becomes valid: ignore the old one if no target is missing.
  if ((hasNone || missing.length > 0) && rejection !== undefined)
    return [
      `${kind} ${monitor} has no target: the operator rejects it: ${rejection}\n` +
        '  remedy: correct it where values/ or manifests/ describe it',
    ]
  if (hasNone)
    return [
      `${kind} ${monitor} has no target: what it selects has no port to scrape, or its relabelings drop everything\n` +
        '  remedy: correct its port and relabelings where values/ or manifests/ describe it',
    ]
  return missing.map((address) => `${kind} ${monitor}: ${address} is not a target of ${scrapePool}`)
}

/** The Probes and ScrapeConfigs in force that discover nothing. */
const emptyDiscoveries = (jobs: readonly string[], targets: readonly Target[]): readonly string[] =>
  jobs
    .filter(
      (job) => /^(probe|scrapeConfig)\//.test(job) && !targets.some(({ scrapePool }) => scrapePool === job),
    )
    .map(
      (job) =>
        `${monitorOf(job)} has no target: it discovers nothing, or its relabelings drop everything\n` +
        '  remedy: correct what it discovers (names, selectors, roles), or delete it',
    )

/**
 * Where Prometheus' targets differ from what the monitors select: missing, not up, or not expected.
 * @param jobs those of the configuration that Prometheus runs with
 */
export const targetShortfalls = (
  pools: readonly ExpectedPool[],
  targets: readonly Target[],
  jobs: readonly string[] = [],
): readonly string[] => {
  const missing = [
    ...pools.flatMap((pool) => missingTargets(pool, targets)),
    ...emptyDiscoveries(jobs, targets),
  ]
  const down = targets.filter(({ health }) => health !== 'up').map(describeTarget)
  const ofMonitors = targets.filter(({ scrapePool }) => /^(service|pod)Monitor\//.test(scrapePool))
  const unexpected = ofMonitors.flatMap((target) => {
    const pool = pools.find(({ scrapePool }) => scrapePool === target.scrapePool)
    const what = `${target.labels['job']} ${target.scrapeUrl}`
    if (
      pool?.obstacle !== undefined ||
      pool?.hasUnknownTargets ||
      pool?.addresses.includes(addressOf(target))
    )
      return []
    if (pool?.notReady.includes(addressOf(target))) return [`${what} is a target whose endpoint is not ready`]
    return [`${what} of ${target.scrapePool} belongs to no ServiceMonitor or PodMonitor`]
  })
  // Several endpoints of one ServiceMonitor may have the same shortfall.
  return [...new Set([...missing, ...down, ...unexpected])].sort()
}

/** A job with more or fewer targets up than expected, and the Services whose pods may be the cause. */
type JobShortfall = Readonly<{ text: string; services: readonly V1Service[] }>

const jobOf = ({ labels }: Target) => labels['job'] ?? 'no job'

/**
 * Why a job has too few targets, as far as the ServiceMonitors and the targets show it.
 * @param own the pools that select Services of the job
 */
const whyFewer = (
  job: string,
  own: readonly ExpectedPool[],
  pools: readonly ExpectedPool[],
  targets: readonly Target[],
) => {
  if (own.length > 0)
    return [
      ...own.flatMap((pool) => missingTargets(pool, targets)),
      ...targets.filter(({ health }) => health !== 'up').map(describeTarget),
    ]
  return [
    `no ServiceMonitor makes job ${job}`,
    ...pools.filter(({ services }) => services.length === 0).flatMap((pool) => missingTargets(pool, targets)),
    `  remedy: \`kubectl get servicemonitors -A\` lists the existing ones; ${reapplyChart}, \`E2E_KEEP=1 npm test\` those of manifests/`,
  ]
}

/** Why a job has too many targets: endpoints scraped twice, a job nobody expects, or more pods than expected. */
const whyMore = (
  job: string,
  wanted: number,
  own: readonly ExpectedPool[],
  ofJob: readonly Target[],
): readonly string[] => {
  const twice = duplicateTargets(ofJob)
  if (twice.length > 0) return twice
  const monitors = [...new Set(ofJob.map(({ scrapePool }) => monitorOf(scrapePool)))].sort()
  if (wanted === 0)
    return [
      `  remedy: no stack of this project makes job ${job}: delete ${monitors.join(', ')}, or add the job to the inventory in diagnosis/targets.ts`,
    ]
  const services = [...new Set(own.flatMap((pool) => pool.services))].filter((one) => one.job === job)
  const names = [
    ...new Set(services.map(({ service: { metadata } }) => `${metadata?.namespace}/${metadata?.name}`)),
  ]
  return names.length > 1 || monitors.length > 1
    ? [
        `they come from ${monitors.join(', ')} and the Services ${names.sort().join(', ')}`,
        '  remedy: delete the monitor or the Service that does not belong to the job, or give it another jobLabel',
      ]
    : []
}

/** The jobs with more or fewer targets up than expected. */
export const jobShortfalls = (
  expected: Readonly<Record<string, number>>,
  pools: readonly ExpectedPool[],
  targets: readonly Target[],
): readonly JobShortfall[] => {
  const jobs = new Set([...Object.keys(expected), ...targets.map(jobOf)])
  return [...jobs].flatMap((job) => {
    const ofJob = targets.filter((target) => jobOf(target) === job)
    const up = ofJob.filter(({ health }) => health === 'up').length
    const wanted = expected[job] ?? 0
    if (up === wanted) return []
    const text = `job ${job}: ${countOf(up, 'target')} ${up === 1 ? 'is' : 'are'} up, ${wanted} expected`
    const own = pools.filter((pool) => pool.services.some((one) => one.job === job))
    const services = own.flatMap((pool) => pool.services.filter((one) => one.job === job))
    if (up > wanted) {
      const why = whyMore(job, wanted, own, ofJob)
      // With one Service and one monitor, the pods are the cause.
      const backends = why.length > 0 ? [] : [...new Set(services.map(({ service }) => service))]
      return [{ text: [text, ...why].join('\n'), services: backends }]
    }
    // With enough endpoints the pods are not the cause.
    const hasPods = own.reduce((sum, { addresses }) => sum + addresses.length, 0) >= wanted
    return [
      {
        text: [text, ...new Set(whyFewer(job, own, pools, ofJob))].join('\n'),
        // Each endpoint of a ServiceMonitor selects the same ones.
        services: hasPods ? [] : [...new Set(services.map(({ service }) => service))],
      },
    ]
  })
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
  vector: 4,
}
