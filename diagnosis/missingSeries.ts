import pMap from 'p-map'
import type { Grafana, PanelQuery } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { selectorsOf, selectorText, type Selector } from '../lib/promql.ts'
import { conditionOf, reasonsFor, type ClusterFacts } from './emptyPanels.ts'
import type { NamedQuery } from './panels.ts'
import { few, oneLine } from '../lib/messages.ts'

const requestsAtOnce = 8
// Each asks three queries more; a text names fewer.
const describedSelectors = 16

const instantQuery = (dataSource: string, expr: string): PanelQuery => ({
  refId: 'A',
  dataSource,
  type: 'prometheus',
  expr,
  instant: true,
  from: 'now-5m',
  to: 'now',
})

/** What is wrong with each of these PromQL queries of a data source. */
const answersTo = async (
  grafana: Grafana,
  dataSource: string,
  queries: Iterable<string>,
): Promise<ReadonlyMap<string, string | undefined>> => {
  const unique = [...new Set(queries)]
  const answers = await grafana.queryShortfalls(unique.map((expr) => instantQuery(dataSource, expr)))
  return new Map(unique.map((expr, index) => [expr, answers[index]]))
}

/** Which of these have no result. An error is no answer, and so not among them. */
const emptyAmong = async (...asked: Parameters<typeof answersTo>): Promise<ReadonlySet<string>> =>
  new Set(
    [...(await answersTo(...asked))].flatMap(([expr, shortfall]) => (shortfall === 'no data' ? [expr] : [])),
  )

/** Which of these have a result. */
const resultsAmong = async (...asked: Parameters<typeof answersTo>): Promise<ReadonlySet<string>> =>
  new Set(
    [...(await answersTo(...asked))].flatMap(([expr, shortfall]) => (shortfall === undefined ? [expr] : [])),
  )

/** A selector without series: what it records, if a rule does, and whether its emptiness is explained. */
type Lacking = Readonly<{ selector: Selector; inputs: readonly string[]; isPending: boolean }>

/** The recording rules of a Prometheus, and when it started, in milliseconds since 1970. */
type Recording = Readonly<{
  rules: readonly Readonly<{ name: string; query: string; intervalMs: number }>[]
  startedAt: number
}>

const readRecording = async (grafana: Grafana, dataSource: string): Promise<Recording> => {
  type Group = { interval: number; rules: { type: string; name: string; query: string }[] }
  const [{ groups }, { startTime }] = await Promise.all([
    grafana.askPrometheus<{ groups: Group[] }>(dataSource, 'rules', { type: 'record' }),
    grafana.askPrometheus<{ startTime: string }>(dataSource, 'status/runtimeinfo'),
  ])
  return {
    rules: groups.flatMap(({ interval, rules }) =>
      rules.map(({ name, query }) => ({ name, query, intervalMs: interval * 1000 })),
    ),
    startedAt: Date.parse(startTime),
  }
}

// Rules of a group may need one another's results, so the last may come with the third evaluation.
const evaluations = 3
// How many rules record what other rules record.
const depth = 4

/** All selectors without series that these lead to, through the rules that record them; by their text. */
const lackingSelectors = async (
  grafana: Grafana,
  dataSource: string,
  selectors: readonly Selector[],
  { rules, startedAt }: Recording,
): Promise<ReadonlyMap<string, Lacking>> => {
  const known = new Map<string, Lacking>()
  let next = selectors
  for (let level = 0; level <= depth && next.length > 0; level += 1) {
    const unknown = next.filter(({ text }) => !known.has(text))
    const recorded = unknown.flatMap(({ metric }) => (metric?.includes(':') ? [metric] : []))
    const empty = await emptyAmong(grafana, dataSource, [
      ...unknown.map(({ text }) => `count(${text})`),
      ...recorded.map((metric) => `count(${metric})`),
    ])
    next = unknown
      .filter(({ text }) => empty.has(`count(${text})`))
      .flatMap((selector) => {
        const recording = rules.filter(({ name }) => name === selector.metric && empty.has(`count(${name})`))
        const inputs = recording.flatMap(({ query }) => selectorsOf(query))
        const slowest = Math.max(0, ...recording.map(({ intervalMs }) => intervalMs))
        const isPending = Date.now() - startedAt < slowest * evaluations
        known.set(selector.text, { selector, inputs: inputs.map(({ text }) => text), isPending })
        return inputs
      })
  }
  return known
}

/** Why a selector has no series, in words: which metric or which label value is missing. */
const describeLacking = async (
  grafana: Grafana,
  dataSource: string,
  { metric, matchers, text }: Selector,
): Promise<string> => {
  if (metric === undefined) return `nothing matches ${text}`
  const alone = matchers.map((matcher) => selectorText({ metric, matchers: [matcher] }))
  const bare = selectorText({ metric, matchers: [] })
  const empty = await emptyAmong(
    grafana,
    dataSource,
    [bare, ...alone].map((one) => `count(${one})`),
  )
  if (empty.has(`count(${bare})`)) return `there is no metric ${metric}`
  const wrong = matchers.find((_, index) => empty.has(`count(${alone[index]})`))
  if (!wrong) return `${metric} has series for each matcher of ${oneLine(text)}, but none for all`
  const values = await grafana.labelValues(dataSource, wrong.label, bare)
  const { label, operator, value } = wrong
  return `${metric} has no series with ${label}${operator}"${value}"; its ${label} is ${few(values) || 'never set'}`
}

