import { buildEsQuery } from '@cybernetex/kbn-es-query'

/**
 * Translates a query in the Dashboards query language as the Discover page does: in the browser, with this grammar. The
 * server only sees the resulting clause.
 * @throws Error if the query cannot be parsed
 */
export const translateDql = (
  query: string,
  { title, fields }: Readonly<{ title: string; fields: readonly unknown[] }>,
): Readonly<Record<string, unknown>> =>
  buildEsQuery({ title, fields }, [{ language: 'kuery', query }], [], {
    allowLeadingWildcards: true,
    queryStringOptions: { analyze_wildcard: true },
    ignoreFilterIfFieldNotInIndex: false,
    // The page uses the time zone of the browser; our queries use UTC.
    dateFormatTZ: 'UTC',
  })
