import type { Shard } from '../clients/opensearch.ts'
import type { Server } from '../config/endpoints.ts'
import { curlOf } from './remedies.ts'

/**
 * A shard that no node holds.
 * @param deciders why each node refuses it, as `decider: reason`
 */
export const describeUnassigned = (
  { index, shard, primary, reason }: Shard,
  deciders: readonly string[],
  server: Server,
): string => {
  const curl = curlOf(server)
  const why = [reason, ...new Set(deciders)].filter(Boolean).join('; ')
  return (
    `${primary ? 'primary' : 'replica'} ${shard} of ${index} is unassigned: ${why}\n` +
    `  remedy: \`${curl} '${server.url}/${index}/_settings'\` shows what the index requires, \`${curl} '${server.url}/_cat/allocation?v'\` what the node has; correct what the reason names`
  )
}
