import { nodeContainers } from '../setup/cluster.ts'
import { eventually } from '../lib/eventually.ts'
import { podName } from '../diagnosis/pods.ts'
import { run } from '../lib/run.ts'
import { change, reference, type Injection, type Live } from './change.ts'
import { recollectLogs } from './pipeline.ts'

// Prometheus loses its samples when it moves, and OpenSearch's volume cannot move.
const immovable = /^(prometheus|opensearch-cluster-master)-/

/** A worker that only runs pods which can move: the rest of the stack does not depend on it. */
export const spareWorker = async ({ cluster, within, kubernetes: { core } }: Live): Promise<string> => {
  const workers = (await nodeContainers(cluster, within)).filter((name) => /-worker\d*$/.test(name))
  const { items } = await core.listPodForAllNamespaces()
  const isNeeded = (node: string) =>
    items.some(({ metadata, spec }) => spec?.nodeName === node && immovable.test(metadata?.name ?? ''))
  const worker = workers.find((node) => !isNeeded(node))
  if (worker === undefined) throw new Error('Prometheus and OpenSearch are on every worker')
  return worker
}

const emptyWorker = async (live: Live): Promise<string> => {
  const { within, kubernetes } = live
  const { core } = kubernetes
  const worker = await spareWorker(live)
  const { items } = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${worker}` })
  const movable = items.filter(({ metadata }) =>
    metadata?.ownerReferences?.some(({ kind }) => kind === 'ReplicaSet' || kind === 'StatefulSet'),
  )
  await core.patchNode({ name: worker, body: [{ op: 'add', path: '/spec/unschedulable', value: true }] })
  await Promise.all(
    movable.map(({ metadata }) =>
      core.deleteNamespacedPod({
        name: metadata?.name ?? '',
        namespace: metadata?.namespace ?? '',
        gracePeriodSeconds: 2,
      }),
    ),
  )
  const leaving = movable.map(({ metadata }) => metadata?.uid)
  await eventually(
    `what can live elsewhere has left ${worker}`,
    async () => {
      const left = (await core.listPodForAllNamespaces()).items.filter(({ metadata }) =>
        leaving.includes(metadata?.uid),
      )
      if (left.length > 0) throw new Error(`still there: ${left.map(podName).join(', ')}`)
    },
    { within },
  )
  return worker
}

/** Stops all processes of a node, as a machine that hangs would. */
export const pauseNode =
  (node: string): Injection =>
  async ({ within }) => {
    const docker = (command: string) => run('docker', [command, node], { within, evenWhenInterrupted: true })
    // runc fails ("unable to freeze") where processes start in the node faster than cgroup v1 freezes them.
    await eventually(`${node} is paused`, () => docker('pause'), { within, evenWhenInterrupted: true })
    return async () => {
      await docker('unpause')
    }
  }

/** Stops a worker whose pods can be spared, as a machine that hangs would. */
export const stopWorker: Injection = async (live) => {
  const worker = await emptyWorker(live)
  const mend = async () => {
    await change(reference('v1', 'Node', '')(worker), { '/spec/unschedulable': undefined })(live)
    // Lines that Vector was sending may arrive twice.
    await recollectLogs(live)
  }
  const resume = await pauseNode(worker)(live).catch(async (error: unknown) => {
    await mend()
    throw error
  })
  return async () => {
    await resume()
    await mend()
  }
}
