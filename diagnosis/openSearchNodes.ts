import type { V1StatefulSet } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'

const clusterName = ({ spec }: V1StatefulSet) =>
  spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'cluster.name')?.value

const replicasOf = ({ spec }: V1StatefulSet) => spec?.replicas ?? 1

/** How many nodes the StatefulSet asks for, and how many all of its cluster do: the chart makes one for each kind of node. */
export const openSearchNodes = async (
  { apps }: Kubernetes,
  { namespace, name }: ObjectName,
): Promise<Readonly<{ own: number; all: number }>> => {
  const { items } = await apps.listNamespacedStatefulSet({ namespace })
  const own = items.find(({ metadata }) => metadata?.name === name)
  if (!own) throw new Error(`there is no StatefulSet ${namespace}/${name}`)
  const all = items.filter(
    (one) => one === own || (clusterName(own) && clusterName(one) === clusterName(own)),
  )
  return { own: replicasOf(own), all: all.reduce((sum, one) => sum + replicasOf(one), 0) }
}
