import { few } from '../../lib/messages.ts'
import { acceptsValue } from '../../clients/alertMatchers.ts'
import { selectorsOf } from '../../lib/promql.ts'
import type { Fields, Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import type { Pair } from '../structuralDiff.ts'
import { fieldDifferences, leafTexts } from './common.ts'
import { usersOf } from './users.ts'

type Query = Readonly<{ user: string; expr: string; series: number }>
const queriesOf = ({ recordingRules, dashboards }: Observation): readonly Query[] => [
  ...Object.entries(recordingRules).map(([name, { expr, values }]) => ({
    user: `rule ${name}`,
    expr,
    series: values?.series ?? 0,
  })),
  ...Object.values(dashboards).flatMap(({ title, panels }) =>
    Object.entries(panels).map(([name, { expr, values }]) => ({
      user: `panel "${name}" of "${title}"`,
      expr,
      series: values?.series ?? 0,
    })),
  ),
]

/** Whether a relabeling such as `drop container_network_.*;cali.*` on `__name__;interface` can drop series of a metric. */
const canDrop = (field: string, labels: string, metric: string): boolean => {
  const [, action, regex = ''] = /(?:^|[.: ])(drop|keep) (.*)$/.exec(field) ?? []
  const place = labels.split(';').indexOf('__name__')
  if (action !== 'drop' || place === -1) return action !== undefined
  // A truncated list of names says nothing; metrics that are gone have findings of their own.
  if (regex.includes('…')) return false
  return acceptsValue({ operator: '=~', value: regex.split(';')[place] ?? '' }, metric)
}

/** Unchanged queries that return fewer series than before: `rule a (from 4 to 3 series)`. */
const lostSeries = (
  before: Observation,
  after: Observation,
  isDropped: (metric: string) => boolean,
): readonly string[] => {
  const old = new Map(queriesOf(before).map((query) => [`${query.user} ${query.expr}`, query.series]))
  return queriesOf(after).flatMap(({ user, expr, series }) => {
    const was = old.get(`${user} ${expr}`) ?? 0
    const isAffected = selectorsOf(expr).some(({ metric = '' }) => isDropped(metric))
    return series > 0 && series < was && isAffected ? [`${user} (from ${was} to ${series} series)`] : []
  })
}

/** The metrics that come from an endpoint of a monitor, found by name: in these charts, that of a monitor contains its job. */
const metricsOf = (name: string, endpoint: string, { scrapes, metrics }: Observation): readonly string[] => {
  const jobs = Object.entries(scrapes).flatMap(([key, { job }]) =>
    key === `${job} ${endpoint.replace(' ', '')}` && name.includes(job) ? [job] : [],
  )
  return Object.entries(metrics).flatMap(([metric, one]) =>
    one.jobs.some((job) => jobs.includes(job)) ? [metric] : [],
  )
}

/** The users of a label that a new relabeling overwrites, or that one that is gone set. */
const usersOfRewritten = (
  name: string,
  field: Pair<string>,
  [old, now]: readonly [Fields, Fields],
  [before, after]: readonly [Observation, Observation],
): readonly string[] => {
  const [, label = ''] = / → ([^=]+)=/.exec(JSON.parse(field.after ?? field.before ?? '""') as string) ?? []
  const [endpoint = ''] = field.name.split('.', 1)
  // Relabelings are numbered: one that was inserted moves those behind it.
  const [own, other] = field.before === undefined ? [field.after, old] : [field.before, now]
  if (Object.values(leafTexts((other[endpoint] ?? {}) as Fields)).includes(own ?? '')) return []
  const rewritten = metricsOf(name, endpoint, before).filter((metric) =>
    before.metrics[metric]?.labels.includes(label),
  )
  return rewritten.length === 0 ? [] : [...new Set(usersOf(rewritten, after, label))]
}

/** Relabelings that a monitor gained or lost. */
export const monitorChanges = (
  name: string,
  [old, now]: readonly [Fields, Fields],
  [before, after]: readonly [Observation, Observation],
): readonly Difference[] =>
  fieldDifferences(old, now).map((field) => {
    const kind = field.name.includes('before the scrape: ') ? 'relabeling' : 'metric relabeling'
    const finding = findingsAbout(`object/${name}/${field.name}`, `object:${name}`)
    const sentence =
      field.before === undefined
        ? `${name} has a new ${kind}: ${field.name.replace(/\.(?=\w+ )/, ': ')}, on ${field.after}`
        : `${name} no longer has a ${kind}: ${field.name}: ${field.before} → ${field.after ?? 'not set'}`
    const remedy =
      "look for queries of series that are now dropped or labelled differently; the chart's values can restore the old relabeling"
    const labels = JSON.parse(field.after ?? '""') as string
    const affected =
      field.before === undefined
        ? lostSeries(before, after, (metric) => canDrop(field.name, labels, metric))
        : []
    if (affected.length > 0)
      return finding('new', 'high', `${sentence}; series are missing from ${few(affected)}`, remedy, {
        changesMeaning: true,
      })
    const users = usersOfRewritten(name, field, [old, now], [before, after])
    return users.length > 0
      ? finding(
          'new',
          'medium',
          `${sentence}; ${field.after === undefined ? 'it set' : 'it overwrites'} a label that ${few(users)} ${users.length === 1 ? 'uses' : 'use'}`,
          remedy,
          { changesMeaning: true },
        )
      : finding('change', 'medium', sentence, remedy)
  })
