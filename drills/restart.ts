import { eventually } from '../lib/eventually.ts'
import { interruption, run } from '../lib/run.ts'
import { change, killPods, reference, type Live, type Undo } from '../faults/change.ts'
import { vector, waitForVector } from '../faults/pipeline.ts'
import type { Ground } from './drill.ts'

const namespace = 'monitoring'
const fieldManager = 'observability-e2e-drill'
export const opensearch = reference('apps/v1', 'StatefulSet', namespace)('opensearch-cluster-master')
const vectorConfig = reference('v1', 'ConfigMap', namespace)('vector')

/** For what needs no undo. */
const nothingToUndo: Undo = async () => {}

/** Waits until only new pods with the label are left. */
const waitForPodsGone = async (
  { kubernetes: { core }, within }: Live,
  labelSelector: string,
  uids: readonly string[],
) =>
  eventually(
    `the old pods with ${labelSelector} are gone`,
    async () => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector })
      const left = items.filter(({ metadata }) => uids.includes(metadata?.uid ?? ''))
      if (left.length > 0)
        throw new Error(`still there: ${left.map(({ metadata }) => metadata?.name).join(', ')}`)
    },
    { within, every: 300 },
  )

const podIds = async ({ kubernetes: { core } }: Live, labelSelector: string) => {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector })
  return items.flatMap(({ metadata }) => metadata?.uid ?? [])
}

/** Deletes the pods with a label; their owner creates new ones. */
export const restartPods =
  (labelSelector: string) =>
  async (live: Live): Promise<Undo> => {
    const uids = await podIds(live, labelSelector)
    await killPods(namespace, labelSelector)(live)
    await waitForPodsGone(live, labelSelector, uids)
    return nothingToUndo
  }

/** As `kubectl rollout restart` does. */
export const rolloutRestart =
  (kind: 'DaemonSet' | 'StatefulSet', name: string) =>
  async ({ kubernetes }: Live): Promise<Undo> => {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
    const object = {
      ...reference('apps/v1', kind, namespace)(name),
      spec: { template: { metadata: { annotations } } },
    }
    await kubernetes.apply(object, fieldManager)
    return nothingToUndo
  }

export const vectorPodOn = async ({ kubernetes: { core } }: Live, node: string) => {
  const labelSelector = 'app.kubernetes.io/name=vector'
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector,
    fieldSelector: `spec.nodeName=${node}`,
  })
  const [pod] = items
  if (!pod) throw new Error(`node ${node} has no pod of Vector`)
  return pod
}

/**
 * Kills Vector's process on a node, as the OOM killer would.
 * @param andThen a shell command that runs on the node before the kubelet starts the container again
 */
export const killVector =
  (node: string, andThen = 'true') =>
  async (live: Live): Promise<Undo> => {
    const [first] = (await vectorPodOn(live, node)).status?.containerStatuses ?? []
    const container = first?.containerID?.replace(/^.*:\/\//, '') ?? ''
    const kill = `ctr --namespace k8s.io tasks kill --signal SIGKILL ${container} && ${andThen}`
    await run('docker', ['exec', node, 'sh', '-c', kill], { within: live.within })
    await eventually(
      `the kubelet has started Vector on ${node} again`,
      async () => {
        const [now] = (await vectorPodOn(live, node)).status?.containerStatuses ?? []
        if (now?.containerID === first?.containerID || now?.ready !== true)
          throw new Error('its old container is the last one')
      },
      { within: live.within, every: 300 },
    )
    return nothingToUndo
  }

/** A node, chosen by the seed. */
export const someNode = ({ cluster, seed }: Ground): string =>
  ['control-plane', 'worker', 'worker2', 'worker3'].map((name) => `${cluster}-${name}`)[seed % 4] ?? ''

/** Replaces a text in Vector's configuration and restarts Vector; the undo reverts both. */
export const withVectorConfig =
  (from: string, to: string) =>
  async (live: Live): Promise<Undo> => {
    const restart = async () => {
      await rolloutRestart('DaemonSet', 'vector')(live)
      if (!interruption.signal.aborted) await waitForVector(live)
    }
    const edit = change(vectorConfig, { '/data/vector.yaml': (old: string) => old.replaceAll(from, to) })
    const undo = await edit(live)
    await restart().catch(async (error: unknown) => {
      await undo()
      // Some pods may run with the change already.
      await rolloutRestart('DaemonSet', 'vector')(live)
      throw error
    })
    return async () => {
      await undo()
      await restart()
    }
  }

/** Removes Vector from every node. */
export const withoutVector = async (live: Live): Promise<Undo> => {
  const label = 'app.kubernetes.io/name=vector'
  const uids = await podIds(live, label)
  const undo = await change(vector, { '/spec/template/spec/nodeSelector': { nowhere: 'true' } })(live)
  await waitForPodsGone(live, label, uids).catch(async (error: unknown) => {
    await undo()
    throw error
  })
  return undo
}

/** Leaves OpenSearch with this many of its nodes. */
export const scaleOpenSearch =
  (replicas: number) =>
  async (live: Live): Promise<Undo> => {
    const undo = await change(opensearch, { '/spec/replicas': replicas })(live)
    const labelSelector = 'app.kubernetes.io/name=opensearch'
    await eventually(
      `${replicas} pods of OpenSearch are left`,
      async () => {
        const { items } = await live.kubernetes.core.listNamespacedPod({ namespace, labelSelector })
        if (items.length !== replicas) throw new Error(`there are ${items.length}`)
      },
      { within: live.within, every: 300 },
    ).catch(async (error: unknown) => {
      await undo()
      throw error
    })
    return undo
  }
