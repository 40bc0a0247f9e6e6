import type { Server } from '../config/endpoints.ts'
import { HttpError, serverClient } from './http.ts'
import type { Hit, LogDocument, QueryClause } from './opensearch.ts'

export type Field = Readonly<{ name: string; type: string; searchable: boolean; aggregatable: boolean }>
export type IndexPattern = Readonly<{
  id: string
  title: string
  timeField: string
  fields: readonly Field[]
}>
type NewIndexPattern = Omit<IndexPattern, 'fields'> & Partial<Pick<IndexPattern, 'fields'>>
export type SavedType = 'search' | 'visualization' | 'dashboard'

type SavedPattern = Readonly<{
  id: string
  attributes: { title: string; timeFieldName?: string; fields?: string }
}>
type StatusBody = Readonly<{
  version: { number: string }
  status: {
    overall: { state: string; title?: string }
    statuses: { id: string; state: string; message?: string }[]
  }
}>
type SearchBody = Readonly<{ rawResponse: { hits: { hits: { _index: string; _source: LogDocument }[] } } }>

/** A client of OpenSearch Dashboards 3; it sends the requests that its own pages send. */
export const connectDashboards = (server: Server) => {
  // The value does not matter, but without the header every POST is refused.
  const http = serverClient(server, { 'osd-xsrf': 'observability-e2e' })
  return {
    /** The overall state, and the parts that are not green. The HTTP status is 200 even if the state is red. */
    status: async () => {
      const { status, version } = (await http('GET', '/api/status')).body as StatusBody
      const unwell = status.statuses.filter(({ state }) => state !== 'green')
      return {
        version: version.number,
        state: status.overall.state,
        unwell: unwell.map(({ id, state, message }) => `${id} is ${state}${message ? `: ${message}` : ''}`),
      }
    },
    /** The fields of the indices that the pattern matches; empty if it matches no index. */
    fields: async (pattern: string): Promise<readonly Field[]> => {
      const params = { pattern, meta_fields: JSON.stringify(['_source', '_id', '_type', '_index', '_score']) }
      try {
        const { body } = await http('GET', '/api/index_patterns/_fields_for_wildcard', { params })
        return (body as { fields: Field[] }).fields
      } catch (error) {
        if (error instanceof HttpError && error.status === 404) return []
        throw error
      }
    },
    /**
     * Creates or replaces an index pattern. Since 3.7 the server no longer fills in its fields; users create one without.
     */
    saveIndexPattern: async ({ id, title, timeField, fields }: NewIndexPattern): Promise<void> => {
      const attributes = {
        title,
        timeFieldName: timeField,
        ...(fields && { fields: JSON.stringify(fields) }),
      }
      await http('POST', `/api/saved_objects/index-pattern/${id}?overwrite=true`, { data: { attributes } })
    },
    /** How many saved objects of a type there are. */
    countSaved: async (type: SavedType): Promise<number> => {
      const { body } = await http('GET', '/api/saved_objects/_find', { params: { type, per_page: 1 } })
      return (body as { total: number }).total
    },
    /** The id of the default index pattern; empty if none was set. */
    defaultIndex: async (): Promise<string> => {
      const { body } = await http('GET', '/api/opensearch-dashboards/settings')
      const { settings } = body as { settings: Record<string, { userValue?: string | null }> }
      return settings['defaultIndex']?.userValue ?? ''
    },
    deleteIndexPattern: async (id: string): Promise<void> => {
      await http('DELETE', `/api/saved_objects/index-pattern/${id}`)
    },
    indexPatterns: async (): Promise<readonly IndexPattern[]> => {
      const { body } = await http('GET', '/api/saved_objects/_find', {
        params: { type: 'index-pattern', per_page: 100 },
      })
      return (body as { saved_objects: SavedPattern[] }).saved_objects.map(({ id, attributes }) => ({
        id,
        title: attributes.title,
        timeField: attributes.timeFieldName ?? '',
        fields: JSON.parse(attributes.fields ?? '[]') as Field[],
      }))
    },
    /** A search as the Discover page sends it; an index that does not exist has no hits. */
    search: async (index: string, query: QueryClause, size = 1000): Promise<readonly Hit[]> => {
      const data = { params: { index, body: { query, size } } }
      const { body } = await http('POST', '/internal/search/opensearch', { data })
      const { hits } = (body as SearchBody).rawResponse.hits
      return hits.map(({ _index, _source }) => ({ index: _index, document: _source }))
    },
  }
}
export type Dashboards = ReturnType<typeof connectDashboards>
