import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'

/**
 * Whether a pod belongs to a workload. A Deployment owns its pods through a ReplicaSet, whose name ends with a hash that
 * the pods have as a label.
 */
export const isPodOf = ({ metadata }: V1Pod, { namespace, name }: ObjectName): boolean =>
  metadata?.namespace === namespace &&
  (metadata.ownerReferences ?? []).some(
    (owner) =>
      owner.name ===
      (owner.kind === 'ReplicaSet' ? `${name}-${metadata.labels?.['pod-template-hash']}` : name),
  )

export const podsOf = async ({ core }: Kubernetes, workload: ObjectName): Promise<readonly V1Pod[]> => {
  const { items } = await core.listNamespacedPod({ namespace: workload.namespace })
  return items.filter((pod) => isPodOf(pod, workload))
}

type Lines = Readonly<{
  /** May be left out if the pods have only one. */
  container?: string
  tailLines: number
  sinceSeconds?: number
}>

/** The last lines of a container in every pod of a workload; none if it has no log. */
export const readLogs = async (
  kubernetes: Kubernetes,
  workload: ObjectName,
  lines: Lines,
): Promise<readonly string[]> => {
  const { namespace } = workload
  const logs = (await podsOf(kubernetes, workload)).map(({ metadata }) =>
    kubernetes.core
      .readNamespacedPodLog({ namespace, name: metadata?.name ?? '', ...lines })
      // A container that has not started has no log.
      .catch(() => ''),
  )
  return (await Promise.all(logs)).flatMap((text) => text.split('\n').filter(Boolean))
}
