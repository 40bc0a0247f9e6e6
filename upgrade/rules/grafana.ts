import { countOf, few } from '../../lib/messages.ts'
import { selectorsOf } from '../../lib/promql.ts'
import type { Observation, Panel } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { compareEach, explainNewResult, needsOf, type Rule } from './common.ts'
import { sameQuery } from './queries.ts'

type Dashboard = Observation['dashboards'][string]

const metricNames = (expr: string): readonly string[] =>
  selectorsOf(expr).flatMap(({ metric }) => metric ?? [])

/** The data sources that a dashboard names. */
const sourcesOf = (title: string, { dataSources: all, dataSourceUsers }: Observation): readonly string[] =>
  Object.entries(all)
    .filter(([name, { uid }]) => [name, uid].some((known) => dataSourceUsers[known]?.includes(title)))
    .map(([name]) => `data source:${name}`)

const queryOf = ({ expr, template = expr }: Panel) => template

/** A panel that is gone, or whose data source is, unless another panel of the dashboard has its query. */
const gonePanel = (
  uid: string,
  name: string,
  was: Panel,
  old: Dashboard,
  now: Dashboard,
  sources: readonly string[],
): Difference | undefined => {
  if (was.answer !== 'data') return undefined
  const finding = findingsAbout(`panel/${uid}/${name}`, `panel:${name}`)
  const panel = `panel "${name}" of "${old.title}"`
  const isMoved = Object.values(now.panels).some((other) => sameQuery(queryOf(other), queryOf(was)))
  if (isMoved) return undefined
  const metrics = metricNames(queryOf(was))
  const [successor] =
    Object.entries(now.panels).find(([, one]) => {
      const shown = metricNames(queryOf(one))
      return metrics.length > 0 && metrics.every((metric) => shown.includes(metric))
    }) ?? []
  return successor === undefined
    ? finding(
        'new',
        'medium',
        `${panel} is gone or has no data source, and no other panel of the dashboard shows its metrics: ${was.expr}`,
        'keep the old dashboard in a ConfigMap of your own',
        { dependsOn: [`dashboard:${old.title}`, ...sources] },
      )
    : finding(
        'change',
        'medium',
        `${panel} is gone; "${successor}" shows the same metrics with a different query`,
        'compare the two queries',
      )
}

/** Labels that a variable filled in before and leaves empty now, with their values before. */
const emptiedLabels = (was: Panel, is: Panel): ReadonlyMap<string, string> => {
  if (is.template === undefined || is.answer === 'data') return new Map()
  const matchersOf = ({ expr }: Panel) => selectorsOf(expr).flatMap(({ matchers }) => matchers)
  const empty = matchersOf(is).filter(({ value }) => value === '')
  return new Map(
    matchersOf(was)
      .filter(({ label, value }) => value !== '' && empty.some((one) => one.label === label))
      .map(({ label, value }) => [label, value]),
  )
}

const variableName = (title: string, label: string) => `variable:${title}/${label}`

/** Variables without a value: all panels that use them are blank. */
const emptiedVariables = (
  uid: string,
  old: Dashboard,
  now: Dashboard,
  before: Observation,
): readonly Difference[] => {
  const uses = Object.entries(old.panels).flatMap(([name, was]) => {
    const is = now.panels[name]
    if (!is || was.answer !== 'data') return []
    const jobs = metricNames(was.expr).flatMap((metric) => before.metrics[metric]?.jobs ?? [])
    return [...emptiedLabels(was, is)].map(([label, value]) => ({ label, value, jobs }))
  })
  return [...Map.groupBy(uses, ({ label }) => label)].map(([label, same]) =>
    findingsAbout(`variable/${uid}/${label}`, variableName(old.title, label))(
      'new',
      'high',
      `the variable for label ${label} of dashboard "${old.title}" has no value any more; it was "${same[0]?.value}"`,
      'correct the query of the variable: what it selects, such as a job or another label, is not what it was',
      { dependsOn: [...new Set(same.flatMap(({ jobs }) => jobs))].map((job) => `job:${job}`) },
    ),
  )
}

const panelDifferences = (
  uid: string,
  old: Dashboard,
  now: Dashboard,
  before: Observation,
  after: Observation,
): readonly Difference[] =>
  compareEach(old.panels, now.panels, (name, was, is) => {
    if (!was) return undefined
    if (!is) return gonePanel(uid, name, was, old, now, sourcesOf(old.title, before))
    // As the claim about panels names it.
    const about = `panel:${name.replace(/^(.*) \/ (.*)$/, '"$1" $2')}`
    const finding = findingsAbout(`panel/${uid}/${name}`, about)
    const panel = `panel "${name}" of "${old.title}"`
    if (is.answer === 'data') {
      if (was.answer === 'data') return undefined
      const { verdict, why } = explainNewResult(was, is, before, after)
      return finding(verdict, 'low', `${panel} has data now, ${why}`, '', { byEvents: true })
    }
    if (was.answer !== 'data') {
      const remedy = 'check whether what it shows exists in this cluster'
      return finding('pre-existing', 'low', `${panel} has no data, as before: ${is.answer}`, remedy)
    }
    const isEmpty = is.answer === 'no data'
    return finding(
      'new',
      isEmpty ? 'medium' : 'high',
      `${panel} ${isEmpty ? 'has no data' : `shows an error (${is.answer})`}: ${is.expr}`,
      'run its query in Prometheus part by part to find the part without a result',
      {
        dependsOn: [
          `dashboard:${old.title}`,
          ...[...emptiedLabels(was, is).keys()].map((label) => variableName(old.title, label)),
          ...sourcesOf(old.title, before),
          ...needsOf(is.expr, before),
        ],
      },
    )
  })

