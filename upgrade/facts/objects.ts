import type {
  KubernetesObject,
  V1Container,
  V1IngressSpec,
  V1NetworkPolicySpec,
  V1PersistentVolumeClaimSpec,
  V1PodDisruptionBudgetSpec,
  V1PodTemplateSpec,
  V1PolicyRule,
  V1RoleRef,
  V1Secret,
  V1ServiceSpec,
  V1Volume,
  RbacV1Subject,
} from '@kubernetes/client-node'
import { HttpError } from '../../clients/http.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { matches } from '../../clients/selectors.ts'
import { stacks } from '../../config/stacks.ts'
import type { Fields, Observation } from '../observation.ts'
import { distinct, hash, named, nameOf, numbered, prefixed } from './named.ts'

type Workload = Readonly<{
  /** Absent in a DaemonSet. */
  replicas?: number
  selector?: Readonly<{ matchLabels?: Readonly<Record<string, string>> }>
  template: V1PodTemplateSpec
  volumeClaimTemplates?: readonly Readonly<{ metadata?: Readonly<{ name?: string }> }>[]
}>
type Found = KubernetesObject &
  Readonly<{
    spec?: unknown
    /** Null in a Role without rules. */
    rules?: readonly V1PolicyRule[] | null
    roleRef?: V1RoleRef
    subjects?: readonly RbacV1Subject[]
    webhooks?: readonly Readonly<{ name: string; failurePolicy?: string }>[]
  }>

/** A workload with its name as in an observation. */
type Selected = Readonly<{ name: string; object: Found }>

const containersOf = ({ template }: Workload): readonly V1Container[] => [
  ...(template.spec?.initContainers ?? []),
  ...(template.spec?.containers ?? []),
]

const serviceFields = ({ spec }: Found): Fields => {
  const { type, clusterIP, ports = [], selector } = spec as V1ServiceSpec
  return {
    type,
    headless: clusterIP === 'None',
    ports: named(
      ports.map(({ name, port, targetPort, nodePort, protocol }) => [
        name ?? String(port),
        { port, targetPort: String(targetPort), protocol, ...(nodePort === undefined ? {} : { nodePort }) },
      ]),
    ),
    selector: named(Object.entries(selector ?? {})),
  }
}

/** Volumes that hold data, by what happens to it when the pod is deleted. */
const volumeKind = ({ persistentVolumeClaim, emptyDir, hostPath }: V1Volume): string | undefined => {
  if (persistentVolumeClaim) return 'PersistentVolumeClaim'
  if (hostPath) return `hostPath ${hostPath.path}`
  return emptyDir && 'emptyDir'
}

const volumesOf = ({ template, volumeClaimTemplates = [] }: Workload) =>
  named([
    ...(template.spec?.volumes ?? []).flatMap((volume) => {
      const kind = volumeKind(volume)
      return kind === undefined ? [] : [[volume.name, kind] as const]
    }),
    ...volumeClaimTemplates.map(({ metadata }) => [metadata?.name ?? '', 'PersistentVolumeClaim'] as const),
  ])

const resourcesOf = ({ resources = {} }: V1Container) =>
  named([...prefixed('requests', resources.requests ?? {}), ...prefixed('limits', resources.limits ?? {})])

const workloadFields = ({ spec }: Found): Fields => {
  const workload = spec as Workload
  const pod = workload.template.spec
  const containers = containersOf(workload)
  const { runAsUser, runAsGroup, fsGroup } = pod?.securityContext ?? {}
  const args = containers.flatMap((container) => container.args ?? [])
  const [, retention] = args.flatMap((arg) => /^--data\.retention=(.+)$/.exec(arg) ?? [])
  return {
    selector: named(Object.entries(workload.selector?.matchLabels ?? {})),
    ...(workload.replicas === undefined ? {} : { replicas: workload.replicas }),
    containers: containers.map(({ name }) => name),
    serviceAccount: pod?.serviceAccountName ?? 'default',
    volumes: volumesOf(workload),
    resources: named(containers.map((container) => [container.name, resourcesOf(container)])),
    securityContext: { runAsUser, runAsGroup, fsGroup },
    ...(pod?.priorityClassName === undefined ? {} : { priorityClass: pod.priorityClassName }),
    ...(retention === undefined ? {} : { retention }),
  }
}

const pvcFields = ({ spec }: Found): Fields => {
  const { storageClassName, accessModes, resources } = spec as V1PersistentVolumeClaimSpec
  return { storageClass: storageClassName, accessModes, storage: resources?.requests?.['storage'] }
}

const list = (values: readonly string[] = []) => values.join(',')
/** One permission each, so that a rule that is split or joined is no difference: `get pods`, `list deployments.apps`. */
const permissionsOf = ({
  verbs,
  apiGroups = [],
  resources = [],
  nonResourceURLs,
  resourceNames,
}: V1PolicyRule) => {
  const qualified = apiGroups.flatMap((group) =>
    resources.map((resource) => (group === '' ? resource : `${resource}.${group}`)),
  )
  const named = resourceNames === undefined ? '' : ` named ${list(resourceNames)}`
  return verbs.flatMap((verb) => (nonResourceURLs ?? qualified).map((what) => `${verb} ${what}${named}`))
}
const roleFields = ({ rules }: Found): Fields => ({
  rules: distinct((rules ?? []).flatMap(permissionsOf)),
})

