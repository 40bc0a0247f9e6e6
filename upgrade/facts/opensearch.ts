import type { OpenSearch } from '../../clients/opensearch.ts'
import type { Observation } from '../observation.ts'
import { named } from './named.ts'

// The server and its plugins create and delete these by themselves.
const isOwn = (name: string) => !name.startsWith('.') && !name.startsWith('top_queries')

/** The name with `*` for its date: every day has a new index, which is not a difference. */
export const withoutDate = (name: string) => name.replace(/\d{4}[-.]\d{2}[-.]\d{2}/, '*')

/** The server, its indices, and the nodes and namespaces that their logs come from. */
export const observeOpenSearch = async (
  opensearch: OpenSearch,
): Promise<Pick<Observation, 'opensearch' | 'logs'>> => {
  const [version, indices, nodes, namespaces] = await Promise.all([
    opensearch.version(),
    opensearch.indices(),
    opensearch.countLogsBy('kubernetes.pod_node_name'),
    opensearch.countLogsBy('kubernetes.namespace_name'),
  ])
  const byName = Map.groupBy(
    indices.filter(({ name }) => isOwn(name)),
    ({ name }) => withoutDate(name),
  )
  return {
    opensearch: {
      version,
      indices: named(
        [...byName].map(([name, all]) => [
          name,
          {
            documents: all.reduce((sum, { documents }) => sum + documents, 0),
            fields: named(all.flatMap(({ fields }) => Object.entries(fields))),
          },
        ]),
      ),
    },
    logs: { nodes: named(Object.entries(nodes)), namespaces: named(Object.entries(namespaces)) },
  }
}
