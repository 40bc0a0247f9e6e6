import type { V1StatefulSet } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'

const clusterName = ({ spec }: V1StatefulSet) =>
  spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'cluster.name')?.value

const replicasOf = ({ spec }: V1StatefulSet) => spec?.replicas ?? 1

/** The replicas of a StatefulSet, and those of all StatefulSets of its cluster: each release of the chart adds one. */
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
