import { buildEsQuery } from '@cybernetex/kbn-es-query'
import type { IndexPattern } from '../../clients/dashboards.ts'
import type { QueryClause } from '../../clients/opensearch.ts'

/**
 * A query of the Dashboards query language as the search clause that the page would send: the page translates in the
 * browser, with this very grammar, and the server sees the clause alone.
 * @throws Error where the query cannot be parsed
 */
export const translateDql = (
  query: string,
  { title, fields }: Pick<IndexPattern, 'title' | 'fields'>,
): QueryClause =>
  buildEsQuery({ title, fields }, [{ language: 'kuery', query }], [], {
    allowLeadingWildcards: true,
    queryStringOptions: { analyze_wildcard: true },
    ignoreFilterIfFieldNotInIndex: false,
    // The page takes the browser's; instants in our queries are written in UTC.
    dateFormatTZ: 'UTC',
  })
