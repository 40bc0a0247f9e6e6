import type { V1ContainerStatus, V1ObjectMeta, V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { timeOf } from './evidence.ts'
import { decodeRelease, helmChange, type Release } from './helmReleases.ts'
import { describeTime, lastChange, type Change } from './lastChange.ts'
import { usesOf, type Use } from './startSources.ts'

const startOf = ({ state }: V1ContainerStatus): number | undefined =>
  timeOf(state?.running?.startedAt ?? state?.terminated?.startedAt)

/** `deployment/grafana`, from which the pod comes; undefined for a pod of its own. */
const ownerOf = ({ metadata }: V1Pod): string | undefined => {
  const [owner] = metadata?.ownerReferences ?? []
  if (!owner) return undefined
  const hash = metadata?.labels?.['pod-template-hash']
  return owner.kind === 'ReplicaSet' && hash !== undefined
    ? `deployment/${owner.name.replace(new RegExp(`-${hash}$`), '')}`
    : `${owner.kind.toLowerCase()}/${owner.name}`
}

const restartOf = (pod: V1Pod): string => {
  const owner = ownerOf(pod)
  const { namespace, name } = pod.metadata ?? {}
  return owner === undefined || owner.startsWith('job/')
    ? `delete Pod ${name} and create it again`
    : `\`kubectl -n ${namespace} rollout restart ${owner}\``
}

/** A container that runs with an older ConfigMap or Secret than there is. */
export type Outdated = Readonly<{
  pod: V1Pod
  container: string
  startedAt: number
  uses: readonly Use[]
  change: Change
}>

/** Metadata of ConfigMaps and Secrets by `Kind namespace/name`. */
export type Sources = ReadonlyMap<string, V1ObjectMeta>
export const sourceKey = (kind: string, namespace = '', name = ''): string => `${kind} ${namespace}/${name}`

// The operator restarts or reloads what it configures.
const isOperators = ({ ownerReferences = [] }: V1ObjectMeta): boolean =>
  ownerReferences.some(({ apiVersion }) => apiVersion.startsWith('monitoring.coreos.com/'))

// cert-manager renews a certificate every two months; most servers load the new file by themselves.
const isRenewed = ({ annotations = {} }: V1ObjectMeta, uses: readonly Use[]): boolean =>
  'cert-manager.io/certificate-name' in annotations && uses.every(({ isUpdated }) => isUpdated)

const isRunning = ({ status, metadata }: V1Pod): boolean =>
  status?.phase === 'Running' && metadata?.deletionTimestamp === undefined

/** The containers of a pod that started before what they read at their start changed, one entry for each object. */
export const outdatedContainers = (pod: V1Pod, sources: Sources): readonly Outdated[] => {
  if (!isRunning(pod)) return []
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  return [...initContainers, ...containers].flatMap((container) => {
    const status = statuses.find(({ name }) => name === container.name)
    const startedAt = status && startOf(status)
    if (startedAt === undefined) return []
    const byObject = Object.groupBy(usesOf(pod, container), ({ kind, name }) =>
      sourceKey(kind, pod.metadata?.namespace, name),
    )
    return Object.entries(byObject).flatMap(([key, uses = []]) => {
      const metadata = sources.get(key)
      if (!metadata || isOperators(metadata) || isRenewed(metadata, uses)) return []
      const change = lastChange(metadata, ['data', 'binaryData', 'stringData'])
      return change.at > startedAt ? [{ pod, container: container.name, startedAt, uses, change }] : []
    })
  })
}

const describeOutdated = ({ pod, container, startedAt, uses, change }: Outdated): string => {
  const [use] = uses
  const namespace = pod.metadata?.namespace
  return (
    `Pod ${namespace}/${pod.metadata?.name}: container ${container} started at ${describeTime(startedAt)} and still runs with the old ` +
    `${use?.kind} ${namespace}/${use?.name}, which it ${use?.how}; ${change.by} changed it at ${describeTime(change.at)}\n` +
    `  remedy: ${restartOf(pod)}`
  )
}

/** Whether Helm wrote an object again without changing its data since the container started. */
const isRewritten = async (
  { core }: Kubernetes,
  { pod, startedAt, uses, change }: Outdated,
): Promise<boolean> => {
  const [use] = uses
  if (!use || !change.by.startsWith('helm')) return false
  const { items } = await core.listNamespacedSecret({
    namespace: pod.metadata?.namespace ?? '',
    labelSelector: 'owner=helm',
  })
  const changed = helmChange(
    items
      .map(({ data }) => decodeRelease(data?.['release'] ?? '') as Release)
      .filter(({ manifest }) => manifest.includes(use.name)),
    use,
  )
  return changed !== undefined && changed <= startedAt
}

// What is said in full; the rest is counted.
const shown = 6

/** The containers that run with an older ConfigMap or Secret than there is, with the restart that they need. */
export const outdatedPods = async (kubernetes: Kubernetes): Promise<readonly string[]> => {
  const list = (path: string) => kubernetes.listMetadata(path)
  const [{ items: pods }, configMaps, secrets] = await Promise.all([
    kubernetes.core.listPodForAllNamespaces(),
    list('/api/v1/configmaps'),
    list(`/api/v1/secrets?fieldSelector=${encodeURIComponent('type!=helm.sh/release.v1')}`),
  ])
  const entries = (kind: string, metas: readonly V1ObjectMeta[]) =>
    metas.map((one) => [sourceKey(kind, one.namespace, one.name), one] as const)
  const sources = new Map([...entries('ConfigMap', configMaps), ...entries('Secret', secrets)])
  const suspects = pods.flatMap((pod) => outdatedContainers(pod, sources))
  const rewritten = await Promise.all(suspects.map((one) => isRewritten(kubernetes, one)))
  const outdated = suspects.filter((_, index) => !rewritten[index])
  return [
    ...outdated.slice(0, shown).map(describeOutdated),
    ...(outdated.length > shown ? [`and ${outdated.length - shown} more containers`] : []),
  ]
}
