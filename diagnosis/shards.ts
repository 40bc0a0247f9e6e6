import type { Shard } from '../clients/opensearch.ts'
import { endpoints } from '../config/endpoints.ts'

/**
 * A shard that is on no node.
 * @param deciders what keeps it from each node, as `decider: reason`
 */
export const describeUnassigned = (
  { index, shard, primary, reason }: Shard,
  deciders: readonly string[],
): string => {
  const why = [reason, ...new Set(deciders)].filter(Boolean).join('; ')
  return (
    `${primary ? 'primary' : 'replica'} ${shard} of ${index} is unassigned: ${why}\n` +
    `  remedy: \`curl '${endpoints.opensearch}/${index}/_settings'\` has what the index asks for, \`curl '${endpoints.opensearch}/_cat/allocation?v'\` what the node has: correct what the reason names`
  )
}
