import { release } from 'node:os'
import { NoAnswerError } from '../clients/http.ts'
import { nodeShortfalls } from '../setup/cluster.ts'
import type { StackName } from '../config/stacks.ts'
import { clockShortfalls, prometheusClocks, readClock, type Reading } from '../diagnosis/clocks.ts'
import { outOfMemory } from '../diagnosis/outOfMemory.ts'
import { outdatedPods } from '../diagnosis/outdatedPods.ts'
import { explainTroubles } from '../diagnosis/pods.ts'
import { area, expectNone, type Clients } from './support/claim.ts'

const testClaim = area('cluster', ['cluster'])

testClaim('cluster-nodes', 'every node is Ready, all four on kind', {}, async ({ kubernetes }, run) =>
  expectNone(await nodeShortfalls(kubernetes, run.context === undefined)),
)

testClaim(
  'cluster-pods',
  'no pod is in trouble in any namespace',
  { items: [5, 8, 9], needs: ['overlay'] },
  async ({ kubernetes }) => {
    const { items } = await kubernetes.core.listPodForAllNamespaces()
    expectNone([...(await explainTroubles(kubernetes, items)), ...outOfMemory(items)])
  },
)

testClaim(
  'cluster-pods-current',
  'no pod runs with an older ConfigMap or Secret than there is',
  {},
  async ({ kubernetes }) => expectNone(await outdatedPods(kubernetes)),
)

const opensearchClocks = async ({ opensearch }: Clients): Promise<readonly Reading[]> => {
  const asked = Date.now()
  const clocks = await opensearch.clocks()
  const answered = Date.now()
  return Object.entries(clocks).map(([node, time]) => ({
    ...{ asked, answered, time, coarseness: 0 },
    whose: `OpenSearch (${node})`,
  }))
}

// A server that does not answer has no clock to compare; other claims say that it does not.
const ifItAnswers = (readings: Promise<readonly Reading[]>): Promise<readonly Reading[]> =>
  readings.catch((error: unknown) => {
    if (error instanceof NoAnswerError) return []
    throw error
  })

testClaim(
  'cluster-clocks',
  'this machine, the API server, every node, Prometheus and OpenSearch agree on the time within five seconds',
  {},
  async (clients, run) => {
    const isUp = (stack: StackName) => run.stacks.includes(stack) && run.failures[stack] === undefined
    const { items: nodes } = await clients.kubernetes.core.listNode()
    const readings = await Promise.all([
      readClock('the API server', 1000, clients.kubernetes.clock).then((reading) => [reading]),
      isUp('kube-prometheus-stack') ? ifItAnswers(prometheusClocks(clients.prometheus, nodes)) : [],
      isUp('opensearch') && (run.obstacles.opensearch ?? run.context?.missing.opensearch) === undefined
        ? ifItAnswers(opensearchClocks(clients))
        : [],
    ])
    const kernels = nodes.flatMap(({ status }) => status?.nodeInfo?.kernelVersion ?? [])
    expectNone(clockShortfalls(readings.flat(), { here: release(), nodes: kernels }))
  },
)
