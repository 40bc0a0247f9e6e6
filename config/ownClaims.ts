import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { translateDql } from '../lib/dql.ts'
import type { JsonObject } from '../lib/json.ts'
import {
  constant,
  described,
  filled,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  schemaDocument,
  text,
  type Schema,
} from '../lib/jsonSchema.ts'
import { firstLine, messageOf, oneLine } from '../lib/messages.ts'
import { readYamlFile } from '../lib/yamlFile.ts'
import { ourServers } from './endpoints.ts'
import type { Overlay } from './overlay.ts'
import { pathInOverlay } from './overlayFolder.ts'
import type { ServerName } from './stacks.ts'

export type Bounds = Readonly<{
  atLeast?: number
  atMost?: number
  above?: number
  below?: number
  exactly?: number
}>
/** Values by JSON pointer. */
export type JsonValues = Readonly<Record<string, unknown>>
export type PromqlClaim = Readonly<{
  query: string
  value?: Bounds
  equalTo?: string
  series?: Bounds
  labels?: readonly string[]
  noResult?: true
}>
export type DqlClaim = Readonly<{ query: string; index?: string; hits: Bounds }>
export type HttpClaim = Readonly<{
  /** `namespace/name:port` */
  service?: string
  server?: ServerName
  path: string
  status?: number
  contains?: string
  json?: JsonValues
}>
export type ObjectClaim = Readonly<{
  apiVersion: string
  kind: string
  namespace?: string
  name?: string
  selector?: string
  condition?: string
  json?: JsonValues
}>
type Probed = Readonly<{ promql?: PromqlClaim; dql?: DqlClaim; http?: HttpClaim; object?: ObjectClaim }>

/** A claim of an overlay, and where it is stated. */
export type OwnClaim = Probed &
  Readonly<{
    id: string
    sentence: string
    /** Seconds. */
    limit?: number
    file: string
    line: number
    /** The line at which the text of its PromQL begins. */
    queryLine: number
  }>
type Entry = Omit<OwnClaim, 'file' | 'line' | 'queryLine'>

const required = (names: readonly string[]) => names.map((name) => ({ required: [name] }))
const matching = (pattern: string, rule: string): Schema<string> => ({ ...text, pattern, description: rule })
const bounds = (what: string, bound = number): Schema<Bounds> => ({
  ...described(
    what,
    object<Bounds>({
      atLeast: optional(bound),
      atMost: optional(bound),
      above: optional(bound),
      below: optional(bound),
      exactly: optional(bound),
    }),
  ),
  minProperties: 1,
})
const count: Schema<number> = { type: 'integer', minimum: 0 }
const json = {
  ...described(
    'JSON pointers, each with the value that must be there: `/status/readyReplicas: 2`',
    mapOf<unknown>({}),
  ),
  minProperties: 1,
}

const promql: Schema<PromqlClaim> = {
  ...described(
    'an instant query of Prometheus',
    object<PromqlClaim>({
      query: described('PromQL', filled),
      value: optional(
        bounds(
          'bounds for the value of every series; NaN and infinite values are outside all bounds, and so is a query without a result',
        ),
      ),
      equalTo: optional(
        described('PromQL whose result must have the same series with the same values', filled),
      ),
      series: optional(bounds('how many series the result has', count)),
      labels: optional(described('labels that every series must have', { ...listOf(filled), minItems: 1 })),
      noResult: optional(described('the result must be empty', constant(true))),
    }),
  ),
  anyOf: required(['value', 'equalTo', 'series', 'labels', 'noResult']),
}

const dql: Schema<DqlClaim> = described(
  'a search of OpenSearch, as the Discover page of OpenSearch Dashboards sends it',
  object<DqlClaim>({
    query: described('in the Dashboards query language; times are in UTC', filled),
    index: optional(described('index pattern; default `logs-*`', filled)),
    hits: bounds('how many documents match', count),
  }),
)

const http: Schema<HttpClaim> = {
  ...described(
    'a GET request to a server, or through the API server to a Service; without `status`, any from 200 to 299 is accepted',
    object<HttpClaim>({
      service: optional(
        matching(
          String.raw`^[a-z0-9-]+/[a-z0-9-]+:[a-z0-9-]+$`,
          'a Service as `namespace/name:port`, with the number or the name of a port',
        ),
      ),
      server: optional(
        described('a server of the stack', oneOf(Object.keys(ourServers) as readonly ServerName[])),
      ),
      path: matching('^/(?!/)', 'a path that begins with one slash, such as `/healthz`'),
      status: optional(described('the HTTP status', { type: 'integer', minimum: 100, maximum: 599 })),
      contains: optional(described('a part of the body', filled)),
      json: optional(json),
    }),
  ),
  oneOf: required(['service', 'server']),
}

const kubernetesObject: Schema<ObjectClaim> = {
  ...described(
    'an object of the cluster, or all that a selector matches',
    object<ObjectClaim>({
      apiVersion: matching(
        String.raw`^([a-z0-9.-]+/)?v\d+((alpha|beta)\d+)?$`,
        'a version, after the group if it has one, such as `v1` or `apps/v1`',
      ),
      kind: matching('^[A-Z][A-Za-z0-9]*$', 'a kind, such as `Deployment`'),
      namespace: optional(filled),
      name: optional(filled),
      selector: optional(
        described('of labels, as for `kubectl get -l`; at least one object must match', filled),
      ),
      condition: optional(
        matching(
          '^[A-Za-z][A-Za-z0-9./-]*(=(True|False|Unknown))?$',
          'a condition, as for `kubectl wait`: `Available=True`, or `Available` for the same',
        ),
      ),
      json: optional(json),
    }),
  ),
  allOf: [{ oneOf: required(['name', 'selector']) }, { anyOf: required(['condition', 'json']) }],
}

