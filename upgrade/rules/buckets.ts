import { countOf, few } from '../../lib/messages.ts'
import { selectorsOf } from '../../lib/promql.ts'
import type { Observation } from '../observation.ts'
import { findingsAbout } from '../rootCauses.ts'
import type { Rule } from './common.ts'
import { describeUsers, expressionsIn } from './users.ts'

const isSameNumber = (a: string, b: string) => Number(a) === Number(b)

type BoundChange = Readonly<{
  metric: string
  job: string
  gone: readonly string[]
  respelled: readonly string[]
}>

const boundChanges = (before: Observation, after: Observation): readonly BoundChange[] =>
  Object.entries(before.buckets).flatMap(([metric, jobs]) =>
    Object.entries(jobs).flatMap(([job, old]): readonly BoundChange[] => {
      const now = after.buckets[metric]?.[job]
      if (!now) return []
      const missing = old.filter((bound) => !now.includes(bound))
      const respelled = missing.filter((bound) => now.some((other) => isSameNumber(bound, other)))
      const gone = missing.filter((bound) => !respelled.includes(bound))
      return missing.length > 0 ? [{ metric, job, gone, respelled }] : []
    }),
  )

/** Whether an expression selects one of these bounds literally. */
const namesBound = (expr: string, metric: string, bounds: readonly string[]): boolean =>
  selectorsOf(expr).some(
    (selector) =>
      selector.metric === metric &&
      selector.matchers.some(({ label, value }) => label === 'le' && bounds.includes(value)),
  )

/** Histograms whose bounds are gone, or are now spelled differently: `le="1"` and `le="1.0"` are two series. */
export const buckets: Rule = (before, after) => {
  const judged = boundChanges(before, after).map((change) => {
    const { metric, gone, respelled } = change
    const users = expressionsIn(after).filter(
      ({ expr }) =>
        namesBound(expr, metric, [...gone, ...respelled]) ||
        (gone.length > 0 && /\bhistogram_quantile\b/.test(expr) && expr.includes(metric)),
    )
    return { ...change, users: users.map(({ user }) => user) }
  })
  const describe = ({ metric, job, gone, respelled }: BoundChange) => {
    const bounds = gone.length > 0 ? gone : respelled
    const all = few(bounds.map((bound) => `le="${bound}"`))
    const now = after.buckets[metric]?.[job]?.find((other) => isSameNumber(other, bounds[0] ?? ''))
    return gone.length > 0
      ? `histogram ${metric} of job ${job} no longer has ${all}`
      : `histogram ${metric} of job ${job} no longer has ${all}: it is now spelled le="${now}"`
  }
  const harmless = Map.groupBy(
    judged.filter(({ users }) => users.length === 0),
    ({ job }) => job,
  )
  return [
    ...judged
      .filter(({ users }) => users.length > 0)
      .map((change) =>
        findingsAbout(`buckets/${change.metric}`, `buckets:${change.metric}`)(
          'new',
          'high',
          `${describe(change)}, and ${describeUsers(change.users)} it`,
          'use a bound that exists in these queries; if only its spelling changed, match both (`le=~"1|1.0"`) until the old samples are gone',
          { changesMeaning: true, dependsOn: [`metric:${change.metric}`] },
        ),
      ),
    ...[...harmless].map(([job, all]) => {
      const [first, ...others] = all
      const more = others.length > 0 ? ` (and ${countOf(others.length, 'histogram')} more of this job)` : ''
      return findingsAbout(`buckets-of-job/${job}`, `buckets of job:${job}`)(
        'change',
        'low',
        `${first ? describe(first) : ''}${more}; no dashboard or rule here needs it`,
      )
    }),
  ]
}
