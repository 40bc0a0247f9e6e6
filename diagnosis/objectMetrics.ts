import type { V1ObjectMeta, V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import type { Prometheus, Sample } from '../clients/prometheus.ts'
import { countOf, few, messageOf } from '../lib/messages.ts'
import { podsOf } from './componentPods.ts'

/** How the objects of a kind appear in the metrics of kube-state-metrics. */
type ObjectMetric = Readonly<{
  /** Of the list in the API. */
  path: string
  kind: string
  /** Metrics that every object of the kind has. */
  metrics: readonly string[]
  /** The label that holds the name of the object. */
  label: string
}>

const row = (path: string, kind: string, metrics: string, label = kind.toLowerCase()): ObjectMetric => ({
  path,
  kind,
  metrics: metrics.split(' ').map((name) => `kube_${name}`),
  label,
})

/**
 * By the name that `--resources` has for the kind.
 * @see https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
 */
const objectMetrics: Readonly<Record<string, ObjectMetric>> = {
  certificatesigningrequests: row(
    '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    'CertificateSigningRequest',
    'certificatesigningrequest_created',
  ),
  configmaps: row('/api/v1/configmaps', 'ConfigMap', 'configmap_info'),
  cronjobs: row('/apis/batch/v1/cronjobs', 'CronJob', 'cronjob_info'),
  daemonsets: row('/apis/apps/v1/daemonsets', 'DaemonSet', 'daemonset_created'),
  deployments: row('/apis/apps/v1/deployments', 'Deployment', 'deployment_created'),
  endpointslices: row('/apis/discovery.k8s.io/v1/endpointslices', 'EndpointSlice', 'endpointslice_info'),
  horizontalpodautoscalers: row(
    '/apis/autoscaling/v2/horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    'horizontalpodautoscaler_spec_max_replicas',
  ),
  ingresses: row('/apis/networking.k8s.io/v1/ingresses', 'Ingress', 'ingress_info'),
  jobs: row('/apis/batch/v1/jobs', 'Job', 'job_info', 'job_name'),
  leases: row('/apis/coordination.k8s.io/v1/leases', 'Lease', 'lease_renew_time lease_owner'),
  limitranges: row('/api/v1/limitranges', 'LimitRange', 'limitrange_created'),
  mutatingwebhookconfigurations: row(
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfiguration_info',
  ),
  namespaces: row('/api/v1/namespaces', 'Namespace', 'namespace_created'),
  networkpolicies: row(
    '/apis/networking.k8s.io/v1/networkpolicies',
    'NetworkPolicy',
    'networkpolicy_created',
  ),
  nodes: row('/api/v1/nodes', 'Node', 'node_info'),
  persistentvolumeclaims: row(
    '/api/v1/persistentvolumeclaims',
    'PersistentVolumeClaim',
    'persistentvolumeclaim_info',
  ),
  persistentvolumes: row('/api/v1/persistentvolumes', 'PersistentVolume', 'persistentvolume_info'),
  poddisruptionbudgets: row(
    '/apis/policy/v1/poddisruptionbudgets',
    'PodDisruptionBudget',
    'poddisruptionbudget_status_expected_pods',
  ),
  pods: row('/api/v1/pods', 'Pod', 'pod_info'),
  replicasets: row('/apis/apps/v1/replicasets', 'ReplicaSet', 'replicaset_created'),
  replicationcontrollers: row(
    '/api/v1/replicationcontrollers',
    'ReplicationController',
    'replicationcontroller_created',
  ),
  resourcequotas: row('/api/v1/resourcequotas', 'ResourceQuota', 'resourcequota resourcequota_created'),
  secrets: row('/api/v1/secrets', 'Secret', 'secret_info'),
  services: row('/api/v1/services', 'Service', 'service_info'),
  statefulsets: row('/apis/apps/v1/statefulsets', 'StatefulSet', 'statefulset_created'),
  storageclasses: row('/apis/storage.k8s.io/v1/storageclasses', 'StorageClass', 'storageclass_info'),
  validatingwebhookconfigurations: row(
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfiguration_info',
  ),
  volumeattachments: row(
    '/apis/storage.k8s.io/v1/volumeattachments',
    'VolumeAttachment',
    'volumeattachment_info',
  ),
}

/** The settings of kube-state-metrics that decide which objects it reports. */
export type StateMetricsSettings = Readonly<{
  /** `pods`, `configmaps`: every known kind without `--resources`. */
  resources: readonly string[]
  /** Arguments that leave objects or metrics out. */
  narrowing: readonly string[]
}>

const narrows =
  /^--(namespaces|namespaces-denylist|metric-allowlist|metric-denylist|shard|total-shards|node|field-selector[\w-]*|pod|pod-namespace)(=|$)/

export const readSettings = (args: readonly string[]): StateMetricsSettings => {
  const listed = args.find((arg) => arg.startsWith('--resources='))?.replace('--resources=', '')
  return {
    resources: listed?.split(',').filter(Boolean) ?? Object.keys(objectMetrics),
    narrowing: args.filter((arg) => narrows.test(arg)),
  }
}

/** How often kube-state-metrics asked the API server for a kind, by its own count. */
type Calls = Readonly<{ succeeded: number; failed: number }>

/** `*v1.ConfigMap` in its telemetry is kind ConfigMap. */
export const parseCalls = (telemetry: string): ReadonlyMap<string, Calls> => {
  const calls = new Map<string, Calls>()
  for (const [, labels = '', value] of telemetry.matchAll(
    /^kube_state_metrics_(?:list|watch)_total\{([^}]*)\} (\S+)$/gm,
  )) {
    const kind = /resource="[^"]*\.(\w+)"/.exec(labels)?.[1]
    if (kind === undefined) continue
    const { succeeded = 0, failed = 0 } = calls.get(kind) ?? {}
    const isError = labels.includes('result="error"')
    calls.set(kind, {
      succeeded: succeeded + (isError ? 0 : Number(value)),
      failed: failed + (isError ? Number(value) : 0),
    })
  }
  return calls
}

