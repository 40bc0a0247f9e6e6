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

/** How many copies each shard has, with its primary; no node holds two of them. */
const copiesOf = (shards: readonly Shard[]): readonly (readonly [index: string, copies: number])[] =>
  [...Map.groupBy(shards, ({ index, shard }) => `${index} ${shard}`).values()].map((copies) => [
    copies[0]?.index ?? '',
    copies.length,
  ])

/**
 * The status of a cluster whose data nodes are all there: yellow if there are too few of them for the copies of a shard.
 * @param logReplicas how many replicas logs indices should have, also while they have none
 */
export const expectedStatus = (
  shards: readonly Shard[],
  logReplicas: number,
  dataNodes: number,
): 'green' | 'yellow' => {
  const copies = copiesOf(shards).map(([, count]) => count)
  return Math.max(1 + logReplicas, ...copies) > dataNodes ? 'yellow' : 'green'
}

/** The index of every replica for which there is no data node, sorted. */
export const surplusReplicas = (shards: readonly Shard[], dataNodes: number): readonly string[] =>
  copiesOf(shards)
    .flatMap(([index, copies]) => Array.from({ length: Math.max(copies - dataNodes, 0) }, () => index))
    .sort()
