import { nodeShortfalls } from '../setup/cluster.ts'
import { explainTroubles } from '../diagnosis/pods.ts'
import { claimQuery, expectNone } from './support/claim.ts'

claimQuery('cluster-nodes', async ({ kubernetes }) => expectNone(await nodeShortfalls(kubernetes)))

claimQuery('cluster-pods', async ({ kubernetes }) => {
  const { items } = await kubernetes.core.listPodForAllNamespaces()
  expectNone(await explainTroubles(kubernetes, items))
})
