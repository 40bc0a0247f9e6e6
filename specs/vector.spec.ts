import type { V1Node } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { podsOf } from '../diagnosis/componentPods.ts'
import { deliveryBoundMs } from '../diagnosis/containerLogs.ts'
import { readIndexObstacles } from '../diagnosis/logIndexSettings.ts'
import { isSchedulable, whyNoPod } from '../diagnosis/nodes.ts'
import { explainTroubles } from '../diagnosis/pods.ts'
import { describeCause } from '../diagnosis/remedies.ts'
import type { Run } from '../setup/global.ts'
import { daemonSetOf } from '../diagnosis/workloads.ts'
import { area, expectNone } from './support/claim.ts'
import { vectorErrors } from '../diagnosis/vectorErrors.ts'
import { emittedLines, lineShortfalls, writtenLines } from '../diagnosis/logs.ts'

const testClaim = area('Vector', ['vector'])

/** The nodes whose logs Vector must collect: all of ours, and those of another cluster that take pods of any kind. */
const collectedNodes = async ({ core }: Kubernetes, { context }: Run): Promise<readonly V1Node[]> => {
  const { items } = await core.listNode()
  return context ? items.filter(isSchedulable) : items
}

/** Why nodes have no Ready pod of Vector. */
const nodesWithoutVector = async (
  kubernetes: Kubernetes,
  vector: ObjectName,
  run: Run,
): Promise<readonly string[]> => {
  const [nodes, pods, daemonSet] = await Promise.all([
    collectedNodes(kubernetes, run),
    podsOf(kubernetes, vector),
    kubernetes.apps.readNamespacedDaemonSet(vector),
  ])
  const shortfalls = nodes.map(async (node) => {
    const name = node.metadata?.name
    const own = pods.filter(({ spec }) => spec?.nodeName === name)
    const troubles = await explainTroubles(kubernetes, own)
    if (own.length === 1 && troubles.length === 0) return []
    if (own.length > 1) return [`node ${name} has ${own.length} pods of Vector`]
    if (troubles.length > 0) return troubles.map((trouble) => `node ${name}: ${trouble}`)
    return [`node ${name} has no pod of Vector: ${describeCause(whyNoPod(node, daemonSetOf(daemonSet)))}`]
  })
  return (await Promise.all(shortfalls)).flat()
}

testClaim(
  'vector-pods',
  'one Ready pod on each node, all four on kind',
  { items: [8] },
  async ({ kubernetes, components }, run) =>
    expectNone(await nodesWithoutVector(kubernetes, components.vector, run)),
)

// Vector and OpenSearch each hold a line for up to a second: the newest lines are still in flight.
const linesInFlight = 3
const writtenAtFirst = new WeakMap<Run, ReadonlyMap<string, number>>()

testClaim(
  'vector-nodes',
  'every line that the emitter of a node wrote is found once, labelled with that node',
  { items: [7, 8], needs: ['opensearch'], within: 'logs' },
  async ({ kubernetes, opensearch, components, servers }, run) => {
    // The lines written by the first try must come through; the emitters write more every second.
    const written = writtenAtFirst.get(run) ?? (await writtenLines(kubernetes, run.id))
    writtenAtFirst.set(run, written)
    const [nodes, lines] = await Promise.all([
      collectedNodes(kubernetes, run),
      emittedLines(opensearch, run.id),
    ])
    const shortfalls = nodes.flatMap(({ metadata }) => {
      const node = metadata?.name ?? ''
      const count = written.get(node)
      return count
        ? lineShortfalls(node, Math.max(count - linesInFlight, 1), lines)
        : [`node ${node}: the emitter has written nothing`]
    })
    if (shortfalls.length === 0) return
    const [absent, obstacles, errors] = await Promise.all([
      nodesWithoutVector(kubernetes, components.vector, run),
      readIndexObstacles(opensearch, deliveryBoundMs, servers.opensearch),
      vectorErrors(kubernetes, components, servers.opensearch),
    ])
    expectNone([...shortfalls, ...absent, ...obstacles.map(describeCause), ...errors])
  },
)
