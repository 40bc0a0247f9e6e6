import type {
  KubernetesObject,
  V1Container,
  V1PersistentVolumeClaimSpec,
  V1PodTemplateSpec,
  V1PolicyRule,
  V1RoleRef,
  V1Secret,
  V1ServiceSpec,
  RbacV1Subject,
} from '@kubernetes/client-node'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { stacks } from '../../config/stacks.ts'
import type { Fields, Observation } from '../observation.ts'
import { distinct, hash, named, nameOf, numbered } from './named.ts'

type Workload = Readonly<{
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

const workloadFields = ({ spec }: Found): Fields => {
  const workload = spec as Workload
  return {
    selector: named(Object.entries(workload.selector?.matchLabels ?? {})),
    containers: containersOf(workload).map(({ name }) => name),
    serviceAccount: workload.template.spec?.serviceAccountName ?? 'default',
    volumeClaims: workload.volumeClaimTemplates?.map(({ metadata }) => metadata?.name) ?? [],
  }
}

const pvcFields = ({ spec }: Found): Fields => {
  const { storageClassName, accessModes, resources } = spec as V1PersistentVolumeClaimSpec
  return { storageClass: storageClassName, accessModes, storage: resources?.requests?.['storage'] }
}

const list = (values: readonly string[] = []) => values.join(',')
const roleFields = ({ rules }: Found): Fields => ({
  rules: distinct(
    (rules ?? []).map(
      ({ verbs, apiGroups, resources, nonResourceURLs }) =>
        `${list(verbs)} ${list(nonResourceURLs ?? resources)} of ${list(apiGroups)}`,
    ),
  ),
})

const bindingFields = ({ roleRef, subjects = [] }: Found): Fields => ({
  role: `${roleRef?.kind} ${roleRef?.name}`,
  subjects: distinct(subjects.map(({ kind, namespace = '', name }) => `${kind} ${namespace}/${name}`)),
})

const webhookFields = ({ webhooks = [] }: Found): Fields => ({
  webhooks: named(webhooks.map(({ name, failurePolicy }) => [name, failurePolicy])),
})

type Relabeling = Readonly<{ action?: string; regex?: string; sourceLabels?: readonly string[] }>
type MonitorEndpoint = Readonly<{
  port?: string
  path?: string
  metricRelabelings?: readonly Relabeling[]
}>

const shownRegex = 120
/** Which series it drops, keeps or changes after a scrape, and by which labels: `drop container_network_.*;cali.*`. */
const monitorFields = ({ spec }: Found): Fields => {
  const { endpoints = [] } = spec as Readonly<{ endpoints?: readonly MonitorEndpoint[] }>
  return numbered(
    endpoints.map(({ port = 'any port', path = '/metrics', metricRelabelings = [] }) => [
      `${port} ${path}`,
      numbered(
        metricRelabelings.map(({ action = 'replace', regex = '.*', sourceLabels = [] }) => [
          `${action} ${regex.length > shownRegex ? `${regex.slice(0, shownRegex)}… (${hash(regex)})` : regex}`,
          sourceLabels.join(';'),
        ]),
      ),
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

/** Objects by the fields that users depend on, and the images of the workloads among them. */
export const observeObjects = async (
  kubernetes: Kubernetes,
): Promise<Pick<Observation, 'objects' | 'images'>> => {
  const found = await Promise.all(
    kinds.map(async ([kind, path, fields]) => {
      const objects = (await readList<Found>(kubernetes, path)).filter(ofTheStacks)
      return objects.map((object) => ({ name: `${kind} ${nameOf(object)}`, fields, object }))
    }),
  )
  const objects = found.flat()
  const images = objects.flatMap(({ name, object, fields }) =>
    fields === workloadFields
      ? containersOf(object.spec as Workload).map(
          (container) => [`${name}: ${container.name}`, container.image ?? ''] as const,
        )
      : [],
  )
  return {
    objects: named(objects.map(({ name, object, fields }) => [name, fields(object)])),
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
