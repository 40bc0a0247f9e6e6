import { nodeShortfalls } from '../setup/cluster.ts'
import { explainTroubles } from '../setup/readiness.ts'
import { claimQuery, expectNone } from './fixtures.ts'

claimQuery('cluster-nodes', async ({ kubernetes }) => expectNone(await nodeShortfalls(kubernetes)))

claimQuery('cluster-pods', async ({ kubernetes }) => {
  const { items } = await kubernetes.core.listPodForAllNamespaces()
  expectNone(await explainTroubles(kubernetes, items))
})
