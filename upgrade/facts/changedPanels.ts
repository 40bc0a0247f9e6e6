import type { NamedQuery } from '../../diagnosis/panels.ts'
import { fillVariables, type VariableValues } from '../../diagnosis/variableValues.ts'
import { canonicalQuery } from '../../lib/promql.ts'
import type { Named, Observation } from '../observation.ts'
import type { ChangedQuery } from './sideBySide.ts'

// Grafana computes these from the time range and the width of the panel; here they are fixed.
const builtIn: Readonly<Record<string, string>> = {
  __rate_interval: '5m',
  __interval: '1m',
  __interval_ms: '60000',
  __range: '10m',
  __range_s: '600',
  __range_ms: '600000',
}
const builtInValues: VariableValues = Object.fromEntries(
  Object.entries(builtIn).map(([name, value]) => [name, { values: [value] }]),
)
/** A query with all variables replaced, so that Prometheus itself can answer it. */
const withoutVariables = (template: string, values: VariableValues): string =>
  fillVariables(template, { ...values, ...builtInValues })

/** A query with the values of the dashboard's variables. */
type Asked = Readonly<{ query: NamedQuery; values: VariableValues }>

/** Old and new queries of changed panels. Both get the new values of the variables, which name pods that exist now. */
export const changedPanels = (
  uid: string,
  panels: Named<Asked>,
  before: Observation['dashboards'][string] | undefined,
): readonly ChangedQuery[] =>
  Object.entries(panels).flatMap(([name, { query, values }]) => {
    const panel = before?.panels[name]
    const old = panel?.template ?? panel?.expr
    if (old === undefined || query.type !== 'prometheus') return []
    if (canonicalQuery(old) === canonicalQuery(query.template)) return []
    const [was, is] = [old, query.template].map((template) => withoutVariables(template, values))
    return [{ id: `panel-value/${uid}/${name}`, old: was ?? '', now: is ?? '' }]
  })
