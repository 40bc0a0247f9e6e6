import type { Target } from '../clients/prometheus.ts'
import { countOf, few } from '../lib/messages.ts'

const monitorKinds: Readonly<Record<string, string>> = {
  serviceMonitor: 'ServiceMonitor',
  podMonitor: 'PodMonitor',
  probe: 'Probe',
  scrapeConfig: 'ScrapeConfig',
}

/** `ServiceMonitor default/shop` of the scrape pool `serviceMonitor/default/shop/0`. */
export const monitorOf = (scrapePool: string): string => {
  const [kind = '', namespace, name] = scrapePool.split('/')
  const known = monitorKinds[kind]
  return known === undefined ? `job ${scrapePool}` : `${known} ${namespace}/${name}`
}

const serviceOf = ({ labels }: Target): string | undefined =>
  labels['service'] === undefined ? undefined : `Service ${labels['namespace']}/${labels['service']}`

const unique = (texts: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(texts)].filter((text) => text !== undefined)

const labelsOf = ({ labels }: Target) => JSON.stringify(Object.entries(labels).sort())

/** Who selects an endpoint more than once, and what to do. */
const whyTwice = (twins: readonly Target[]): readonly [cause: string, remedy: string] => {
  const monitors = unique(twins.map(({ scrapePool }) => monitorOf(scrapePool)))
  const services = unique(twins.map(serviceOf))
  const pools = unique(twins.map(({ scrapePool }) => scrapePool))
  const [monitor = ''] = monitors
  if (monitors.length > 1) {
    const by = twins.map((twin) => {
      const service = serviceOf(twin)
      return `${monitorOf(twin.scrapePool)}${service === undefined ? '' : ` (${service})`}`
    })
    const same =
      services.length === 1 && twins.every(serviceOf) ? `, which select the same ${services[0]}` : ''
    return [
      `by ${unique(by).join(' and by ')}${same}`,
      `delete one of the monitors, or narrow its selector: ${monitors.join(', ')}`,
    ]
  }
  if (services.length > 1)
    return [
      `by ${monitor}, which selects ${services.join(' and ')}, and they have the same pods`,
      `narrow the selector of ${monitor}, or the labels of the Services, so that it selects one of them`,
    ]
  if (pools.length > 1)
    return [
      `by ${countOf(pools.length, 'endpoint')} of ${monitor}: ${pools.join(', ')}`,
      `delete one of these endpoints of ${monitor}, or give it another port or path`,
    ]
  return [
    `by ${monitor} alone: its discovery names the address more than once`,
    `\`kubectl get endpointslices -A\` shows the slices of ${services[0] ?? 'its Services'}`,
  ]
}

/** Endpoints that are scraped more than once, and which monitors and Services select them. */
export const duplicateTargets = (targets: readonly Target[]): readonly string[] => {
  const byUrl = Object.values(Object.groupBy(targets, ({ scrapeUrl }) => scrapeUrl)).filter(
    (twins = []) => twins.length > 1,
  )
  const causes = byUrl.map((twins = []) => {
    const [cause, remedy] = whyTwice(twins)
    const collide = new Set(twins.map(labelsOf)).size < twins.length
    return { url: twins[0]?.scrapeUrl ?? '', times: twins.length, cause, remedy, collide }
  })
  // The pods of one Service share the cause.
  return Object.values(Object.groupBy(causes, ({ cause, times }) => `${times} ${cause}`)).flatMap(
    (group = []) => {
      const [first] = group
      if (!first) return []
      const { times, cause, remedy, collide } = first
      const urls = few(
        group.map(({ url }) => url),
        3,
      )
      return [
        `${urls} ${group.length === 1 ? 'is' : 'are'} scraped ${times === 2 ? 'twice' : `${times} times`} ${cause}` +
          (collide
            ? '; these targets have the same labels, so that their samples overwrite one another'
            : '') +
          `\n  remedy: ${remedy}`,
      ]
    },
  )
}
