import type { KubernetesObject, V1PodTemplateSpec, V1Service } from '@kubernetes/client-node'
import { HttpError } from '../../clients/http.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import {
  operatedWorkload,
  type ComponentName,
  type Components,
  type ObjectName,
} from '../../config/components.ts'
import type { ServerName } from '../../config/stacks.ts'
import { readyPod, serviceOf } from './backends.ts'
import type { Backend } from './relay.ts'

type Workload = KubernetesObject &
  Readonly<{
    spec: Readonly<{ template: V1PodTemplateSpec }>
    status?: Readonly<{ availableReplicas?: number; numberAvailable?: number }>
  }>
type Row = Readonly<{
  title: string
  kind: string
  path: string
  /** The end of the label app.kubernetes.io/name that its charts set; absent for a component with a kind of its own. */
  name?: string
}>

const label = 'app.kubernetes.io/name'
const deployments = { kind: 'Deployment', path: '/apis/apps/v1/deployments' }
const statefulSets = { kind: 'StatefulSet', path: '/apis/apps/v1/statefulsets' }
const daemonSets = { kind: 'DaemonSet', path: '/apis/apps/v1/daemonsets' }
const monitoring = '/apis/monitoring.coreos.com/v1'

/** How each component is recognized. */
const rows: Readonly<Record<ComponentName, Row>> = {
  prometheus: { title: 'Prometheus', kind: 'Prometheus', path: `${monitoring}/prometheuses` },
  alertmanager: { title: 'Alertmanager', kind: 'Alertmanager', path: `${monitoring}/alertmanagers` },
  operator: {
    title: 'Prometheus operator',
    ...deployments,
    name: 'prometheus-operator',
  },
  grafana: { title: 'Grafana', ...deployments, name: 'grafana' },
  kubeStateMetrics: { title: 'kube-state-metrics', ...deployments, name: 'kube-state-metrics' },
  nodeExporter: {
    title: 'node-exporter',
    ...daemonSets,
    name: 'node-exporter',
  },
  opensearch: { title: 'OpenSearch', ...statefulSets, name: 'opensearch' },
  dashboards: { title: 'OpenSearch Dashboards', ...deployments, name: 'opensearch-dashboards' },
  vector: { title: 'Vector', ...daemonSets, name: 'vector' },
}

/** The ports at which the containers of the servers listen. */
export const containerPorts: Readonly<Record<ServerName, number>> = {
  prometheus: 9090,
  alertmanager: 9093,
  grafana: 3000,
  opensearch: 9200,
  dashboards: 5601,
}

const nameOf = ({ metadata }: KubernetesObject): ObjectName => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
})
const text = ({ namespace, name }: ObjectName) => `${namespace}/${name}`
const createdAt = ({ metadata }: KubernetesObject) => new Date(metadata?.creationTimestamp ?? 0).getTime()
const isAvailable = ({ status }: Workload) => (status?.availableReplicas ?? status?.numberAvailable ?? 0) > 0

/** An umbrella chart or the value nameOverride may add a prefix: `kube-prometheus-stack-prometheus-operator`. */
export const isNamed = (value: string | undefined, name: string) =>
  value === name || value?.endsWith(`-${name}`) === true

/** The objects at an API path; none if the cluster does not have their kind. */
const list = async <T>({ get }: Kubernetes, path: string): Promise<readonly T[]> => {
  try {
    return ((await get(path)) as { items: T[] }).items
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return []
    throw error
  }
}

export type Discovery = Readonly<{
  components: Components
  backends: Readonly<Partial<Record<ServerName, Omit<Backend, 'scheme' | 'proxied'>>>>
  /** What was found and what was not. */
  lines: readonly Readonly<{ component: ComponentName; line: string }>[]
}>

/** Prefers an available workload, and of those the oldest: the others were added to it. */
const choose = (candidates: readonly Workload[]): Workload | undefined =>
  candidates.toSorted(
    (a, b) => Number(isAvailable(b)) - Number(isAvailable(a)) || createdAt(a) - createdAt(b),
  )[0]

const describe = ({ title, kind, name }: Row, candidates: readonly Workload[], chosen?: Workload): string => {
  if (!chosen)
    return name
      ? `no ${title}: no ${kind} has a label ${label} that is or ends with ${name}`
      : `no ${title}: the cluster has no ${kind} resource`
  const others = candidates.filter((one) => one !== chosen).map((one) => text(nameOf(one)))
  const why =
    others.length === 0 ? '' : `; not ${others.join(', ')}: of several, the oldest available one is checked`
  return `${title}: ${kind} ${text(nameOf(chosen))}${why}`
}

/**
 * Finds the components of the stack in any namespace and under any release name.
 * @throws HttpError if the API server refuses a list
 */
export const discover = async (kubernetes: Kubernetes): Promise<Discovery> => {
  const paths = [...new Set(Object.values(rows).map(({ path }) => path))]
  const [services, ...lists] = await Promise.all([
    list<V1Service>(kubernetes, '/api/v1/services'),
    ...paths.map((path) => list<Workload>(kubernetes, path)),
  ])
  const itemsAt = (path: string) => lists[paths.indexOf(path)] ?? []
  const found = (Object.entries(rows) as [ComponentName, Row][]).map(([component, row]) => {
    const candidates = itemsAt(row.path).filter(
      ({ metadata }) => row.name === undefined || isNamed(metadata?.labels?.[label], row.name),
    )
    const chosen = choose(candidates)
    const { kind } = row
    const operated =
      chosen && (kind === 'Prometheus' || kind === 'Alertmanager')
        ? text(operatedWorkload(kind, nameOf(chosen)))
        : undefined
    const workload =
      operated === undefined
        ? chosen
        : itemsAt(statefulSets.path).find((one) => text(nameOf(one)) === operated)
    return { component, chosen, template: workload?.spec.template, line: describe(row, candidates, chosen) }
  })
  const backends = found.flatMap(({ component, chosen, template }) => {
    const wanted = (containerPorts as Readonly<Partial<Record<ComponentName, number>>>)[component]
    const service =
      chosen && template && wanted
        ? serviceOf(services, nameOf(chosen).namespace, template, wanted)
        : undefined
    if (!service) return []
    const { selector, containerPort, ...backend } = service
    const pod = readyPod(kubernetes, backend.namespace, selector, containerPort)
    return [[component, { ...backend, pod }] as const]
  })
  const reached: readonly ComponentName[] = backends.map(([name]) => name)
  return {
    components: Object.fromEntries(
      found.flatMap(({ component, chosen }) => (chosen ? [[component, nameOf(chosen)]] : [])),
    ),
    backends: Object.fromEntries(backends),
    lines: found.map(({ component, chosen, line }) => ({
      component,
      line:
        chosen && component in containerPorts && !reached.includes(component)
          ? `${line}; no Service has target port ${containerPorts[component as ServerName]} of its pods, so it cannot be queried`
          : line,
    })),
  }
}