const ingressFields = ({ spec }: Found): Fields => {
  const { ingressClassName, rules = [], tls = [] } = spec as V1IngressSpec
  const paths = rules.flatMap(({ host = 'any host', http }) =>
    (http?.paths ?? []).map(
      ({ path = '/', backend: { service } }) =>
        [`${host} ${path}`, `${service?.name}:${service?.port?.name ?? service?.port?.number}`] as const,
    ),
  )
  return {
    class: ingressClassName,
    paths: named(paths),
    tls: distinct(tls.flatMap(({ hosts = [] }) => hosts)),
  }
}

const budgetFields = ({ spec }: Found): Fields => {
  const { minAvailable, maxUnavailable, selector } = spec as V1PodDisruptionBudgetSpec
  return {
    ...(minAvailable === undefined ? {} : { minAvailable }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    selector: named(Object.entries(selector?.matchLabels ?? {})),
  }
}

type Ingress = NonNullable<V1NetworkPolicySpec['ingress']>[number] & Readonly<{ from?: readonly unknown[] }>
type AnyPort = Readonly<{ name?: string; containerPort: number }>

/** Who may connect to a port of a pod that a policy selects. */
const admittedTo = ({ name, containerPort }: AnyPort, rules: readonly Ingress[]): string => {
  const admitting = rules.filter(({ ports = [] }) =>
    ports.length === 0
      ? true
      : ports.some(({ port, endPort }) =>
          typeof port === 'number'
            ? port <= containerPort && containerPort <= (endPort ?? port)
            : port === undefined || port === name,
        ),
  )
  if (admitting.length === 0) return 'nobody'
  return admitting.some(({ from = [] }) => from.length === 0) ? 'everyone' : 'some'
}

/** By `Kind namespace/name: port` of the workloads whose pods a policy selects: who may connect. */
const policyFields = ({ metadata, spec }: Found, workloads: readonly Selected[]): Fields => {
  const { podSelector, policyTypes = ['Ingress'], ingress = [] } = spec as V1NetworkPolicySpec
  const selected = workloads.filter(
    ({ object }) =>
      object.metadata?.namespace === metadata?.namespace &&
      matches(podSelector ?? {}, (object.spec as Workload).template.metadata?.labels),
  )
  const admits = selected.flatMap(({ name, object }) =>
    containersOf(object.spec as Workload)
      .flatMap(({ ports = [] }) => ports)
      .map((port) => [`${name}: ${port.name ?? port.containerPort}`, admittedTo(port, ingress)] as const),
  )
  return {
    selects: selected.map(({ name }) => name),
    policyTypes: distinct(policyTypes),
    admits: policyTypes.includes('Ingress') ? named(admits) : {},
  }
}

const bindingFields = ({ roleRef, subjects = [] }: Found): Fields => ({
  role: `${roleRef?.kind} ${roleRef?.name}`,
  subjects: distinct(subjects.map(({ kind, namespace = '', name }) => `${kind} ${namespace}/${name}`)),
})

const webhookFields = ({ webhooks = [] }: Found): Fields => ({
  webhooks: named(webhooks.map(({ name, failurePolicy }) => [name, failurePolicy])),
})

type Relabeling = Readonly<{
  action?: string
  regex?: string
  sourceLabels?: readonly string[]
  targetLabel?: string
  replacement?: string
}>
type Relabelings = Readonly<{
  relabelings?: readonly Relabeling[]
  metricRelabelings?: readonly Relabeling[]
}>
type MonitorEndpoint = Relabelings & Readonly<{ port?: string; path?: string }>
type MonitorSpec = Relabelings &
  Readonly<{
    endpoints?: readonly MonitorEndpoint[]
    podMetricsEndpoints?: readonly MonitorEndpoint[]
  }>

const shownRegex = 120
const shortRegex = (regex: string) =>
  regex.length > shownRegex ? `${regex.slice(0, shownRegex)}… (${hash(regex)})` : regex

const describeRelabeling = ({
  action = 'replace',
  regex = '.*',
  sourceLabels = [],
  targetLabel,
  replacement = '$1',
}: Relabeling): readonly [string, string] => [
  `${action} ${shortRegex(regex)}`,
  `${sourceLabels.join(';')}${targetLabel === undefined ? '' : ` → ${targetLabel}="${replacement}"`}`,
]

/**
 * Which series it drops, keeps or changes after a scrape, and by which labels: `drop container_network_.*;cali.*`. Those
 * of targets are applied before the scrape.
 */
const relabelingFields = ({ relabelings = [], metricRelabelings = [] }: Relabelings) =>
  numbered([
    ...metricRelabelings.map(describeRelabeling),
    ...relabelings
      .map(describeRelabeling)
      .map(([name, value]) => [`before the scrape: ${name}`, value] as const),
  ])

/** Of a ServiceMonitor or PodMonitor by endpoint; a Probe and a ScrapeConfig are one themselves. */
const monitorFields = ({ spec }: Found): Fields => {
  const { endpoints, podMetricsEndpoints, ...own } = spec as MonitorSpec
  const all = endpoints ?? podMetricsEndpoints ?? [{ ...own, port: 'every target' }]
  return numbered(
    all.map(({ port = 'any port', path = '/metrics', ...relabelings }) => [
      `${port} ${path}`,
      relabelingFields(relabelings),
    ]),
  )
}

const kinds = [
  ['Service', '/api/v1/services', serviceFields],
  ['PersistentVolumeClaim', '/api/v1/persistentvolumeclaims', pvcFields],
  ['Deployment', '/apis/apps/v1/deployments', workloadFields],
  ['StatefulSet', '/apis/apps/v1/statefulsets', workloadFields],
  ['DaemonSet', '/apis/apps/v1/daemonsets', workloadFields],
  ['Role', '/apis/rbac.authorization.k8s.io/v1/roles', roleFields],
  ['ClusterRole', '/apis/rbac.authorization.k8s.io/v1/clusterroles', roleFields],
  ['RoleBinding', '/apis/rbac.authorization.k8s.io/v1/rolebindings', bindingFields],
  ['ClusterRoleBinding', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', bindingFields],
  ['ServiceMonitor', '/apis/monitoring.coreos.com/v1/servicemonitors', monitorFields],
  ['PodMonitor', '/apis/monitoring.coreos.com/v1/podmonitors', monitorFields],
  ['Probe', '/apis/monitoring.coreos.com/v1/probes', monitorFields],
  ['ScrapeConfig', '/apis/monitoring.coreos.com/v1alpha1/scrapeconfigs', monitorFields],
  ['Ingress', '/apis/networking.k8s.io/v1/ingresses', ingressFields],
  ['NetworkPolicy', '/apis/networking.k8s.io/v1/networkpolicies', policyFields],
  ['PodDisruptionBudget', '/apis/policy/v1/poddisruptionbudgets', budgetFields],
  ['ServiceAccount', '/api/v1/serviceaccounts', (): Fields => ({})],
  [
    'ValidatingWebhookConfiguration',
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    webhookFields,
  ],
  [
    'MutatingWebhookConfiguration',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    webhookFields,
  ],
] as const

const namespaces = new Set(stacks.map(({ namespace }) => namespace))
/** Created by a chart, or by an operator in a namespace of the stacks; not by Kubernetes or the harness. */
const ofTheStacks = ({ metadata }: KubernetesObject): boolean =>
  metadata?.annotations?.['meta.helm.sh/release-name'] !== undefined ||
  (namespaces.has(metadata?.namespace ?? '') &&
    metadata?.labels?.['app.kubernetes.io/part-of'] !== 'observability-e2e')

export const readList = async <T extends KubernetesObject>(
  { get }: Kubernetes,
  path: string,
): Promise<readonly T[]> => ((await get(path)) as { items: T[] }).items

/** Empty if the cluster has no such kind. */
const readKnown = async (kubernetes: Kubernetes, path: string): Promise<readonly Found[]> => {
  try {
    return await readList<Found>(kubernetes, path)
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return []
    throw error
  }
}

/** Objects by the fields that users depend on, and the images of the workloads among them. */
export const observeObjects = async (
  kubernetes: Kubernetes,
): Promise<Pick<Observation, 'objects' | 'images'>> => {
  const found = await Promise.all(
    kinds.map(async ([kind, path, fields]) => {
      const objects = (await readKnown(kubernetes, path)).filter(ofTheStacks)
      return objects.map((object) => ({ name: `${kind} ${nameOf(object)}`, fields, object }))
    }),
  )
  const objects = found.flat()
  const workloads = objects.filter(({ fields }) => fields === workloadFields)
  const images = workloads.flatMap(({ name, object }) =>
    containersOf(object.spec as Workload).map(
      (container) => [`${name}: ${container.name}`, container.image ?? ''] as const,
    ),
  )
  return {
    objects: named(objects.map(({ name, object, fields }) => [name, fields(object, workloads)])),
    images: named(images),
  }
}

/** Secrets for logins and mounts, without the records of helm and Secrets that a controller owns. */
export const observeSecrets = async (kubernetes: Kubernetes): Promise<Observation['secrets']> => {
  const secrets = (await readList<V1Secret>(kubernetes, '/api/v1/secrets')).filter(
    ({ metadata, type }) =>
      namespaces.has(metadata?.namespace ?? '') &&
      type !== 'helm.sh/release.v1' &&
      (metadata?.ownerReferences ?? []).length === 0,
  )
  return named(
    secrets.map((secret) => [
      nameOf(secret),
      named(Object.entries(secret.data ?? {}).map(([key, value]) => [key, hash(value)])),
    ]),
  )
}
