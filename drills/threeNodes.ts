import type { V1PodDisruptionBudget } from '@kubernetes/client-node'
import { isReady } from '../diagnosis/pods.ts'
import type { Ground } from './drill.ts'

const namespace = 'monitoring'
const budget = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/opensearch-cluster-master-pdb`

/** How Kubernetes sees OpenSearch: which pods are Ready, and how many more may be evicted. */
export const openSearchPods = async ({ kubernetes, opensearch }: Ground): Promise<readonly string[]> => {
  const labelSelector = 'app.kubernetes.io/name=opensearch'
  const { items } = await kubernetes.core.listNamespacedPod({ namespace, labelSelector })
  const names = items
    .filter(isReady)
    .map(({ metadata }) => metadata?.name)
    .join(', ')
  const health = await opensearch.cluster.health({ timeout: '5s', cluster_manager_timeout: '5s' }).then(
    ({ body }) => `${body.status}, with ${body.number_of_nodes} nodes`,
    (error: unknown) => (error instanceof Error ? error.message.slice(0, 200) : String(error)),
  )
  const { status } = (await kubernetes.get(budget)) as V1PodDisruptionBudget
  return [
    `Ready: ${names || 'none'}; OpenSearch says: ${health}`,
    `the pod disruption budget allows ${status?.disruptionsAllowed} more: ${status?.currentHealthy} of ${status?.expectedPods} are healthy, and ${status?.desiredHealthy} must be`,
  ]
}
