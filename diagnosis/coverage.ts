import type { V1Node, V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Prometheus, Sample, Target } from '../clients/prometheus.ts'
import { countOf, few, messageOf } from '../lib/messages.ts'
import { describeTarget } from './targets.ts'
import { internalAddress } from './nodes.ts'

/** A metric that each node's own exporter must have. */
type NodeMetric = Readonly<{ exporter: string; metric: string; job: string; path: string }>

/** The node of each series is found by `instance`: that of the target at the address of the node, in whose network they run. */
export const nodeMetrics: readonly NodeMetric[] = [
  { exporter: 'node-exporter', metric: 'node_uname_info', job: 'node-exporter', path: '/metrics' },
  { exporter: 'the kubelet', metric: 'kubelet_node_name', job: 'kubelet', path: '/metrics' },
  { exporter: 'cAdvisor', metric: 'machine_memory_bytes', job: 'kubelet', path: '/metrics/cadvisor' },
]

const nameOf = ({ metadata }: V1Node | V1Pod) => metadata?.name ?? ''
const addressOf = (node: V1Node) => internalAddress(node) ?? 'no address'

/** `10.244.1.2` of `10.244.1.2:9100`, `fd00::2` of `[fd00::2]:9100`. */
const hostOf = (instance = ''): string => instance.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '')

const targetOf = (node: V1Node, { job, path }: NodeMetric, targets: readonly Target[]): Target | undefined =>
  targets.find(
    ({ labels, scrapeUrl }) =>
      labels['job'] === job &&
      new URL(scrapeUrl).pathname === path &&
      hostOf(new URL(scrapeUrl).host) === addressOf(node),
  )

/** Why an exporter says nothing about a node, as far as Prometheus' targets show it. */
const whySilent = (node: V1Node, wanted: NodeMetric, targets: readonly Target[]): string => {
  const { job, path, metric } = wanted
  const target = targetOf(node, wanted, targets)
  if (target === undefined)
    return (
      `job ${job} has no target ${path} at ${addressOf(node)}\n` +
      `  remedy: \`kubectl get pods -A -o wide --field-selector spec.nodeName=${nameOf(node)}\` shows whether its pod runs there, ` +
      'prometheus-inventory why it does not'
    )
  if (target.health !== 'up') return describeTarget(target)
  return (
    `its target ${target.scrapeUrl} is up but has no ${metric}: metricRelabelings of ${target.scrapePool} drop it, or the exporter does not collect it\n` +
    '  remedy: correct metricRelabelings of the monitor, or the arguments of the exporter, where values/ set them'
  )
}

/** The nodes that one of their exporters does not report. */
export const nodeShortfalls = (
  nodes: readonly V1Node[],
  series: readonly Sample[],
  targets: readonly Target[],
): readonly string[] =>
  nodeMetrics.flatMap((wanted) => {
    const reported = series
      .filter(({ labels }) => labels['__name__'] === wanted.metric)
      .map(({ labels }) => labels['instance'] ?? '')
    const silent = nodes.filter((node) => {
      // Relabelings often make the name of the node its instance.
      const instance = targetOf(node, wanted, targets)?.labels['instance']
      return !reported.some((one) => hostOf(one) === addressOf(node) || one === instance)
    })
    const all = silent.length === nodes.length && nodes.length > 1
    // One cause for all nodes.
    return (all ? silent.slice(0, 1) : silent).map(
      (node) =>
        `${wanted.exporter} reports ${all ? 'none of the nodes' : `nothing about node ${nameOf(node)}`}: ${whySilent(node, wanted, targets)}`,
    )
  })

// Milliseconds. cAdvisor looks at a container every 10 to 15 s, and needs two looks; then it must be scraped.
const housekeepingMs = 40_000

/** A container that has run for so long that cAdvisor must know it. */
type RunningContainer = Readonly<{ node: string; namespace: string; pod: string; container: string }>

const running = ({ metadata, spec, status }: V1Pod, now: number): readonly RunningContainer[] => {
  if (metadata?.deletionTimestamp !== undefined) return []
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].flatMap(
    ({ name, state }) => {
      const since = state?.running?.startedAt
      if (since === undefined || now - new Date(since).getTime() < housekeepingMs) return []
      return [
        {
          node: spec?.nodeName ?? '',
          namespace: metadata?.namespace ?? '',
          pod: metadata?.name ?? '',
          container: name,
        },
      ]
    },
  )
}

/** The metrics that every running container has: what dashboards and rules sum up. */
export const containerMetrics = [
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
] as const

/** Running containers of a node without series of a metric. */
export type SilentContainers = Readonly<{
  metric: string
  node: string
  missing: readonly RunningContainer[]
  /** How many of the node's containers should have one. */
  of: number
}>

