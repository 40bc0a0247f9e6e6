import { few } from '../../lib/messages.ts'
import type { Observation } from '../observation.ts'
import { metricsIn } from './common.ts'

/** An expression and its user: a panel, a rule, an alert or a claim. */
type Use = Readonly<{ user: string; expr: string }>

export const expressionsIn = ({
  dashboards,
  recordingRules,
  alertingRules,
  queries,
}: Observation): readonly Use[] => [
  ...Object.values(dashboards).flatMap(({ title, panels }) =>
    Object.entries(panels).map(([panel, { expr }]) => ({ user: `panel "${panel}" of "${title}"`, expr })),
  ),
  ...Object.values(recordingRules).map(({ record, expr }) => ({ user: `rule ${record}`, expr })),
  ...Object.entries(alertingRules).map(([alert, { expr }]) => ({ user: `alert ${alert}`, expr })),
  ...Object.entries(queries).map(([claim, { expr }]) => ({ user: `claim ${claim}`, expr })),
]

/**
 * The panels, rules, alerts and claims that use any of these metrics, in words.
 * @param label if given, only those that also name this label
 */
export const usersOf = (
  names: readonly string[],
  observation: Observation,
  label?: string,
): readonly string[] => {
  const namesLabel = new RegExp(label === undefined ? '' : `\\b${RegExp.escape(label)}\\b`)
  const metrics = Object.fromEntries(names.map((name) => [name, { jobs: [], labels: [], series: 0 }]))
  return expressionsIn(observation)
    .filter(({ expr }) => namesLabel.test(expr) && metricsIn(expr, { ...observation, metrics }).length > 0)
    .map(({ user }) => user)
}

/** `rule a, panel "b" of "c" and 3 more need` */
export const describeUsers = (users: readonly string[]): string => {
  const all = [...new Set(users)]
  return `${few(all)} ${all.length === 1 ? 'needs' : 'need'}`
}
