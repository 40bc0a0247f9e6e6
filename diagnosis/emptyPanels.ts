import type { V1PersistentVolume, V1Pod } from '@kubernetes/client-node'
import { acceptsValue } from '../clients/alertMatchers.ts'
import { selectorText, type Selector } from '../lib/promql.ts'

/** What the API server knows of pods and volumes, as far as reasons ask for it. */
export type ClusterFacts = Readonly<{
  pods: readonly V1Pod[]
  volumes: readonly V1PersistentVolume[]
}>

/** Why selectors may have no series, and so the panels that need them no data. */
export type EmptyReason = Readonly<{
  reason: string
  /** Matches the names of the metrics. */
  metric: RegExp
  /** Only selectors with a matcher of this label whose value matches. */
  label?: readonly [name: string, value: RegExp]
  /** PromQL that has a result as long as the reason holds. */
  condition: string | ((selector: Selector) => string)
  /** Must hold as well. */
  cluster?: (facts: ClusterFacts, selector: Selector) => boolean
}>

const only = (matchers: Selector['matchers'], isWanted: (label: string) => boolean) =>
  matchers.filter(({ label }) => isWanted(label))

/** The same selector without its matchers of some labels: whether there is any such series. */
const without =
  (...labels: readonly string[]) =>
  ({ metric, matchers }: Selector): string =>
    `count(${selectorText({ metric, matchers: only(matchers, (label) => !labels.includes(label)) })})`

/** Another metric of the same pods or, if it has their label, of the same containers. */
const covered =
  (metric: string, ...more: readonly string[]) =>
  ({ matchers }: Selector): string => {
    const labels = ['namespace', 'pod', 'node', ...more]
    return `count(${selectorText({ metric, matchers: only(matchers, (label) => labels.includes(label)) })})`
  }

const allUp = (selector: string) => `min(up{${selector}}) == 1`

const fits = (value: string | undefined, { matchers }: Selector, label: string): boolean =>
  matchers.filter((matcher) => matcher.label === label).every((matcher) => acceptsValue(matcher, value ?? ''))

const containersOf = ({ pods }: ClusterFacts, selector: Selector) =>
  pods
    .filter(
      ({ metadata, spec }) =>
        fits(metadata?.namespace, selector, 'namespace') &&
        fits(metadata?.name, selector, 'pod') &&
        fits(spec?.nodeName, selector, 'node'),
    )
    .flatMap(({ spec }) => spec?.containers ?? [])
    .filter(({ name }) => fits(name, selector, 'container'))

/** That no container which a selector is about has this request or limit. */
const noneHas =
  (kind: 'requests' | 'limits', resource?: 'cpu' | 'memory') =>
  (facts: ClusterFacts, selector: Selector): boolean => {
    const wanted = resource ?? selector.matchers.find(({ label }) => label === 'resource')?.value ?? 'cpu'
    return containersOf(facts, selector).every(({ resources }) => resources?.[kind]?.[wanted] === undefined)
  }

const noContainerHas = (
  what: string,
  metric: RegExp,
  ...wanted: Parameters<typeof noneHas>
): EmptyReason => ({
  reason: `no container there has ${what}`,
  metric,
  condition: covered('kube_pod_info'),
  cluster: noneHas(...wanted),
})

