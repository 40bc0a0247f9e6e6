import type { V1EndpointSlice, V1Pod, V1Service } from '@kubernetes/client-node'
import { matches, type LabelSelector } from '../clients/selectors.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { listReaders, readNamespaces, readReader } from './monitoringObjects.ts'
import { podMonitorPools, type PodMonitor } from './podMonitors.ts'
import { readRejectionEvents } from './rejections.ts'
import { ownSelection, whyNotSelected, type Selection } from './selection.ts'

/** The relabelings of an endpoint of a monitor. */
export type Relabeled = Readonly<{
  relabelings?: readonly Readonly<{ action?: string; targetLabel?: string }>[]
}>

/** Whether relabelings can drop targets or change their addresses. */
export const movesTargets = ({ relabelings = [] }: Relabeled): boolean =>
  relabelings.some(
    ({ action = 'replace', targetLabel }) =>
      targetLabel === '__address__' || /^(keep|drop)/i.test(action) || /^label(map|drop|keep)$/i.test(action),
  )

type Meta = Readonly<{ name: string; namespace: string; labels?: Readonly<Record<string, string>> }>
export type ServiceMonitor = Readonly<{
  metadata: Meta
  spec: Readonly<{
    selector: LabelSelector
    /** The label of a Service whose value is the job; without it, the job is the name of the Service. */
    jobLabel?: string
    namespaceSelector?: Readonly<{ any?: boolean; matchNames?: readonly string[] }>
    endpoints: readonly (Relabeled & Readonly<{ port?: string; targetPort?: string | number }>)[]
  }>
}>
/** A Service that Prometheus sends its alerts to. */
export type AlertmanagerService = Readonly<{ namespace: string; name: string; port: string | number }>
type PrometheusResource = Readonly<{
  spec: Readonly<{ alerting?: Readonly<{ alertmanagers: readonly AlertmanagerService[] }> }>
}>

/** What one endpoint of a ServiceMonitor or PodMonitor should make Prometheus scrape. */
export type ExpectedPool = Readonly<{
  kind: 'ServiceMonitor' | 'PodMonitor'
  /** `default/custom-metrics-app` */
  monitor: string
  /** Prometheus' name: `serviceMonitor/default/custom-metrics-app/0`. */
  scrapePool: string
  /** The selected Services, each with the job of its targets. */
  services: readonly Readonly<{ job: string; service: V1Service }>[]
  /** `ip:port` of every ready endpoint of the selected Services. */
  addresses: readonly string[]
  /** `ip:port` of the endpoints that are not ready; Prometheus scrapes them as well. */
  notReady: readonly string[]
  /** Its relabelings or ports decide which targets it has; it must have at least one. */
  hasUnknownTargets?: true
  /** Why there are no addresses, or why Prometheus ignores the ServiceMonitor. */
  obstacle?: string
  /** Why the operator rejects the ServiceMonitor. */
  rejection?: string
  /** The obstacle is that the Services have no ready endpoint: their pods have a problem. */
  unready?: boolean
}>

/** Everything from which the expected targets follow. */
export type MonitoredCluster = Readonly<{
  monitors: readonly ServiceMonitor[]
  /** Which ServiceMonitors Prometheus reads. */
  selection: Selection
  services: readonly V1Service[]
  slices: readonly V1EndpointSlice[]
  podMonitors: readonly PodMonitor[]
  /** Which PodMonitors Prometheus reads. */
  podSelection: Selection
  pods: readonly V1Pod[]
  /** Why the operator rejects ServiceMonitors, by `namespace/name`. */
  rejections: Readonly<Record<string, string>>
}>

const jobOf = ({ metadata }: V1Service, jobLabel = ''): string =>
  metadata?.labels?.[jobLabel] || metadata?.name || ''

type Endpoint = ServiceMonitor['spec']['endpoints'][number]

const slicesOf = ({ metadata }: V1Service, slices: readonly V1EndpointSlice[]) =>
  slices.filter(
    (slice) =>
      slice.metadata?.namespace === metadata?.namespace &&
      slice.metadata?.labels?.['kubernetes.io/service-name'] === metadata?.name,
  )

const hasEndpoints = (services: readonly V1Service[], slices: readonly V1EndpointSlice[]): boolean =>
  services.some((service) => slicesOf(service, slices).some(({ endpoints }) => (endpoints ?? []).length > 0))

/** The addresses at which the Services serve the port of an endpoint, sorted, and whether each is ready. */
const addressesOf = (
  services: readonly V1Service[],
  slices: readonly V1EndpointSlice[],
  { port: wanted }: Endpoint,
): ReadonlyMap<string, boolean> => {
  const found = services.flatMap((service) =>
    slicesOf(service, slices)
      // Both are null, not missing, in the slice of a Service without pods.
      .flatMap(({ ports, endpoints }) =>
        (ports ?? [])
          .filter(({ name }) => name === wanted)
          .flatMap(({ port }) =>
            (endpoints ?? []).flatMap(({ addresses, conditions }) =>
              addresses.map((ip) => [`${ip}:${port}`, conditions?.ready !== false] as const),
            ),
          ),
      ),
  )
  // `true` sorts last, and wins if two slices have the address.
  return new Map(found.sort())
}

