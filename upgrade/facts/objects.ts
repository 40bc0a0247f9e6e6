import type { KubernetesObject, V1Secret } from '@kubernetes/client-node'
import { HttpError } from '../../clients/http.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { stacks } from '../../config/stacks.ts'
import type { Fields, Observation } from '../observation.ts'
import { hash, named, nameOf } from './named.ts'
import {
  bindingFields,
  budgetFields,
  ingressFields,
  pvcFields,
  roleFields,
  serviceFields,
  webhookFields,
} from './objects/fields.ts'
import type { Found } from './objects/found.ts'
import { monitorFields } from './objects/monitors.ts'
import { policyFields } from './objects/networkPolicies.ts'
import { containersOf, workloadFields, type Workload } from './objects/workloads.ts'

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

const namespaces: ReadonlySet<string> = new Set(stacks.map(({ namespace }) => namespace))
/** Created by a chart, or by an operator in a namespace of the stacks; not by Kubernetes or the harness. */
const ofTheStacks = ({ metadata }: KubernetesObject): boolean =>
  metadata?.annotations?.['meta.helm.sh/release-name'] !== undefined ||
  (namespaces.has(metadata?.namespace ?? '') &&
    metadata?.labels?.['app.kubernetes.io/part-of'] !== 'observability-e2e')

/** The same for a cluster that the harness has not set up: created in these namespaces, or by their releases. */
const ofNamespaces =
  (scope: ReadonlySet<string>) =>
  ({ metadata }: KubernetesObject): boolean =>
    scope.has(metadata?.namespace ?? '') ||
    scope.has(metadata?.annotations?.['meta.helm.sh/release-namespace'] ?? '')

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

/**
 * Objects by the fields that users depend on, and the images of the workloads among them.
 * @param scope the namespaces of the components, if the harness has not set them up
 */
export const observeObjects = async (
  kubernetes: Kubernetes,
  scope?: ReadonlySet<string>,
): Promise<Pick<Observation, 'objects' | 'images'>> => {
  const isOurs = scope ? ofNamespaces(scope) : ofTheStacks
  const found = await Promise.all(
    kinds.map(async ([kind, path, fields]) => {
      const objects = (await readKnown(kubernetes, path)).filter(isOurs)
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
export const observeSecrets = async (
  kubernetes: Kubernetes,
  scope = namespaces,
): Promise<Observation['secrets']> => {
  const secrets = (await readList<V1Secret>(kubernetes, '/api/v1/secrets')).filter(
    ({ metadata, type }) =>
      scope.has(metadata?.namespace ?? '') &&
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
