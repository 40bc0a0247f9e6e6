import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { matches, type LabelSelector } from '../clients/selectors.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'

type Meta = Readonly<{ name: string; namespace: string; labels?: Readonly<Record<string, string>> }>
export type ServiceMonitor = Readonly<{
  metadata: Meta
  spec: Readonly<{
    selector: LabelSelector
    /** The label of a Service whose value is the job; its name is, where there is none. */
    jobLabel?: string
    namespaceSelector?: Readonly<{ any?: boolean; matchNames?: readonly string[] }>
    endpoints: readonly Readonly<{ port?: string; targetPort?: string | number }>[]
  }>
}>
/** A Service that Prometheus sends its alerts to. */
export type Recipient = Readonly<{ namespace: string; name: string; port: string | number }>
type PrometheusResource = Readonly<{
  spec: Readonly<{
    serviceMonitorSelector?: LabelSelector
    alerting?: Readonly<{ alertmanagers: readonly Recipient[] }>
  }>
}>

/** What one endpoint of a ServiceMonitor should make Prometheus scrape. */
export type ExpectedPool = Readonly<{
  /** `default/custom-metrics-app` */
  monitor: string
  /** As Prometheus names it: `serviceMonitor/default/custom-metrics-app/0`. */
  scrapePool: string
  /** The Services that it selects, each with the job that its targets are of. */
  services: readonly Readonly<{ job: string; service: V1Service }>[]
  /** `ip:port` of every ready endpoint of the selected Services. */
  addresses: readonly string[]
  /** Of those that are not ready; Prometheus scrapes them all the same. */
  notReady: readonly string[]
  /** Why there are no addresses, or why Prometheus does not look at the ServiceMonitor at all. */
  obstacle?: string
  /** Why the operator does not make it of the ServiceMonitor. */
  rejection?: string
  /** There are no addresses since the Services have no ready endpoint: what keeps their pods from being ready? */
  unready?: boolean
}>

/** Everything from which the expected targets follow. */
export type MonitoredCluster = Readonly<{
  monitors: readonly ServiceMonitor[]
  /** Prometheus' `serviceMonitorSelector`; an empty one selects all. */
  selector: LabelSelector
  services: readonly V1Service[]
  slices: readonly V1EndpointSlice[]
  /** What the operator says of ServiceMonitors that it does not pass on to Prometheus, by `namespace/name`. */
  rejections: Readonly<Record<string, string>>
}>

const describeLabels = (labels: Readonly<Record<string, string>> = {}) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ') || 'none'

const jobOf = ({ metadata }: V1Service, jobLabel = ''): string =>
  metadata?.labels?.[jobLabel] || metadata?.name || ''

/**
 * The scrape pools that follow from the cluster's ServiceMonitors, as the operator and Prometheus derive them.
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor
 */
