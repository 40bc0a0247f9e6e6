import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { podName } from '../diagnosis/pods.ts'
import { change, reference, type Live, type Undo } from '../faults/change.ts'
import { spareWorker } from '../faults/node.ts'
import { eventually } from '../lib/eventually.ts'
import { run } from '../lib/run.ts'
import { nodeContainers } from '../setup/cluster.ts'

const docker = (live: Live, command: 'stop' | 'start', nodes: readonly string[]) =>
  run('docker', [command, ...nodes], { within: live.within, evenWhenInterrupted: true })

/** Switches nodes off; the undo switches them on again, in this order. */
const switchOff = async (live: Live, nodes: readonly string[]): Promise<Undo> => {
  const on = async () => {
    for (const node of nodes) await docker(live, 'start', [node])
  }
  await docker(live, 'stop', nodes).catch(async (error: unknown) => {
    await on()
    throw error
  })
  return on
}

export const stopSpareWorker = async (live: Live): Promise<Undo> => switchOff(live, [await spareWorker(live)])

/** Starts the nodes in the order of their addresses: Docker assigns addresses in the order of the starts, so each keeps its own. */
export const stopEverything = async (live: Live): Promise<Undo> => {
  const nodes = await nodeContainers(live.cluster, live.within)
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  const addresses = await Promise.all(
    nodes.map((node) => run('docker', ['inspect', '--format', format, node], { within: live.within })),
  )
  const lastByte = (index: number) => Number(addresses[index]?.stdout.trim().split('.').at(-1))
  const order = nodes.map((node, index) => ({ node, at: lastByte(index) })).toSorted((a, b) => a.at - b.at)
  return switchOff(
    live,
    order.map(({ node }) => node),
  )
}

const evict = async ({ core }: Kubernetes, namespace: string, name: string): Promise<void> => {
  const body = { metadata: { name, namespace } }
  await core.createNamespacedPodEviction({ name, namespace, body }).catch((error: unknown) => {
    if (apiStatus(error) !== 404) throw error
  })
}

/** Drains a worker as `kubectl drain` does: evictions respect the pod disruption budgets. */
export const drainSpareWorker = async (live: Live): Promise<Undo> => {
  const { kubernetes, within } = live
  const worker = await spareWorker(live)
  const undo = await change(reference('v1', 'Node', '')(worker), { '/spec/unschedulable': true })(live)
  const movable = async () => {
    const { items } = await kubernetes.core.listPodForAllNamespaces({
      fieldSelector: `spec.nodeName=${worker}`,
    })
    return items.filter(
      ({ metadata }) =>
        !metadata?.ownerReferences?.some(({ kind }) => kind === 'DaemonSet' || kind === 'Node'),
    )
  }
  await eventually(
    `what can live elsewhere has left ${worker}`,
    async () => {
      const left = await movable()
      for (const { metadata } of left)
        await evict(kubernetes, metadata?.namespace ?? '', metadata?.name ?? '')
      if (left.length > 0) throw new Error(`still there: ${left.map(podName).join(', ')}`)
    },
    { within },
  ).catch(async (error: unknown) => {
    await undo()
    throw error
  })
  return undo
}
