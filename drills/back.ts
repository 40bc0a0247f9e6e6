import type { Kubernetes } from '../clients/kubernetes.ts'
import { stackOf } from '../config/stacks.ts'
import { namespaceReader, waitForWorkloads } from '../diagnosis/workloads.ts'
import { eventually } from '../lib/eventually.ts'
import { silentEndpoints } from '../upgrade/probes.ts'
import type { Run } from '../setup/global.ts'
import { nodeShortfalls } from '../setup/cluster.ts'
import { readWritten } from '../setup/logWriters.ts'

/** Waits until every node is Ready, every workload has its pods, and every server and every writer answers. */
export const everythingBack = async (
  kubernetes: Kubernetes,
  { stacks, id, servers }: Run,
  within: number,
): Promise<void> => {
  await eventually(
    'every node is Ready',
    async () => {
      const shortfalls = await nodeShortfalls(kubernetes)
      if (shortfalls.length > 0) throw new Error(shortfalls.join('\n'))
    },
    { within },
  )
  const waiting = { within, read: namespaceReader(kubernetes), allNodesSince: () => 0 }
  await Promise.all(stacks.map((name) => waitForWorkloads(kubernetes, stackOf(name), waiting)))
  await eventually(
    'every server answers, and so does every log writer',
    async () => {
      const [silent] = await Promise.all([silentEndpoints(servers), readWritten(kubernetes, id)])
      if (silent.length > 0) throw new Error(silent.join(', '))
    },
    { within },
  )
}