const readFacts = async ({ core }: Kubernetes): Promise<ClusterFacts> => {
  const [{ items: pods }, { items: volumes }] = await Promise.all([
    core.listPodForAllNamespaces(),
    core.listPersistentVolume(),
  ])
  return { pods, volumes }
}

/** Comparisons that leave out what is zero, which on a quiet cluster is all there is. */
const zeroFilter = /(?:!=|>)\s*0(?![\w.])/g
const allZero = 'it shows only what is not zero, and all is zero'
const nothingTogether =
  'each of its selectors has series, but together they give nothing: labels of its operands do not match, or a window holds fewer than two samples'

type EmptyQuery = Readonly<{ query: Pick<NamedQuery, 'expr' | 'selectNothing'> }>
/** Why a query may be empty, by a listed reason that holds; or, if none does, what it lacks. */
type Explanation =
  Readonly<{ reason: string; cause?: undefined }> | Readonly<{ reason?: undefined; cause: string }>

/** The reason for which each of these selectors may have no series; undefined for a selector that has none. */
const reasonFinder = (
  lacking: ReadonlyMap<string, Lacking>,
  listed: ReadonlyMap<string, string>,
): ((text: string) => string | undefined) => {
  const reasonOf = (text: string): string | undefined => {
    const found = lacking.get(text)
    const known = listed.get(text)
    if (!found || known !== undefined) return known
    if (found.isPending)
      return 'the rule that records it has not been evaluated often enough since Prometheus started'
    const inputs = found.inputs.filter((input) => lacking.has(input)).map(reasonOf)
    return inputs.includes(undefined) ? undefined : inputs[0]
  }
  return reasonOf
}

/** Explains the empty queries of one data source. */
export const explainEmpty = async <One extends EmptyQuery>(
  { grafana, kubernetes }: Readonly<{ grafana: Grafana; kubernetes: Kubernetes }>,
  dataSource: string,
  empty: readonly One[],
): Promise<readonly (One & Explanation)[]> => {
  const [recording, facts] = await Promise.all([readRecording(grafana, dataSource), readFacts(kubernetes)])
  const needed = empty.map((one) => ({
    one,
    query: one.query,
    selectors: selectorsOf(one.query.selectNothing.join(' + ') || one.query.expr),
    unfiltered: one.query.expr.replaceAll(zeroFilter, ''),
  }))
  const lacking = await lackingSelectors(
    grafana,
    dataSource,
    needed.flatMap(({ selectors }) => selectors),
    recording,
  )
  const candidates = [...lacking.values()].flatMap(({ selector }) =>
    reasonsFor(selector)
      .filter(({ cluster }) => cluster?.(facts, selector) ?? true)
      .map((one) => ({ text: selector.text, reason: one.reason, condition: conditionOf(one, selector) })),
  )
  const filtered = needed.filter(({ query, unfiltered }) => unfiltered !== query.expr)
  const holding = await resultsAmong(grafana, dataSource, [
    ...candidates.map(({ condition }) => condition),
    ...filtered.map(({ unfiltered }) => unfiltered),
  ])
  const listed = new Map(
    candidates.filter(({ condition }) => holding.has(condition)).map(({ text, reason }) => [text, reason]),
  )
  const reasonOf = reasonFinder(lacking, listed)

  const found = needed.map(({ selectors, unfiltered, one }) => {
    const missing = selectors.filter(({ text }) => lacking.has(text))
    const selector = missing.find(({ text }) => reasonOf(text) === undefined)
    const isAllZero = filtered.some(({ query }) => query === one.query) && holding.has(unfiltered)
    const [reason] = missing.map(({ text }) => reasonOf(text))
    return { one, selector, reason: selector ? undefined : (reason ?? (isAllZero ? allZero : undefined)) }
  })
  const selectors = new Map(found.flatMap(({ selector }) => (selector ? [[selector.text, selector]] : [])))
  const causes = new Map(
    await pMap(
      [...selectors.values()].slice(0, describedSelectors),
      async (selector) => [selector.text, await describeLacking(grafana, dataSource, selector)] as const,
      { concurrency: requestsAtOnce },
    ),
  )
  return found.map(({ selector, reason, one }): One & Explanation => {
    if (reason !== undefined) return { ...one, reason }
    if (!selector) return { ...one, cause: nothingTogether }
    const cause = causes.get(selector.text) ?? `nothing matches ${selector.text}`
    const isOfVariable = one.query.selectNothing.length > 0
    return { ...one, cause: isOfVariable ? `its variable has no value: ${cause}` : cause }
  })
}

/**
 * Why a PromQL query has no result, as the default data source of Grafana sees it; undefined if Grafana does not say.
 */
export const explainEmptyQuery = async (
  clients: Readonly<{ grafana: Grafana; kubernetes: Kubernetes }>,
  expr: string,
): Promise<string | undefined> => {
  try {
    const dataSources = (await clients.grafana.dataSources()).filter(({ type }) => type === 'prometheus')
    const dataSource = dataSources.find(({ isDefault }) => isDefault) ?? dataSources[0]
    if (!dataSource) return undefined
    const [explained] = await explainEmpty(clients, dataSource.uid, [{ query: { expr, selectNothing: [] } }])
    return explained?.reason ?? explained?.cause
  } catch {
    return undefined
  }
}
