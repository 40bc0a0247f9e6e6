import { expect } from 'vitest'
import type { OpenSearch, Shard } from '../clients/opensearch.ts'
import { endpoints } from '../config/endpoints.ts'
import { explainWorkloads } from '../diagnosis/workloads.ts'
import { area, expectNone, type Clients } from './support/claim.ts'
import { vectorErrors } from '../diagnosis/vectorErrors.ts'
import { describeUnassigned } from '../diagnosis/shards.ts'

const testClaim = area('OpenSearch', ['opensearch'])

const replicaRemedy =
  `  remedy: \`curl ${endpoints.opensearch}/_index_template/logs\` shows the template, ` +
  `\`curl -X PUT -H 'content-type: application/json' -d '{"index.number_of_replicas":1}' '${endpoints.opensearch}/logs-*/_settings'\` ` +
  'sets it for existing indices'

const isLogIndex = (index: string) => index.startsWith('logs-')

const explainUnassigned = (opensearch: OpenSearch, shards: readonly Shard[]): Promise<readonly string[]> =>
  Promise.all(shards.map(async (shard) => describeUnassigned(shard, await opensearch.whyUnassigned(shard))))

testClaim(
  'opensearch-pod',
  'one pod runs, and it is a cluster of one node',
  { items: [5] },
  async ({ kubernetes, opensearch }) => {
    const workloads = ['StatefulSet/opensearch-cluster-master']
    expectNone(await explainWorkloads(kubernetes, { namespace: 'monitoring', workloads }))
    const { items } = await kubernetes.core.listNamespacedPod({
      namespace: 'monitoring',
      labelSelector: 'app.kubernetes.io/name=opensearch',
    })
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['opensearch-cluster-master-0'])
    expect((await opensearch.health()).number_of_nodes, 'nodes of the OpenSearch cluster').toBe(1)
  },
)

/** Why the cluster is green or red: yellow needs a logs index whose replica has no second node. */
const whyNotYellow = async (
  { kubernetes, opensearch }: Pick<Clients, 'kubernetes' | 'opensearch'>,
  nodes: number,
): Promise<readonly string[]> => {
  const shards = await opensearch.shards()
  const primaries = shards.filter(({ primary, state }) => primary && state === 'UNASSIGNED')
  if (primaries.length > 0) return explainUnassigned(opensearch, primaries)
  if (nodes > 1) return [`there are ${nodes} nodes, and the replicas are assigned`]
  const ofLogs = shards.filter(({ index }) => isLogIndex(index))
  if (ofLogs.length === 0) return ['there is no logs index', ...(await vectorErrors(kubernetes))]
  return ofLogs.every(({ primary }) => primary)
    ? [`no logs index has a replica; the index template for logs asks for one\n${replicaRemedy}`]
    : ['all shards are assigned']
}

testClaim(
  'opensearch-yellow',
  'the status is yellow',
  { items: [5], needs: ['vector'], within: 'logs' },
  async (clients) => {
    const { status, number_of_nodes: nodes } = await clients.opensearch.health()
    if (status === 'yellow') return
    const why = await whyNotYellow(clients, nodes)
    throw new Error(`the status is ${status}, not yellow: ${why.join('\n')}`)
  },
)

testClaim(
  'opensearch-unassigned',
  'only the replicas of the logs indices are unassigned, because there is no second node',
  { items: [5], needs: ['vector'], within: 'logs' },
  async ({ opensearch }) => {
    const shards = await opensearch.shards()
    const unassigned = shards.filter(({ state }) => state === 'UNASSIGNED')
    const foreign = unassigned.filter(({ index, primary }) => primary || !isLogIndex(index))
    expectNone(await explainUnassigned(opensearch, foreign))
    const replicas = shards.filter(({ index, primary }) => isLogIndex(index) && !primary)
    expect(replicas.length, 'replicas of the logs indices').toBeGreaterThan(0)
    expect(unassigned.map(({ index }) => index).sort(), 'indices with an unassigned shard').toEqual(
      replicas.map(({ index }) => index).sort(),
    )
    const reasons = await Promise.all(unassigned.map((shard) => opensearch.whyUnassigned(shard)))
    // A full disk, for example, would be another decider.
    expectNone(reasons.flat().filter((reason) => !reason.startsWith('same_shard:')))
  },
)
