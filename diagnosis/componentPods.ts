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
