import type {
  V1IngressSpec,
  V1PersistentVolumeClaimSpec,
  V1PodDisruptionBudgetSpec,
  V1PolicyRule,
  V1ServiceSpec,
} from '@kubernetes/client-node'
import type { Fields } from '../../observation.ts'
import { distinct, named } from '../named.ts'
import type { Found } from './found.ts'

export const serviceFields = ({ spec }: Found): Fields => {
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

export const pvcFields = ({ spec }: Found): Fields => {
  const { storageClassName, accessModes, resources } = spec as V1PersistentVolumeClaimSpec
  return { storageClass: storageClassName, accessModes, storage: resources?.requests?.['storage'] }
}

const list = (values: readonly string[] = []) => values.join(',')
/** One entry per permission, such as `get pods` or `list deployments.apps`: splitting or joining rules changes nothing. */
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
export const roleFields = ({ rules }: Found): Fields => ({
  rules: distinct((rules ?? []).flatMap(permissionsOf)),
})

export const ingressFields = ({ spec }: Found): Fields => {
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

export const budgetFields = ({ spec }: Found): Fields => {
  const { minAvailable, maxUnavailable, selector } = spec as V1PodDisruptionBudgetSpec
  return {
    ...(minAvailable === undefined ? {} : { minAvailable }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    selector: named(Object.entries(selector?.matchLabels ?? {})),
  }
}

export const bindingFields = ({ roleRef, subjects = [] }: Found): Fields => ({
  role: `${roleRef?.kind} ${roleRef?.name}`,
  subjects: distinct(subjects.map(({ kind, namespace = '', name }) => `${kind} ${namespace}/${name}`)),
})

export const webhookFields = ({ webhooks = [] }: Found): Fields => ({
  webhooks: named(webhooks.map(({ name, failurePolicy }) => [name, failurePolicy])),
})