/** Each counts only while its condition holds. */
export const emptyReasons: readonly EmptyReason[] = [
  // The machines.
  {
    reason: 'no node runs macOS',
    metric: /^node_uname_info$/,
    label: ['sysname', /^Darwin$/],
    condition: 'absent(node_uname_info{sysname="Darwin"}) and on() count(node_uname_info)',
  },
  {
    reason: 'only AIX and macOS have this metric, and every node runs Linux',
    metric: /^node_memory_(available|compressed|internal|purgeable|total|wired)_bytes$/,
    condition: 'absent(node_uname_info{sysname!="Linux"}) and on() count(node_uname_info)',
  },
  {
    reason: 'the node shows no such block device to its containers',
    metric: /^node_disk_/,
    label: ['device', /sd\.\+/],
    condition: `absent(node_disk_io_time_seconds_total{device=~"(/dev/)?(mmcblk.p.+|nvme.+|rbd.+|sd.+|vd.+|xvd.+|dm-.+|md.+|dasd.+)"}) and on() ${allUp('job="node-exporter"')}`,
  },

  // Containers, as cAdvisor sees them.
  {
    reason: 'cAdvisor has seen none of these containers use a block device',
    metric: /^container_fs_(reads|writes)(_bytes)?_total$/,
    condition: covered('container_memory_rss', 'container'),
  },
  {
    reason: 'the kernel does not account for swap',
    metric: /^container_memory_swap$/,
    condition: 'absent(container_memory_swap{container!=""}) and on() count(container_memory_rss)',
  },
  {
    reason: 'only containers with a CPU limit are throttled, and none of these has one',
    metric: /^container_cpu_cfs_(throttled_)?periods_total$/,
    condition: covered('container_memory_rss', 'container'),
    cluster: noneHas('limits', 'cpu'),
  },
  {
    reason: 'no container of the pod runs',
    metric: /^container_|^node_namespace_pod_container:/,
    label: ['pod', /^[^|]+$/],
    condition: covered('kube_pod_info'),
    cluster: ({ pods }, selector) =>
      pods
        .filter(
          ({ metadata }) =>
            fits(metadata?.namespace, selector, 'namespace') && fits(metadata?.name, selector, 'pod'),
        )
        .every(({ status }) =>
          (status?.containerStatuses ?? []).every(({ state }) => state?.running === undefined),
        ),
  },

  // Requests, limits and volumes.
  noContainerHas('such a request', /^kube_pod_container_resource_requests$/, 'requests'),
  noContainerHas(
    'a CPU request',
    /^cluster:namespace:pod_cpu:active:kube_pod_container_resource_requests$/,
    'requests',
    'cpu',
  ),
  noContainerHas(
    'a memory request',
    /^cluster:namespace:pod_memory:active:kube_pod_container_resource_requests$/,
    'requests',
    'memory',
  ),
  noContainerHas('such a limit', /^kube_pod_container_resource_limits$/, 'limits'),
  noContainerHas(
    'a CPU limit',
    /^cluster:namespace:pod_cpu:active:kube_pod_container_resource_limits$/,
    'limits',
    'cpu',
  ),
  noContainerHas(
    'a memory limit',
    /^cluster:namespace:pod_memory:active:kube_pod_container_resource_limits$/,
    'limits',
    'memory',
  ),
  {
    reason: 'every volume is a hostPath, for which the kubelet has no statistics',
    metric: /^kubelet_volume_stats_/,
    condition: allUp('job="kubelet",metrics_path="/metrics"'),
    cluster: ({ volumes }) => volumes.every(({ spec }) => spec?.hostPath !== undefined),
  },

  // What has not happened yet.
  {
    reason: 'no request has been answered with such a code',
    metric: /^(rest_client_requests_total|code_resource:apiserver_request_total:rate5m)$/,
    label: ['code', /^[345]\.\.$/],
    condition: without('code'),
  },
  {
    reason: 'no such request has been sent',
    metric: /^rest_client_request_duration_seconds_bucket$/,
    label: ['verb', /^(GET|POST)$/],
    condition: without('verb'),
  },
  {
    reason: 'no call has failed',
    metric: /^grpc_server_handled_total$/,
    label: ['grpc_code', /Unavailable/],
    condition: without('grpc_code'),
  },
  {
    reason: 'no such stream has been opened, or none has ended',
    metric: /^grpc_server_(handled|started)_total$/,
    label: ['grpc_service', /^etcdserverpb\.(Lease|Watch)$/],
    condition: without('grpc_service', 'grpc_type'),
  },
  {
    reason: 'no runtime operation has failed',
    metric: /^kubelet_runtime_operations_errors_total$/,
    condition: allUp('job="kubelet",metrics_path="/metrics"'),
  },
  {
    reason: 'nobody has asked CoreDNS over TCP',
    metric: /^coredns_dns_(request|response)_size_bytes_bucket$/,
    label: ['proto', /^tcp$/],
    condition: 'absent(coredns_dns_requests_total{proto="tcp"}) and on() count(coredns_dns_requests_total)',
  },
  {
    reason: 'CoreDNS has not looked into its cache',
    metric: /^coredns_cache_(hits|misses)_total$/,
    condition: allUp('job="coredns"'),
  },
  {
    reason: 'nobody has asked CoreDNS for DNSSEC records',
    metric: /^coredns_dns_do_requests_total$/,
    condition: allUp('job="coredns"'),
  },

  // Prometheus.
  {
    reason: 'Prometheus has one queue per Alertmanager and has not discovered any',
    metric: /^prometheus_notifications_queue_length$/,
    condition: 'max(prometheus_notifications_alertmanagers_discovered) == 0',
  },

  // What other versions have.
  {
    reason: 'CoreDNS renamed it in 1.7',
    metric:
      /^coredns_(cache_size|dns_request_(count_total|do_count_total|type_count_total|duration_seconds|size_bytes)|dns_response_(rcode_count_total|size_bytes))$/,
    condition: 'count(coredns_build_info)',
  },
  {
    reason: 'Kubernetes has removed it',
    metric: /^(kubelet_node_config_error|storage_operation_errors_total)$/,
    condition: allUp('job="kubelet",metrics_path="/metrics"'),
  },
  {
    reason: 'Kubernetes has removed it',
    metric: /^scheduler_volume_scheduling_duration_seconds_(bucket|count)$/,
    condition: allUp('job="kube-scheduler"'),
  },
  {
    reason: 'the scheduler has restarted, and no pod has been created since',
    metric: /^scheduler_(?:schedule_attempts|\w*scheduling_)/,
    condition: 'max(process_start_time_seconds{job="kube-scheduler"}) > max(kube_pod_created)',
  },
  {
    reason: 'etcd has a single member',
    metric: /^etcd_network_peer_/,
    condition: 'count(etcd_server_has_leader) == 1',
  },
]

export const reasonsFor = ({ metric = '', matchers }: Selector): readonly EmptyReason[] =>
  emptyReasons.filter(
    (reason) =>
      reason.metric.test(metric) &&
      (reason.label === undefined ||
        matchers.some(({ label, value }) => label === reason.label?.[0] && reason.label[1].test(value))),
  )

/** The query that has a result as long as the reason holds for the selector. */
export const conditionOf = ({ condition }: EmptyReason, selector: Selector): string =>
  typeof condition === 'string' ? condition : condition(selector)
