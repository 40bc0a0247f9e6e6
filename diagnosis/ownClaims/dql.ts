import type { Dashboards, Field } from '../../clients/dashboards.ts'
import type { Components } from '../../config/components.ts'
import type { Servers } from '../../config/endpoints.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { SearchResult, OpenSearch } from '../../clients/opensearch.ts'
import type { DqlClaim } from '../../config/ownClaims.ts'
import { countOf, few } from '../../lib/messages.ts'
import { nearest } from '../../lib/nearest.ts'
import { findMissingLogs, readCollection } from '../containerLogs.ts'
import { missingLogShortfalls } from '../missingLogs.ts'
import { describeBounds, isWithin } from './bounds.ts'
import { expected, type Judgement } from './judgement.ts'

const shownHits = 3

const describeHit = ({ index, document }: SearchResult['hits'][number]) =>
  `${index}: ${('message' in document ? String(document.message) : JSON.stringify(document)).slice(0, 200)}`

/** Judges the documents that a search found. */
export const judgeHits = ({ hits: bounds }: DqlClaim, { total, hits }: SearchResult): Judgement => {
  const examples = hits.slice(0, shownHits).map((hit) => `\n    ${describeHit(hit)}`)
  return {
    figures: countOf(total, 'hit'),
    shortfalls: isWithin(bounds, total)
      ? []
      : [expected(`${describeBounds(bounds)} hits`, `${countOf(total, 'hit')}${examples.join('')}`)],
  }
}

/** The fields that a query names. */
const fieldsIn = (dql: string): readonly string[] => [
  ...new Set(
    [
      ...dql
        .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
        .matchAll(/(?<![\w@.:-])([A-Za-z_@][\w@.-]*)\s*(?::|[<>]=?)/g),
    ].map(([, field = '']) => field),
  ),
]

/** The values that a query gives a field: `kubernetes.namespace_name: "shop"`. */
const valuesOf = (dql: string, field: string): readonly string[] =>
  [...dql.matchAll(new RegExp(`${field.replaceAll('.', '\\.')}\\s*:\\s*"?([a-z0-9.-]+)`, 'g'))].map(
    ([, value = '']) => value,
  )

/** Fields that no document has: DQL searches for them without an error. */
export const unknownFields = (dql: string, index: string, fields: readonly Field[]): readonly string[] => {
  const names = fields.map(({ name }) => name)
  return fieldsIn(dql)
    .filter((field) => !names.includes(field))
    .map((field) => {
      const meant = nearest(field, names)
      return `  cause: no document of ${index} has a field ${field}${meant === undefined ? '' : `; did you mean ${meant}?`}`
    })
}

type LogClients = Readonly<{ kubernetes: Kubernetes; opensearch: OpenSearch; dashboards: Dashboards }>
type Located = LogClients & Readonly<{ components: Required<Components>; servers: Required<Servers> }>

/** @throws Error if a pattern matches no index: no search there finds anything */
export const searchedFields = async (
  { dashboards, opensearch }: LogClients,
  index: string,
): Promise<readonly Field[]> => {
  const fields = await dashboards.fields(index)
  if (fields.length > 0) return fields
  const names = (await opensearch.indices()).map(({ name }) => name).filter((name) => !name.startsWith('.'))
  throw new Error(
    `no index matches ${index}; the indices are: ${few(names.sort(), 8) || 'none'}\n` +
      '  remedy: correct `index` in claims.yaml, or find out why nothing was written',
  )
}

/** Logs of the namespaces that a query names that have not arrived, with the cause. */
export const explainMissingHits = async (
  { kubernetes, opensearch, components, servers }: Located,
  dql: string,
): Promise<readonly string[]> => {
  const namespaces = valuesOf(dql, 'kubernetes.namespace_name')
  if (namespaces.length === 0) return []
  const missing = await findMissingLogs(kubernetes, opensearch, components.vector, namespaces)
  return missing.length === 0
    ? []
    : missingLogShortfalls(
        missing,
        await readCollection(kubernetes, components.vector, opensearch, servers.opensearch),
        Date.now(),
      )
}