export const expectedPools = ({
  monitors,
  selector,
  services,
  slices,
  rejections,
}: MonitoredCluster): readonly ExpectedPool[] =>
  monitors.flatMap(({ metadata, spec }) => {
    const monitor = `${metadata.namespace}/${metadata.name}`
    const { any = false, matchNames = [metadata.namespace] } = spec.namespaceSelector ?? {}
    const selected = services.filter(
      (service) =>
        (any || matchNames.includes(service.metadata?.namespace ?? '')) &&
        matches(spec.selector, service.metadata?.labels),
    )
    const jobs = selected.map((service) => ({ job: jobOf(service, spec.jobLabel), service }))
    return spec.endpoints.map((endpoint, index) => {
      const rejection = rejections[monitor]
      const pool = {
        monitor,
        scrapePool: `serviceMonitor/${monitor}/${index}`,
        services: jobs,
        ...(rejection === undefined ? {} : { rejection }),
      }
      if (!matches(selector, metadata.labels)) {
        const obstacle =
          `Prometheus selects ServiceMonitors by ${JSON.stringify(selector)}, ` +
          `and this one's labels are ${describeLabels(metadata.labels)}\n` +
          '  remedy: label it so where values/ or manifests/ describe it'
        return { ...pool, addresses: [], notReady: [], obstacle }
      }
      const ports = selected.flatMap((service) =>
        slices
          .filter(
            (slice) =>
              slice.metadata?.namespace === service.metadata?.namespace &&
              slice.metadata?.labels?.['kubernetes.io/service-name'] === service.metadata?.name,
          )
          .flatMap((slice) =>
            (slice.ports ?? [])
              .filter((port) => port.name === endpoint.port || port.port === endpoint.targetPort)
              .flatMap(({ port }) => (slice.endpoints ?? []).map((one) => ({ one, port }))),
          ),
      )
      const addressesOf = (ready: boolean) => {
        const wanted = ports.filter(({ one }) => (one.conditions?.ready !== false) === ready)
        return [
          ...new Set(wanted.flatMap(({ one, port }) => one.addresses.map((ip) => `${ip}:${port}`))),
        ].sort()
      }
      const [addresses, notReady] = [addressesOf(true), addressesOf(false)]
      if (addresses.length > 0) return { ...pool, addresses, notReady }

      const names = selected.map((service) => service.metadata?.name).join(', ')
      const served = selected.flatMap((service) => service.spec?.ports?.map(({ name }) => name) ?? [])
      if (selected.length === 0) {
        const where = any ? 'any namespace' : matchNames.join(', ')
        const obstacle =
          `no Service matches its selector ${JSON.stringify(spec.selector)} in ${where}\n` +
          '  remedy: correct the selector, or the labels of the Service, where values/ or manifests/ set them'
        return { ...pool, addresses, notReady, obstacle }
      }
      if (ports.length === 0 && endpoint.port !== undefined && !served.includes(endpoint.port)) {
        const obstacle =
          `Service ${names} has no port named ${endpoint.port}, its ports are ${served.join(', ')}\n` +
          '  remedy: name one of these in the ServiceMonitor, or name the port of the Service so, where values/ or manifests/ do'
        return { ...pool, addresses, notReady, obstacle }
      }
      return {
        ...pool,
        addresses,
        notReady,
        obstacle: `Service ${names} has no ready endpoint`,
        unready: true,
      }
    })
  })

const group = { group: 'monitoring.coreos.com', version: 'v1' }
export const prometheusName = 'kube-prometheus-stack-prometheus'

export const readPrometheusResource = ({ custom }: Kubernetes): Promise<PrometheusResource> =>
  custom.getNamespacedCustomObject({
    ...group,
    plural: 'prometheuses',
    namespace: 'monitoring',
    name: prometheusName,
  }) as Promise<PrometheusResource>

export const readMonitoredCluster = async (kubernetes: Kubernetes): Promise<MonitoredCluster> => {
  const { core, custom, discovery } = kubernetes
  const [monitors, prometheus, services, slices, { items: events }] = await Promise.all([
    custom.listClusterCustomObject({ ...group, plural: 'servicemonitors' }) as Promise<{
      items: ServiceMonitor[]
    }>,
    readPrometheusResource(kubernetes),
    core.listServiceForAllNamespaces(),
    discovery.listEndpointSliceForAllNamespaces(),
    core.listEventForAllNamespaces({
      fieldSelector: 'reason=InvalidConfiguration,involvedObject.kind=ServiceMonitor',
    }),
  ])
  const rejections = events.map(({ involvedObject: { namespace, name }, message = '' }) => [
    `${namespace}/${name}`,
    message.replace(/^.* was rejected due to invalid configuration: /, ''),
  ])
  return {
    monitors: monitors.items,
    selector: prometheus.spec.serviceMonitorSelector ?? {},
    services: services.items,
    slices: slices.items,
    rejections: Object.fromEntries(rejections) as Record<string, string>,
  }
}
