import { nodeContainers } from '../setup/cluster.ts'
import { eventually } from '../lib/eventually.ts'
import { podName } from '../diagnosis/pods.ts'
import { run } from '../lib/run.ts'
import { change, reference, type Injection, type Live } from './change.ts'
import { recollectLogs } from './pipeline.ts'

// Prometheus loses its samples when it moves, and OpenSearch's volume cannot move.
const immovable = /^(prometheus|opensearch-cluster-master)-/

/** Drains a worker that only runs pods which can move: the rest of the stack does not depend on it. */
const emptyWorker = async ({ cluster, within, kubernetes: { core } }: Live): Promise<string> => {
  const workers = (await nodeContainers(cluster, within)).filter((name) => /-worker\d*$/.test(name))
  const { items } = await core.listPodForAllNamespaces()
  const podsOn = (node: string) => items.filter(({ spec }) => spec?.nodeName === node)
  const [worker] = workers.filter(
    (node) => !podsOn(node).some(({ metadata }) => immovable.test(metadata?.name ?? '')),
  )
  if (worker === undefined) throw new Error('Prometheus and OpenSearch are on every worker')
  const movable = podsOn(worker).filter(({ metadata }) =>
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

/** Stops a worker whose pods can be spared, as a machine that hangs would. */
export const stopWorker: Injection = async (live) => {
  const worker = await emptyWorker(live)
  const docker = (command: string) =>
    run('docker', [command, worker], { within: live.within, evenWhenInterrupted: true })
  const mend = async () => {
    await change(reference('v1', 'Node', '')(worker), { '/spec/unschedulable': undefined })(live)
    // Lines that Vector was sending may arrive twice.
    await recollectLogs(live)
  }
  // runc fails ("unable to freeze") where processes start in the node faster than cgroup v1 freezes them.
  await eventually(`${worker} is paused`, () => docker('pause'), { within: live.within }).catch(
    async (error: unknown) => {
      await mend()
      throw error
    },
  )
  return async () => {
    await docker('unpause')
    await mend()
  }
}