const kinds = ['promql', 'dql', 'http', 'object'] as const

const entry: Schema<Entry> = {
  ...object<Entry>({
    id: matching(
      '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
      'lower-case letters, digits and single dashes, a letter first, such as `checkout-latency`',
    ),
    sentence: described('what is true when the claim holds', filled),
    limit: optional(
      described('seconds within which it must hold; default 120, and 90 for `dql`', {
        ...number,
        minimum: 1,
        maximum: 3600,
      }),
    ),
    promql: optional(promql),
    dql: optional(dql),
    http: optional(http),
    object: optional(kubernetesObject),
  }),
  oneOf: required(kinds),
}
const entries = listOf(entry)

/** The JSON Schema of claims.yaml. */
export const ownClaimsSchema: JsonObject = schemaDocument(
  'claims.schema.json',
  'The claims.yaml of an overlay',
  entries,
  {},
)

export const defaultIndex = 'logs-*'

type Problem = Readonly<{ path: readonly (string | number)[]; text: string }>

const dqlProblem = ({ query, index = defaultIndex }: DqlClaim): readonly string[] => {
  try {
    translateDql(query, { title: index, fields: [] })
    return []
  } catch (error) {
    return [`cannot be parsed: ${firstLine(messageOf(error))}`]
  }
}

const pointerProblems = (values: JsonValues = {}): readonly Problem[] =>
  Object.keys(values)
    .filter((pointer) => !/^(\/([^~]|~[01])*)?$/s.test(pointer))
    .map((pointer) => ({
      path: ['json', pointer],
      text: 'a JSON pointer begins with a slash, and has ~0 for ~ and ~1 for a slash in a name',
    }))

/** Whether no number is within the bounds. */
const isContradiction = ({ atLeast, above, atMost, below, exactly }: Bounds): boolean => {
  const least = Math.max(atLeast ?? -Infinity, exactly ?? -Infinity)
  const most = Math.min(atMost ?? Infinity, exactly ?? Infinity)
  const [over, under] = [above ?? -Infinity, below ?? Infinity]
  return least > most || least >= under || over >= most || over >= under
}

const boundsProblems = ({ promql, dql }: Entry): readonly Problem[] =>
  (
    [
      [['promql', 'value'], promql?.value],
      [['promql', 'series'], promql?.series && { atLeast: 0, ...promql.series }],
      [['dql', 'hits'], dql?.hits && { atLeast: 0, ...dql.hits }],
    ] as const
  )
    .filter(([, given]) => given !== undefined && isContradiction(given))
    .map(([path]) => ({ path, text: 'the bounds exclude each other: no number is within all of them' }))

/** Mistakes that a JSON Schema cannot express. */
const problemsOf = (claim: Entry, before: readonly Entry[]): readonly Problem[] => {
  const [kind = 'promql'] = kinds.filter((one) => claim[one] !== undefined)
  const others = Object.keys(claim.promql ?? {}).filter((field) => field !== 'query' && field !== 'noResult')
  return [
    ...(before.some(({ id }) => id === claim.id)
      ? [{ path: ['id'], text: 'another claim has this id' }]
      : []),
    ...(claim.promql?.noResult && others.length > 0
      ? [{ path: [kind, 'noResult'], text: `excludes ${others.join(', ')}` }]
      : []),
    ...boundsProblems(claim),
    ...(claim.dql ? dqlProblem(claim.dql).map((one) => ({ path: [kind, 'query'], text: one })) : []),
    ...[...pointerProblems(claim.http?.json), ...pointerProblems(claim.object?.json)].map((one) => ({
      path: [kind, ...one.path],
      text: one.text,
    })),
  ]
}

/** The claims of a file, or everything that is wrong with it. */
export const parseOwnClaims = (
  file: string,
  content: string,
): Readonly<{ claims: readonly OwnClaim[]; problems: readonly string[] }> => {
  const read = readYamlFile(file, content, entries)
  const { value = [], problems, validEntries, positionOf, problemAt } = read
  const claims = value.map((claim, index) => {
    const line = Number(positionOf([index]).split(':').at(-2))
    const queryLine = read.textLineOf([index, 'promql', 'query'])
    const sentence = oneLine(claim.sentence).trim()
    return { ...claim, sentence, file, line, queryLine }
  })
  const valid = validEntries as readonly (readonly [number, Entry])[]
  const further = valid.flatMap(([index, claim], position) =>
    problemsOf(
      claim,
      valid.slice(0, position).map(([, one]) => one),
    ).map(({ path, text: problem }) => problemAt([index, ...path], problem)),
  )
  return { claims, problems: [...problems, ...further] }
}

/** The claims of a `claims.yaml` without mistakes. */
export const readOwnClaims = (path: string): readonly OwnClaim[] =>
  parseOwnClaims(relative('.', path), readFileSync(path, 'utf8')).claims

/** Everything that is wrong with the `claims.yaml` of an overlay. */
export const ownClaimsProblems = (overlay: Overlay): readonly string[] =>
  overlay.claims === undefined
    ? []
    : parseOwnClaims(pathInOverlay(overlay, overlay.claims), readFileSync(overlay.claims, 'utf8')).problems
