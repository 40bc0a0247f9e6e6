import { nodeShortfalls } from '../setup/cluster.ts'
import { explainTroubles } from '../diagnosis/pods.ts'
import { area, expectNone } from './support/claim.ts'

const testClaim = area('cluster', ['cluster'])

testClaim('cluster-nodes', 'four nodes are Ready', {}, async ({ kubernetes }) =>
  expectNone(await nodeShortfalls(kubernetes)),
)

testClaim(
  'cluster-pods',
  'no pod is in trouble in any namespace',
  { items: [5, 8, 9] },
  async ({ kubernetes }) => {
    const { items } = await kubernetes.core.listPodForAllNamespaces()
    expectNone(await explainTroubles(kubernetes, items))
  },
)
