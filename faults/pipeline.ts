import { nodeContainers } from '../setup/cluster.ts'
import { eventually } from '../setup/eventually.ts'
import { run } from '../setup/run.ts'
import { change, killPods, reference, type Live } from './change.ts'

export const vector = reference('apps/v1', 'DaemonSet', 'monitoring')('vector')
// Where the chart keeps how far Vector has read each log file.
const checkpoints = '/var/lib/vector'

/**
 * Empties the logs indices and has Vector read every log file of every node from its start: what a new cluster would
 * hold if it had been installed as Vector is configured now.
 */
export const collectLogsAnew = async (live: Live): Promise<void> => {
  const vectorAgain = await change(vector, { '/spec/template/spec/nodeSelector': { nowhere: 'true' } })(live)
  const { core } = live.kubernetes
  const pods = { namespace: 'monitoring', labelSelector: 'app.kubernetes.io/name=vector' }
  await eventually(
    'all pods of Vector are gone',
    async () => {
      await killPods(pods.namespace, pods.labelSelector)(live)
      const { items } = await core.listNamespacedPod(pods)
      if (items.length > 0) throw new Error(`${items.length} are still there`)
    },
    { within: live.within, every: 500 },
  )
  const nodes = await nodeContainers(live.cluster, live.within)
  await Promise.all([
    ...nodes.map((node) => run('docker', ['exec', node, 'rm', '-rf', checkpoints], { within: live.within })),
    live.opensearch.indices.delete({ index: 'logs-*' }),
  ])
  await vectorAgain()
}