type Meta = Readonly<Pick<V1ObjectMeta, 'name' | 'namespace'>>
const keyOf = ({ namespace = '', name = '' }: Meta) => (namespace ? `${namespace}/${name}` : name)

/** Objects of one kind in the API and in Prometheus that differ. */
export type KindShortfall = Readonly<{
  resource: string
  inApi: number
  inPrometheus: number
  /** In the API only, and in Prometheus only. */
  missing: readonly string[]
  surplus: readonly string[]
}>

/** The kinds whose objects in Prometheus are not those in the API. */
export const kindShortfalls = (
  objects: Readonly<Record<string, readonly Meta[]>>,
  series: readonly Sample[],
): readonly KindShortfall[] => {
  const byMetric = Object.groupBy(series, ({ labels }) => labels['__name__'] ?? '')
  return Object.entries(objects).flatMap(([resource, metas]) => {
    const wanted = objectMetrics[resource]
    if (!wanted) return []
    const inApi = new Set(metas.map(keyOf))
    const namespaced = metas.some(({ namespace }) => namespace !== undefined)
    const inPrometheus = new Set(
      wanted.metrics
        .flatMap((metric) => byMetric[metric] ?? [])
        .map(({ labels }) =>
          keyOf({
            name: labels[wanted.label] ?? '',
            // Of an object outside of namespaces, the label is the one of the target.
            ...(namespaced && { namespace: labels['namespace'] ?? '' }),
          }),
        ),
    )
    const missing = [...inApi.difference(inPrometheus)].sort()
    const surplus = [...inPrometheus.difference(inApi)].sort()
    if (missing.length === 0 && surplus.length === 0) return []
    return [{ resource, inApi: inApi.size, inPrometheus: inPrometheus.size, missing, surplus }]
  })
}

const describeShortfall = ({ resource, inApi, inPrometheus, missing, surplus }: KindShortfall): string =>
  `${resource}: ${inPrometheus} in Prometheus, ${inApi} in the API` +
  (missing.length > 0 ? `; missing: ${few(missing, 3)}` : '') +
  (surplus.length > 0 ? `; not in the API: ${few(surplus, 3)}` : '')

/** What is known of kube-state-metrics besides its series. */
export type StateMetricsFacts = Readonly<{
  /** The Deployment of kube-state-metrics. */
  deployment: ObjectName
  settings: StateMetricsSettings
  calls: ReadonlyMap<string, Calls>
  /** Why it may not list kinds, by resource. */
  forbidden: Readonly<Record<string, string>>
  series: readonly Sample[]
}>

/** The settings, refused requests and relabelings that explain why objects are missing. */
const explainShortfalls = (
  shortfalls: readonly KindShortfall[],
  { deployment: { namespace, name }, settings, calls, forbidden, series }: StateMetricsFacts,
): readonly string[] => {
  const refused = shortfalls.filter(({ resource }) => forbidden[resource] !== undefined)
  const failing = shortfalls
    .filter(({ resource }) => forbidden[resource] === undefined)
    .flatMap(({ resource }) => {
      const { failed = 0, succeeded = 0 } = calls.get(objectMetrics[resource]?.kind ?? '') ?? {}
      return failed > 0 ? [`${resource} (${failed} of ${failed + succeeded} requests failed)`] : []
    })
  const absent = shortfalls.filter(({ inPrometheus, inApi }) => inPrometheus === 0 && inApi > 0)
  if (refused.length > 0)
    return [
      ...refused
        .slice(0, 3)
        .map(({ resource }) => `the API server refuses ${resource}: ${forbidden[resource]}`),
      '  remedy: add list and watch of these kinds to the ClusterRole of kube-state-metrics: ' +
        'the chart does so for the kinds in kube-state-metrics.collectors (rbac.create: true)',
    ]
  if (failing.length > 0)
    return [
      `kube-state-metrics cannot list: ${failing.join(', ')}`,
      `  remedy: \`kubectl -n ${namespace} logs deployment/${name}\` says why`,
    ]
  if (settings.narrowing.length > 0)
    return [
      `kube-state-metrics is started with ${settings.narrowing.join(' ')}, which leaves objects or metrics out`,
      '  remedy: remove the argument where values/kube-prometheus-stack.yaml sets it (kube-state-metrics: namespaces, metricDenylist, autosharding, extraArgs)',
    ]
  if (series.some(({ labels }) => labels['exported_namespace'] !== undefined))
    return [
      'the namespace of the objects is in the label exported_namespace: the ServiceMonitor of kube-state-metrics lacks honorLabels: true',
      '  remedy: set kube-state-metrics.prometheus.monitor.http.honorLabels: true in values/kube-prometheus-stack.yaml',
    ]
  if (series.length === 0)
    return [
      'Prometheus has no series of kube-state-metrics at all',
      '  remedy: prometheus-targets and prometheus-inventory say whether it is scraped',
    ]
  if (absent.length > 0)
    return [
      `kube-state-metrics lists ${few(
        absent.map(({ resource }) => resource),
        3,
      )} without an error, and none of its series arrives`,
      `  remedy: correct metricRelabelings of its ServiceMonitor: \`kubectl -n ${namespace} get servicemonitor ${name} -o yaml\``,
    ]
  return [
    `  remedy: if it stays so, its watch is stuck: \`kubectl -n ${namespace} rollout restart deployment ${name}\``,
  ]
}

