import type { V1ContainerPort, V1Pod } from '@kubernetes/client-node'
import { matches, type LabelSelector } from '../clients/selectors.ts'
import { isReady } from './pods.ts'
import { whyNotSelected, type Selection } from './selection.ts'
import { movesTargets, type ExpectedPool, type Relabeled } from './serviceMonitors.ts'

export type PodMonitor = Readonly<{
  metadata: Readonly<{ name: string; namespace: string; labels?: Readonly<Record<string, string>> }>
  spec: Readonly<{
    selector: LabelSelector
    /** The label of a pod whose value is the job; without it, the job is `namespace/name` of the PodMonitor. */
    jobLabel?: string
    namespaceSelector?: Readonly<{ any?: boolean; matchNames?: readonly string[] }>
    podMetricsEndpoints?: readonly (Relabeled & Readonly<{ port?: string; portNumber?: number }>)[]
  }>
}>

const portsOf = ({ spec }: V1Pod) => (spec?.containers ?? []).flatMap(({ ports = [] }) => ports)

/** Whether a port of a container has this name or number; none is undefined. */
const isPort = ({ name, containerPort }: V1ContainerPort, wanted: string | number | undefined): boolean =>
  wanted !== undefined && (name === wanted || containerPort === wanted)

/** `ip:port` where each pod serves the port. */
const addressesOf = (pods: readonly V1Pod[], wanted: string | number | undefined): readonly string[] =>
  pods.flatMap((pod) =>
    portsOf(pod)
      .filter((port) => isPort(port, wanted) && pod.status?.podIP !== undefined)
      .map(({ containerPort }) => `${pod.status?.podIP}:${containerPort}`),
  )

const obstacleOf = (
  pods: readonly V1Pod[],
  { spec }: PodMonitor,
  port: string | number | undefined,
): string => {
  const [pod] = pods
  if (!pod)
    return (
      `no pod matches its selector ${JSON.stringify(spec.selector)}\n` +
      '  remedy: correct the selector, or the labels of the pods, where values/ or manifests/ set them'
    )
  const ports = portsOf(pod)
  if (port !== undefined && !ports.some((one) => isPort(one, port)))
    return (
      `Pod ${pod.metadata?.name} has no port ${typeof port === 'string' ? `named ${port}` : port}, its ports are ${ports.map(({ name, containerPort }) => (name === undefined ? String(containerPort) : `${name} (${containerPort})`)).join(', ')}\n` +
      '  remedy: use one of these in the PodMonitor, or rename the port of the container, where values/ or manifests/ set it'
    )
  return `none of its ${pods.length} pods is ready`
}

/** The scrape pools that follow from the cluster's PodMonitors. */
export const podMonitorPools = (
  monitors: readonly PodMonitor[],
  pods: readonly V1Pod[],
  selection: Selection,
): readonly ExpectedPool[] =>
  monitors.flatMap((one) => {
    const { metadata, spec } = one
    const monitor = `${metadata.namespace}/${metadata.name}`
    const { any = false, matchNames = [metadata.namespace] } = spec.namespaceSelector ?? {}
    const selected = pods.filter(
      (pod) =>
        (any || matchNames.includes(pod.metadata?.namespace ?? '')) &&
        matches(spec.selector, pod.metadata?.labels) &&
        // The operator drops what has ended.
        !['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''),
    )
    const jobs = selected.map((pod) => pod.metadata?.labels?.[spec.jobLabel ?? ''] ?? monitor)
    // What explains the backends of a Service explains these pods as well.
    const service = { kind: 'PodMonitor', metadata, spec: { selector: spec.selector.matchLabels ?? {} } }
    return (spec.podMetricsEndpoints ?? []).map((endpoint, index): ExpectedPool => {
      const port = endpoint.port ?? endpoint.portNumber
      const pool = {
        kind: 'PodMonitor' as const,
        monitor,
        scrapePool: `podMonitor/${monitor}/${index}`,
        services: [...new Set(jobs)].map((job) => ({ job, service })),
      }
      const unselected = whyNotSelected(selection, metadata)
      if (unselected !== undefined) return { ...pool, addresses: [], notReady: [], obstacle: unselected }
      if (selected.some(isReady) && (port === undefined || movesTargets(endpoint)))
        return { ...pool, addresses: [], notReady: [], hasUnknownTargets: true }
      const addresses = addressesOf(selected.filter(isReady), port)
      const unready = selected.filter((pod) => !isReady(pod))
      const notReady = addressesOf(unready, port)
      return addresses.length > 0
        ? { ...pool, addresses, notReady }
        : {
            ...pool,
            addresses,
            notReady,
            obstacle: obstacleOf(selected, one, port),
            unready: notReady.length > 0,
          }
    })
  })