/** Dashboards that are gone or changed their uid, and panels that lost their data. */
export const dashboards: Rule = (before, after) =>
  compareEach(before.dashboards, after.dashboards, (uid, old, now) => {
    if (old && now)
      return [...emptiedVariables(uid, old, now, before), ...panelDifferences(uid, old, now, before, after)]
    const title = (old ?? now)?.title
    const finding = findingsAbout(`dashboard/${uid}`, `dashboard:${title}`)
    if (!old) {
      const { length } = Object.keys(now?.panels ?? {})
      const queries = `${length} ${length === 1 ? 'query' : 'queries'}`
      return finding('change', 'low', `dashboard "${title}" is new, with ${queries}`)
    }
    const [newUid] = Object.entries(after.dashboards).find(([, other]) => other.title === title) ?? []
    if (newUid === undefined) {
      const remedy = `keep it as your own ConfigMap: the old version has its JSON at /api/dashboards/uid/${uid}`
      return finding('new', 'high', `dashboard "${title}" is gone`, remedy)
    }
    const sentence = `the uid of dashboard "${title}" changed from ${uid} to ${newUid}: links to it are broken`
    return finding('new', 'medium', sentence, `replace /d/${uid} by /d/${newUid} in links and alerts`)
  })

type DataSource = Observation['dataSources'][string]

/** A data source with a different uid or type, or that is no longer the default. */
const identityDifferences = (
  name: string,
  old: DataSource,
  now: DataSource,
  { dataSourceUsers, dashboards: all }: Observation,
): readonly Difference[] => {
  const finding = findingsAbout(`data-source/${name}`, `data source:${name}`)
  const users = dataSourceUsers[old.uid] ?? []
  const blank =
    users.length === 0
      ? 'dashboards and alert rules that name it go blank; none is installed here'
      : `${countOf(users.length, 'dashboard')} ${users.length === 1 ? 'names' : 'name'} ${old.uid} and ${users.length === 1 ? 'goes' : 'go'} blank: ${few(users)}`
  const panels = Object.values(all).flatMap((dashboard) => Object.keys(dashboard.panels))
  return [
    ...(old.uid === now.uid
      ? []
      : [
          finding(
            'new',
            'high',
            `the uid of data source ${name} changed from ${old.uid} to ${now.uid}: ${blank}`,
            "set its uid in the chart's values to the old one, or change it in the dashboards",
            { id: `data-source/${name}/uid`, changesMeaning: true },
          ),
        ]),
    ...(old.type === now.type
      ? []
      : [
          finding(
            'new',
            'high',
            `the type of data source ${name} changed from ${old.type} to ${now.type}: queries in the old language fail`,
            'add a data source of the old type beside it',
            { id: `data-source/${name}/type`, changesMeaning: true },
          ),
        ]),
    ...(old.isDefault && !now.isDefault && panels.length > 0
      ? [
          finding(
            'new',
            'medium',
            `data source ${name} is no longer the default: panels without a data source, and new panels, now query a different one`,
            "set isDefault of the data source in the chart's values",
            { id: `data-source/${name}/default`, changesMeaning: true },
          ),
        ]
      : []),
  ]
}

/** The URL in one spelling: a Service has several names in the cluster, such as `a.monitoring` and `a.monitoring.svc`. */
const serverOf = (url: string): string =>
  url.replace(/\.svc(\.cluster\.local)?(?=[:/]|$)/, '').replace(/\/+$/, '')

/** Data sources that are gone, unhealthy, or changed their uid, type or URL. */
export const dataSources: Rule = (before, after) =>
  compareEach(before.dataSources, after.dataSources, (name, old, now) => {
    const finding = findingsAbout(`data-source/${name}`, `data source:${name}`)
    if (!now) {
      const sentence = `data source ${name} is gone: every panel that uses it has no data`
      return finding('new', 'high', sentence, "see Grafana's data sources in the chart's values")
    }
    if (!old) return finding('change', 'low', `data source ${name} (${now.type}) is new`)
    const identity = identityDifferences(name, old, now, after)
    if (now.health !== old.health) {
      const sentence = `the health of data source ${name} changed from ${old.health} to ${now.health}`
      return [
        ...identity,
        now.health === 'OK'
          ? finding('fixed', 'low', sentence)
          : finding('new', 'high', sentence, `check whether Grafana can reach ${now.url}`),
      ]
    }
    if (now.url === old.url) return identity
    const sentence = `the URL of data source ${name} changed from ${old.url} to ${now.url}`
    return [
      ...identity,
      serverOf(old.url) === serverOf(now.url)
        ? finding('change', 'low', sentence)
        : finding(
            'new',
            'high',
            `${sentence}: panels that use it now query a different server`,
            "set the URL of the data source in the chart's values to the old one",
            { id: `data-source/${name}/url`, changesMeaning: true },
          ),
    ]
  })
