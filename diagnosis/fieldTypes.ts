import type { FieldTypes } from '../clients/opensearch.ts'
import type { Server } from '../config/endpoints.ts'
import { few } from '../lib/messages.ts'
import { curlOf } from './remedies.ts'

const mostFields = 5

/**
 * The fields that have several types, and which indices are the odd ones: those of the type that fewer indices have, or
 * of two equally frequent ones the type of the older index.
 */
export const fieldTypeShortfalls = (fields: FieldTypes, server: Server): readonly string[] => {
  const mixed = Object.entries(fields).filter(([, types]) => Object.keys(types).length > 1)
  const shortfalls = mixed.map(([field, types]) => {
    const newest = (indices: readonly string[]) => [...indices].sort().at(-1) ?? ''
    const [, ...odd] = Object.entries(types).sort(
      ([, one], [, other]) => other.length - one.length || newest(other).localeCompare(newest(one)),
    )
    const oddIndices = odd.flatMap(([, indices]) => indices)
    const described = Object.entries(types).map(([type, indices]) => `${type} in ${few(indices)}`)
    const [first = ''] = oddIndices
    return (
      `field ${field} has several types: ${described.join('; ')}; the odd one is ${few(oddIndices)}\n` +
      `  remedy: \`${curlOf(server)} -X DELETE '${server.url}/${first}'\` if it is not needed, or reindex it into an index with the mapping of the others`
    )
  })
  const more = mixed.length - mostFields
  return [...shortfalls.slice(0, mostFields), ...(more > 0 ? [`and ${more} more fields`] : [])]
}
