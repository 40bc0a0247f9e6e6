// The package ships TypeScript sources that do not compile under strict settings. These are the types that we use.
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
