import { nodeCount } from '../setup/cluster.ts'
import { explainTroubles } from '../setup/troubles.ts'
import { claimQuery, expectNone } from './fixtures.ts'

claimQuery('cluster-nodes', async ({ kubernetes }) => {
  const { items } = await kubernetes.core.listNode()
  const expected = await nodeCount()
  const notReady = items.flatMap(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return ready?.status === 'True'
      ? []
      : [`node ${metadata?.name} is not Ready: ${ready?.message ?? 'no status'}`]
  })
  expectNone(
    items.length === expected ? notReady : [`${items.length} nodes, ${expected} expected`, ...notReady],
  )
})

claimQuery('cluster-pods', async ({ kubernetes }) => {
  const { items } = await kubernetes.core.listPodForAllNamespaces()
  expectNone(await explainTroubles(kubernetes, items))
})