/** Where the objects in Prometheus differ from those in the API, with the cause. */
export const describeShortfalls = (
  shortfalls: readonly KindShortfall[],
  facts: StateMetricsFacts,
): readonly string[] =>
  shortfalls.length === 0
    ? []
    : [
        [
          `kube-state-metrics does not report what the API server has, of ${countOf(shortfalls.length, 'kind')}:`,
          few(shortfalls.map(describeShortfall), 5, '\n'),
          ...explainShortfalls(shortfalls, facts),
        ].join('\n'),
      ]

const telemetryPort = 8081

/** Why the ServiceAccount of a pod may not list a kind; undefined if it may. */
const whyForbidden = async (
  { objects }: Kubernetes,
  { spec, metadata }: V1Pod,
  resource: string,
): Promise<string | undefined> => {
  const user = `system:serviceaccount:${metadata?.namespace}:${spec?.serviceAccountName}`
  const [, group = ''] = /^\/apis\/([^/]+)\//.exec(objectMetrics[resource]?.path ?? '') ?? []
  const verdicts = await Promise.all(
    ['list', 'watch'].map(async (verb) => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, resourceAttributes: { verb, group, resource } },
      }
      const { status } = (await objects().create(review)) as { status?: { allowed?: boolean } }
      return status?.allowed === false ? [verb] : []
    }),
  )
  const denied = verdicts.flat()
  return denied.length === 0 ? undefined : `${user} may not ${denied.join(' and ')} them`
}

const readForbidden = async (
  kubernetes: Kubernetes,
  pod: V1Pod | undefined,
  shortfalls: readonly KindShortfall[],
): Promise<Readonly<Record<string, string>>> => {
  if (!pod) return {}
  const verdicts = await Promise.all(
    shortfalls.map(
      async ({ resource }) => [resource, await whyForbidden(kubernetes, pod, resource)] as const,
    ),
  )
  return Object.fromEntries(
    verdicts.flatMap(([resource, why]) => (why === undefined ? [] : [[resource, why]])),
  )
}

/** Compares the objects of every kind that kube-state-metrics lists with the API, and explains what differs. */
export const objectShortfalls = async (
  kubernetes: Kubernetes,
  deployment: ObjectName,
  prometheus: Prometheus,
): Promise<readonly string[]> => {
  const pods = await podsOf(kubernetes, deployment)
  const [pod] = pods
  const { args = [] } = pod?.spec?.containers.find(({ name }) => name === 'kube-state-metrics') ?? {}
  const settings = readSettings(args)
  const telemetry = pods.map(async ({ metadata }) =>
    kubernetes
      .get(`/api/v1/namespaces/${deployment.namespace}/pods/${metadata?.name}:${telemetryPort}/proxy/metrics`)
      // Without it, every kind is compared.
      .catch((error: unknown) => messageOf(error)),
  )
  const calls = parseCalls((await Promise.all(telemetry)).join('\n'))
  const resources = settings.resources.filter((resource) => {
    const kind = objectMetrics[resource]?.kind
    // A kind that it never asks for is one that its version does not know.
    return kind !== undefined && (calls.size === 0 || calls.has(kind))
  })
  const names = resources.flatMap((resource) => objectMetrics[resource]?.metrics ?? [])
  const [lists, series] = await Promise.all([
    Promise.all(
      resources.map(async (resource) => {
        const metas = await kubernetes.listMetadata(objectMetrics[resource]?.path ?? '')
        return [resource, metas] as const
      }),
    ),
    prometheus.query(`{__name__=~"${names.join('|')}"}`),
  ])
  const shortfalls = kindShortfalls(Object.fromEntries(lists), series)
  const forbidden = await readForbidden(kubernetes, pod, shortfalls)
  return describeShortfalls(shortfalls, { deployment, settings, calls, forbidden, series })
}
