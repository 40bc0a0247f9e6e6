import pMap from 'p-map'
import type { Dashboard, Grafana, PanelQuery } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { selectorsOf, selectorText, type Selector } from '../lib/promql.ts'
import { conditionOf, reasonsFor, type ClusterFacts } from './emptyPanels.ts'
import type { NamedQuery } from './panels.ts'

const requestsAtOnce = 8
// Each asks three queries more; a text names fewer.
const describedSelectors = 16
const shownNames = 3

/** `a, b, c and 4 more` */
export const few = (names: readonly string[]): string => {
  const rest = names.length - shownNames
  return rest > 0 ? `${names.slice(0, shownNames).join(', ')} and ${rest} more` : names.join(', ')
}

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
  if (!wrong)
    return `${metric} has series for each matcher of ${text.replaceAll(/\s+/g, ' ')}, but none for all`
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

type EmptyQuery = Readonly<{ dashboard: Dashboard; query: NamedQuery }>

/** The empty queries of one data source that no reason explains, each with what is missing. */
export const unexplained = async (
  { grafana, kubernetes }: Readonly<{ grafana: Grafana; kubernetes: Kubernetes }>,
  dataSource: string,
  empty: readonly EmptyQuery[],
): Promise<readonly Readonly<{ dashboard: Dashboard; query: NamedQuery; cause: string }>[]> => {
  const [recording, facts] = await Promise.all([readRecording(grafana, dataSource), readFacts(kubernetes)])
  const needed = empty.map(({ query, ...rest }) => ({
    ...rest,
    query,
    selectors: selectorsOf(query.selectNothing.join(' + ') || query.expr),
  }))
  const all = needed.flatMap(({ selectors }) => selectors)
  const lacking = await lackingSelectors(grafana, dataSource, all, recording)

  const conditions = [...lacking.values()].map(({ selector }) => ({
    text: selector.text,
    reasons: reasonsFor(selector)
      .filter(({ cluster }) => cluster?.(facts, selector) ?? true)
      .map((reason) => conditionOf(reason, selector)),
  }))
  const unfiltered = ({ query }: EmptyQuery) => query.expr.replaceAll(zeroFilter, '')
  const filtered = needed.filter(({ query }) => query.expr.search(zeroFilter) !== -1)
  const holding = await resultsAmong(grafana, dataSource, [
    ...conditions.flatMap(({ reasons }) => reasons),
    ...filtered.map(unfiltered),
  ])
  const explained = new Set(
    conditions.filter(({ reasons }) => reasons.some((one) => holding.has(one))).map(({ text }) => text),
  )
  const isExplained = (text: string): boolean => {
    if (explained.has(text)) return true
    const inputs = lacking.get(text)?.inputs.filter((input) => lacking.has(input)) ?? []
    return (lacking.get(text)?.isPending ?? false) || (inputs.length > 0 && inputs.every(isExplained))
  }

  const left = needed.flatMap(({ selectors, ...one }) => {
    const missing = selectors.filter(({ text }) => lacking.has(text))
    const toExplain = missing.filter(({ text }) => !isExplained(text))
    if (toExplain.length > 0) return [{ ...one, selector: toExplain[0] }]
    const isAllZero = filtered.some(({ query }) => query === one.query) && holding.has(unfiltered(one))
    return missing.length > 0 || isAllZero ? [] : [{ ...one, selector: undefined }]
  })
  const selectors = new Map(left.flatMap(({ selector }) => (selector ? [[selector.text, selector]] : [])))
  const causes = new Map(
    await pMap(
      [...selectors.values()].slice(0, describedSelectors),
      async (selector) => [selector.text, await describeLacking(grafana, dataSource, selector)] as const,
      { concurrency: requestsAtOnce },
    ),
  )
  return left.map(({ selector, ...one }) => {
    if (!selector)
      return { ...one, cause: 'each of its selectors has series, but together they give nothing' }
    const cause = causes.get(selector.text) ?? `nothing matches ${selector.text}`
    const isOfVariable = one.query.selectNothing.length > 0
    return { ...one, cause: isOfVariable ? `its variable has no value: ${cause}` : cause }
  })
}