const keyOf = ({ namespace, pod, container }: Readonly<Record<'namespace' | 'pod' | 'container', string>>) =>
  `${namespace}/${pod}/${container}`

/** The containers that run according to the API server and have no series in Prometheus, by metric and node. */
export const silentContainers = (
  pods: readonly V1Pod[],
  series: readonly Sample[],
  now: number,
): readonly SilentContainers[] => {
  const containers = pods.flatMap((pod) => running(pod, now))
  const byNode = Object.entries(Object.groupBy(containers, ({ node }) => node))
  return containerMetrics.flatMap((metric) => {
    const known = new Set(
      series
        .filter(({ labels }) => labels['__name__'] === metric)
        .map(({ labels: { namespace = '', pod = '', container = '' } }) =>
          keyOf({ namespace, pod, container }),
        ),
    )
    return byNode.flatMap(([node, own = []]) => {
      const missing = own.filter((one) => !known.has(keyOf(one)))
      return missing.length === 0 ? [] : [{ metric, node, missing, of: own.length }]
    })
  })
}

/** What the kubelet of the node itself answers about the first missing container. */
const whoDropsIt = (
  { metric, node, missing: [first] }: SilentContainers,
  answer: string,
  target: Target | undefined,
): string => {
  if (first === undefined) return ''
  const reports = answer
    .split('\n')
    .some(
      (line) =>
        line.startsWith(`${metric}{`) &&
        line.includes(`namespace="${first.namespace}"`) &&
        line.includes(`pod="${first.pod}"`) &&
        line.includes(`container="${first.container}"`),
    )
  if (!reports)
    return (
      `the kubelet of ${node} does not report it either: its cAdvisor does not see the container\n` +
      `  remedy: \`docker exec ${node} systemctl restart kubelet\`; \`docker exec ${node} journalctl -u kubelet\` shows why`
    )
  if (target === undefined)
    return (
      `the kubelet of ${node} reports it, but Prometheus has no target /metrics/cadvisor there\n` +
      '  remedy: prometheus-inventory says which targets are missing'
    )
  if (target.health !== 'up') return describeTarget(target)
  return (
    `the kubelet of ${node} reports it, and Prometheus drops it: metricRelabelings of ${target.scrapePool}\n` +
    '  remedy: correct kubelet.serviceMonitor.cAdvisorMetricRelabelings in values/kube-prometheus-stack.yaml'
  )
}

const describeSilent = ({ metric, node, missing, of }: SilentContainers): string =>
  missing.length === of
    ? `none of the ${of} containers on ${node} that run for over ${housekeepingMs / 1000} s has ${metric}`
    : `${missing.length} of ${countOf(of, 'container')} on ${node} that run for over ${housekeepingMs / 1000} s ` +
      `${missing.length === 1 ? 'has' : 'have'} no ${metric}: ${few(missing.map(keyOf), 3)}`

/** Why cAdvisor's series of running containers are missing: asks the kubelets concerned. */
export const explainSilentContainers = async (
  kubernetes: Kubernetes,
  silent: readonly SilentContainers[],
  nodes: readonly V1Node[],
  targets: readonly Target[],
): Promise<readonly string[]> => {
  const [, , cAdvisor] = nodeMetrics
  // One node and one metric stand for the others: their answers are a megabyte each.
  const explained = silent.slice(0, 1).map(async (one) => {
    const node = nodes.find((other) => nameOf(other) === one.node)
    const target = node && cAdvisor && targetOf(node, cAdvisor, targets)
    const why = await kubernetes.get(`/api/v1/nodes/${one.node}/proxy/metrics/cadvisor`).then(
      (answer) => whoDropsIt(one, String(answer), target),
      (error: unknown) => `the kubelet of ${one.node} does not answer: ${messageOf(error)}`,
    )
    return `${describeSilent(one)}\n${why}`
  })
  const others = silent.slice(1).map(describeSilent)
  return [...(await Promise.all(explained)), ...(others.length > 0 ? [few(others, 4, '\n')] : [])]
}

/** Reads what `silentContainers` and `nodeShortfalls` compare. */
export const readContainerSeries = (prometheus: Prometheus): Promise<readonly Sample[]> =>
  prometheus.query(
    `group by (__name__, namespace, pod, container) ({__name__=~"${containerMetrics.join('|')}", container!=""})`,
  )

export const readNodeSeries = (prometheus: Prometheus): Promise<readonly Sample[]> =>
  prometheus.query(`{__name__=~"${nodeMetrics.map(({ metric }) => metric).join('|')}"}`)