/** Why an endpoint of a ServiceMonitor has no ready address. */
const obstacleOf = (
  { metadata, spec }: ServiceMonitor,
  { port }: Endpoint,
  services: readonly V1Service[],
  isServed: boolean,
): Pick<ExpectedPool, 'obstacle' | 'unready'> => {
  const { any = false, matchNames = [metadata.namespace] } = spec.namespaceSelector ?? {}
  if (services.length === 0)
    return {
      obstacle:
        `no Service matches its selector ${JSON.stringify(spec.selector)} in ${any ? 'any namespace' : matchNames.join(', ')}\n` +
        '  remedy: correct the selector, or the labels of the Service, where values/ or manifests/ set them',
    }
  const names = services.map((service) => service.metadata?.name).join(', ')
  const ports = services.flatMap((service) => service.spec?.ports?.map(({ name }) => name) ?? [])
  if (!isServed && port !== undefined && !ports.includes(port))
    return {
      obstacle:
        `Service ${names} has no port named ${port}, its ports are ${ports.join(', ')}\n` +
        '  remedy: use one of these names in the ServiceMonitor, or rename the port of the Service, where values/ or manifests/ set it',
    }
  return { obstacle: `Service ${names} has no ready endpoint`, unready: true }
}

/**
 * The scrape pools that follow from the cluster's ServiceMonitors and PodMonitors, as the operator and Prometheus derive them.
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor
 */
export const expectedPools = ({
  monitors,
  selection,
  services,
  slices,
  rejections,
  podMonitors,
  podSelection,
  pods,
}: MonitoredCluster): readonly ExpectedPool[] => [
  ...monitors.flatMap((one) => {
    const { metadata, spec } = one
    const monitor = `${metadata.namespace}/${metadata.name}`
    const { any = false, matchNames = [metadata.namespace] } = spec.namespaceSelector ?? {}
    const selected = services.filter(
      (service) =>
        (any || matchNames.includes(service.metadata?.namespace ?? '')) &&
        matches(spec.selector, service.metadata?.labels),
    )
    const rejection = rejections[monitor]
    return spec.endpoints.map((endpoint, index): ExpectedPool => {
      const pool = {
        kind: 'ServiceMonitor' as const,
        monitor,
        scrapePool: `serviceMonitor/${monitor}/${index}`,
        services: selected.map((service) => ({ job: jobOf(service, spec.jobLabel), service })),
        ...(rejection !== undefined && { rejection }),
      }
      const unselected = whyNotSelected(selection, metadata)
      if (unselected !== undefined) return { ...pool, addresses: [], notReady: [], obstacle: unselected }
      // Without a port, every port is a target; with a targetPort, so are ports that are not those of the Service.
      if (hasEndpoints(selected, slices) && (endpoint.port === undefined || movesTargets(endpoint)))
        return { ...pool, addresses: [], notReady: [], hasUnknownTargets: true }
      const found = addressesOf(selected, slices, endpoint)
      const addresses = [...found.keys()].filter((address) => found.get(address))
      const notReady = [...found.keys()].filter((address) => !found.get(address))
      const obstacle = addresses.length > 0 ? {} : obstacleOf(one, endpoint, selected, found.size > 0)
      return { ...pool, addresses, notReady, ...obstacle }
    })
  }),
  ...podMonitorPools(podMonitors, pods, podSelection),
]

const group = { group: 'monitoring.coreos.com', version: 'v1' }

export const readPrometheusResource = (
  { custom }: Kubernetes,
  object: ObjectName,
): Promise<PrometheusResource> =>
  custom.getNamespacedCustomObject({
    ...{ ...group, plural: 'prometheuses' },
    ...object,
  }) as Promise<PrometheusResource>

/** @param object the name of the Prometheus resource */
export const readMonitoredCluster = async (
  kubernetes: Kubernetes,
  object: ObjectName,
): Promise<MonitoredCluster> => {
  const { core, custom, discovery } = kubernetes
  const [monitors, podMonitors, prometheus, readers, namespaces, services, slices, pods, events] =
    await Promise.all([
      custom.listClusterCustomObject({ ...group, plural: 'servicemonitors' }) as Promise<{
        items: ServiceMonitor[]
      }>,
      custom.listClusterCustomObject({ ...group, plural: 'podmonitors' }) as Promise<{ items: PodMonitor[] }>,
      readReader(kubernetes, 'Prometheus', object),
      listReaders(kubernetes),
      readNamespaces(kubernetes),
      core.listServiceForAllNamespaces(),
      discovery.listEndpointSliceForAllNamespaces(),
      core.listPodForAllNamespaces(),
      readRejectionEvents(kubernetes),
    ])
  const rejections = Object.entries(events).flatMap(([title, { reason }]) => {
    const [kind, name = ''] = title.split(' ')
    return kind === 'ServiceMonitor' ? [[name, reason] as const] : []
  })
  const ofServices = ownSelection(prometheus, readers, 'ServiceMonitor', 'serviceMonitor', namespaces)
  const ofPods = ownSelection(prometheus, readers, 'PodMonitor', 'podMonitor', namespaces)
  return {
    monitors: monitors.items.filter(({ metadata }) => ofServices.isOwn(metadata)),
    selection: ofServices.selection,
    services: services.items,
    slices: slices.items,
    podMonitors: podMonitors.items.filter(({ metadata }) => ofPods.isOwn(metadata)),
    podSelection: ofPods.selection,
    pods: pods.items,
    rejections: Object.fromEntries(rejections),
  }
}
