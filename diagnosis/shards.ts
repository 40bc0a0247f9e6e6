import type { Shard } from '../clients/opensearch.ts'
import { endpoints } from '../config/endpoints.ts'

/**
 * A shard that no node holds.
 * @param deciders why each node refuses it, as `decider: reason`
 */
export const describeUnassigned = (
  { index, shard, primary, reason }: Shard,
  deciders: readonly string[],
): string => {
  const why = [reason, ...new Set(deciders)].filter(Boolean).join('; ')
  return (
    `${primary ? 'primary' : 'replica'} ${shard} of ${index} is unassigned: ${why}\n` +
    `  remedy: \`curl '${endpoints.opensearch}/${index}/_settings'\` shows what the index requires, \`curl '${endpoints.opensearch}/_cat/allocation?v'\` what the node has; correct what the reason names`
  )
}
