import { expect } from 'vitest'
import type { OpenSearch, Shard } from '../clients/opensearch.ts'
import { endpoints } from '../config/endpoints.ts'
import { explainWorkloads } from '../diagnosis/workloads.ts'
import { area, expectNone } from './support/claim.ts'
import { vectorErrors } from '../diagnosis/vectorErrors.ts'
import { describeUnassigned } from '../diagnosis/shards.ts'

const testClaim = area('OpenSearch', ['opensearch'])

const replicaRemedy =
  `  remedy: \`curl ${endpoints.opensearch}/_index_template/logs\` has the template, ` +
  `\`curl -X PUT -H 'content-type: application/json' -d '{"index.number_of_replicas":1}' '${endpoints.opensearch}/logs-*/_settings'\` ` +
  'sets it for those that there are'

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

testClaim(
  'opensearch-yellow',
  'the status is yellow',
  { items: [5], needs: ['vector'], within: 'logs' },
  async ({ kubernetes, opensearch }) => {
    const { status, number_of_nodes: nodes } = await opensearch.health()
    if (status === 'yellow') return
    const shards = await opensearch.shards()
    const primaries = shards.filter(({ primary, state }) => primary && state === 'UNASSIGNED')
    const withReplica = shards.filter(({ index, primary }) => isLogIndex(index) && !primary)
    const why =
      primaries.length > 0
        ? (await explainUnassigned(opensearch, primaries)).join('\n')
        : nodes > 1
          ? `there are ${nodes} nodes, and replicas found a place`
          : shards.some(({ index }) => isLogIndex(index))
            ? withReplica.length === 0
              ? `no logs index has a replica; the index template for logs asks for one\n${replicaRemedy}`
              : 'all shards are assigned'
            : ['there is no logs index', ...(await vectorErrors(kubernetes))].join('\n')
    throw new Error(`the status is ${status}, not yellow: ${why}`)
  },
)

testClaim(
  'opensearch-unassigned',
  'what is unassigned are the replicas of the logs indices, for want of a second node',
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
    // A full disk, say, would be a decider of its own beside this one.
    expectNone(reasons.flat().filter((reason) => !reason.startsWith('same_shard:')))
  },
)
