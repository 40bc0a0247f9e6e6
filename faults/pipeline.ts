import { stackOf } from '../config/stacks.ts'
import { namespaceReader, waitForWorkloads } from '../diagnosis/workloads.ts'
import { nodeContainers } from '../setup/cluster.ts'
import { eventually } from '../lib/eventually.ts'
import { interruption, run } from '../lib/run.ts'
import { change, followedBy, killPods, reference, type Injection, type Live } from './change.ts'

export const vector = reference('apps/v1', 'DaemonSet', 'monitoring')('vector')
const pods = { namespace: 'monitoring', labelSelector: 'app.kubernetes.io/name=vector' }
// The chart's folder for Vector's checkpoints: how far it has read each log file.
const checkpoints = '/var/lib/vector'

/**
 * Empties the logs indices and has Vector read every log file of every node from its start: what a new cluster would
 * hold if it had been installed as Vector is configured now.
 */
export const recollectLogs = async (live: Live): Promise<void> => {
  const kill = () => killPods(pods.namespace, pods.labelSelector)(live)
  // First, since a pod that the DaemonSet deletes has a minute to send what it holds.
  await kill()
  // The pods start again with the configuration as it is. There is no time for more.
  if (interruption.signal.aborted) return
  const vectorAgain = await change(vector, { '/spec/template/spec/nodeSelector': { nowhere: 'true' } })(live)
  try {
    await forgetLogs(live, kill)
  } finally {
    await vectorAgain()
  }
}

/** Deletes the checkpoints of Vector, once its pods are gone, and the logs indices. */
const forgetLogs = async (live: Live, kill: () => Promise<void>): Promise<void> => {
  const { core } = live.kubernetes
  await eventually(
    'all pods of Vector are gone',
    async () => {
      await kill()
      const { items } = await core.listNamespacedPod(pods)
      if (items.length > 0) throw new Error(`${items.length} are still there`)
    },
    { within: live.within, every: 500 },
  )
  const nodes = await nodeContainers(live.cluster, live.within)
  await Promise.all([
    ...nodes.map((node) => run('docker', ['exec', node, 'rm', '-rf', checkpoints], { within: live.within })),
    eventually(
      'OpenSearch deletes the logs indices',
      () => live.opensearch.indices.delete({ index: 'logs-*' }),
      { within: live.within },
    ),
  ])
}

/** Waits until Vector runs on every node. */
export const waitForVector = ({ kubernetes, within }: Live): Promise<void> =>
  waitForWorkloads(kubernetes, stackOf('vector'), {
    within,
    read: namespaceReader(kubernetes),
    allNodesSince: () => 0,
  })

/** Deletes Vector's pod on the control plane: a NoSchedule taint does not evict a running pod. */
export const evictFromControlPlane = async ({ cluster, kubernetes: { core } }: Live): Promise<void> => {
  const fieldSelector = `spec.nodeName=${cluster}-control-plane`
  const { items } = await core.listNamespacedPod({ ...pods, fieldSelector })
  const [pod] = items
  if (!pod) throw new Error('the control plane has no pod of Vector to delete')
  await core.deleteNamespacedPod({ name: pod.metadata?.name ?? '', namespace: pods.namespace })
}

const vectorConfig = reference('v1', 'ConfigMap', 'monitoring')('vector')

/** Replaces a text in Vector's configuration, and has it collect all logs with the new one. */
export const reconfigureVector = (from: string, to: string): Injection =>
  followedBy(
    change(vectorConfig, { '/data/vector.yaml': (old: string) => old.replaceAll(from, to) }),
    recollectLogs,
  )
