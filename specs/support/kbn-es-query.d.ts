// The package's own types are TypeScript sources that do not compile under strict settings; this is what we use of it.
type Query = Readonly<{ language: 'kuery'; query: string }>
type Options = Readonly<{
  allowLeadingWildcards: boolean
  queryStringOptions: Readonly<Record<string, unknown>>
  ignoreFilterIfFieldNotInIndex: boolean
  dateFormatTZ: string
}>

export const buildEsQuery: (
  indexPattern: Readonly<{ title: string; fields: readonly unknown[] }>,
  queries: readonly Query[],
  filters: readonly never[],
  options: Options,
) => Record<string, unknown>
