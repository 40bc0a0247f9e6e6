import type { V1Node, V1Toleration } from '@kubernetes/client-node'
import type { Kubernetes } from '../setup/clients/kubernetes.ts'
import { explainTroubles } from '../setup/readiness.ts'
import { claimLogs, claimQuery, expectNone, run } from './fixtures.ts'
import { emittedLines, lineShortfalls, writtenLines } from './logs.ts'

const namespace = 'monitoring'

const vectorPods = async ({ core }: Kubernetes) =>
  (await core.listNamespacedPod({ namespace, labelSelector: 'app.kubernetes.io/name=vector' })).items

const untolerated = ({ spec }: V1Node, tolerations: readonly V1Toleration[]) =>
  (spec?.taints ?? []).filter(
    (taint) =>
      !tolerations.some(
        ({ key, effect, operator, value }) =>
          (key === undefined || key === taint.key) &&
          (effect === undefined || effect === taint.effect) &&
          (operator === 'Exists' || value === taint.value),
      ),
  )

/** For each node without a Ready pod of Vector, why. */
const nodesWithoutVector = async (kubernetes: Kubernetes): Promise<readonly string[]> => {
  const [{ items: nodes }, pods, daemonSet] = await Promise.all([
    kubernetes.core.listNode(),
    vectorPods(kubernetes),
    kubernetes.apps.readNamespacedDaemonSet({ namespace, name: 'vector' }),
  ])
  const tolerations = daemonSet.spec?.template.spec?.tolerations ?? []
  const shortfalls = nodes.map(async (node) => {
    const name = node.metadata?.name
    const own = pods.filter(({ spec }) => spec?.nodeName === name)
    const troubles = await explainTroubles(kubernetes, own)
    if (own.length === 1 && troubles.length === 0) return []
    if (own.length > 1) return [`node ${name} has ${own.length} pods of Vector`]
    if (troubles.length > 0) return troubles.map((trouble) => `node ${name}: ${trouble}`)
    const taints = untolerated(node, tolerations).map(({ key, effect }) => `${key}:${effect}`)
    const why =
      taints.length > 0
        ? `DaemonSet vector does not tolerate its taint ${taints.join(', ')}`
        : 'nothing forbids one'
    return [`node ${name} has no pod of Vector: ${why}`]
  })
  return (await Promise.all(shortfalls)).flat()
}

claimQuery('vector-pods', async ({ kubernetes }) => expectNone(await nodesWithoutVector(kubernetes)))

/** What Vector itself complains about, newest last. */
const complaints = async (kubernetes: Kubernetes): Promise<readonly string[]> => {
  const pods = await vectorPods(kubernetes)
  const logs = await Promise.all(
    pods.map(({ metadata }) =>
      kubernetes.core
        .readNamespacedPodLog({ namespace, name: metadata?.name ?? '', tailLines: 200 })
        .then((text) => text.split('\n').filter((line) => line.includes(' ERROR ')))
        // This one has OpenSearch's reason; those around it say only that something was lost.
        .then((lines) => lines.findLast((line) => line.includes('Not retriable')) ?? lines.at(-1))
        .then((line) => (line ? [`Pod ${metadata?.name} says: ${line.slice(0, 1000)}`] : [])),
    ),
  )
  return logs.flat()
}

const memory: { written?: Promise<ReadonlyMap<string, number>> } = {}

claimLogs('vector-nodes', async ({ kubernetes, opensearch }) => {
  // What had been written when the claim was first looked at must come through; more is written every second.
  const written = await (memory.written ??= writtenLines(kubernetes))
  const [{ items }, lines] = await Promise.all([kubernetes.core.listNode(), emittedLines(opensearch, run.id)])
  const shortfalls = items.flatMap(({ metadata }) => {
    const node = metadata?.name ?? ''
    const count = written.get(node)
    return count ? lineShortfalls(node, count, lines) : [`node ${node}: the emitter has written nothing`]
  })
  if (shortfalls.length === 0) return
  expectNone([...shortfalls, ...(await nodesWithoutVector(kubernetes)), ...(await complaints(kubernetes))])
})
