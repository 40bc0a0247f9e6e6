import type { Dashboard, DataSource, Grafana, Panel, PanelQuery, PanelTarget } from '../clients/grafana.ts'
import { resolveDataSource, type Resolved } from './dataSources.ts'
import { fillVariables, tokensIn, type VariableValues } from './variableValues.ts'

/** A query of a panel, with its variables filled in. */
export type NamedQuery = PanelQuery &
  Readonly<{
    panel: string
    /** The expression as the dashboard has it, with variables. */
    template: string
    /** Of the panel's values: `bytes`, `percentunit`; empty if it has none. */
    unit: string
    /** Which copy of a repeated panel it is, from 0. */
    repetition: number
    /** PromQL of the variables that it uses and that have no value. */
    selectNothing: readonly string[]
  }>

/** A reference to a data source that does not exist. */
export type MissingDataSource = Readonly<{
  panel: string
  refId: string
  asked: string
}>

/** A panel as it is shown: once for each value if it is repeated, with the values that hold there. */
type ShownPanel = Readonly<{ panel: Panel; values: VariableValues; title: string; repetition: number }>

type Copy = Readonly<{ values: VariableValues; suffix: string }>

/** One copy for each value of the variable that a panel or row is repeated for. */
const copies = ({ repeat }: Panel, values: VariableValues): readonly Copy[] => {
  const variable = repeat === undefined ? undefined : values[repeat]
  if (repeat === undefined || !variable) return [{ values, suffix: '' }]
  const { several = false } = variable
  return variable.values.map((value) => ({
    values: { ...values, [repeat]: { values: [value], several } },
    suffix: ` (${repeat} ${value})`,
  }))
}

/** All panels, also those in collapsed rows; a repeated row repeats the panels below it, up to the next row. */
const shownPanels = (panels: readonly Panel[], values: VariableValues): readonly ShownPanel[] => {
  let ofRow: readonly Copy[] = [{ values, suffix: '' }]
  return panels.flatMap((panel) => {
    if (panel.type === 'row') ofRow = copies(panel, values)
    const inRow = panel.type === 'row' ? (panel.panels ?? []) : [panel]
    return inRow.flatMap((one) =>
      ofRow
        .flatMap((row) =>
          copies(one, row.values).map((copy) => ({ ...copy, suffix: `${row.suffix}${copy.suffix}` })),
        )
        .map(({ values: own, suffix }, repetition) => ({
          panel: one,
          values: own,
          title: `${fillVariables(one.title || 'untitled', own)}${suffix}`,
          repetition,
        })),
    )
  })
}

const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index))

/** Targets with a name each: Grafana gives one without the next letter that is free. */
const namedTargets = (targets: readonly PanelTarget[]) => {
  const used = new Set(targets.flatMap(({ refId }) => refId ?? []))
  return targets.map((target, index) => {
    const refId = target.refId ?? letters.find((letter) => !used.has(letter)) ?? `Q${index}`
    used.add(refId)
    return { target, refId }
  })
}

/** Every text in it with its variables filled in. */
const filled = (value: unknown, values: VariableValues): unknown => {
  if (typeof value === 'string') return fillVariables(value, values)
  if (Array.isArray(value)) return value.map((one) => filled(one, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, values)]))
}

const isSent = ({ hide, expr }: PanelTarget, type: string) =>
  !hide && (type !== 'prometheus' || Boolean(expr))

type Queries = Readonly<{ queries: readonly NamedQuery[]; missing: readonly MissingDataSource[] }>

const queriesOf = (
  { panel, values, title, repetition }: ShownPanel,
  { time }: Dashboard,
  dataSources: readonly DataSource[],
): Queries => {
  const resolve = (reference: PanelTarget['datasource']) => resolveDataSource(dataSources, reference, values)
  const targets = namedTargets(panel.targets ?? [])
  const ofPanel = resolve(panel.datasource)
  if (targets.length === 0 || ofPanel.kind === 'built in') return { queries: [], missing: [] }

  // The page asks a panel's own data source even if a target names another; a target's counts if the panel has none.
  const decides = panel.datasource != null && ofPanel.kind !== 'mixed'
  const resolved = targets.map(({ target, refId }) => {
    const own = resolve(target.datasource)
    const asked: Resolved =
      own.kind === 'expression' || (target.datasource != null && (!decides || own.kind === 'missing'))
        ? own
        : ofPanel
    return { target, refId, asked }
  })
  const missing = resolved.flatMap(({ target, refId, asked }) =>
    asked.kind === 'missing' && !target.hide ? [{ panel: title, refId, asked: asked.asked }] : [],
  )

  const range = { from: time?.from ?? 'now-1h', to: time?.to ?? 'now' }
  const all = resolved.flatMap(({ target, refId, asked }) => {
    if (asked.kind !== 'data source' && asked.kind !== 'expression') return []
    const { uid, type } =
      asked.kind === 'data source' ? asked.dataSource : { uid: '__expr__', type: '__expr__' }
    const { expr = '', instant = false, range: isRange = false, ...model } = target
    const used = type === 'prometheus' ? tokensIn(expr) : []
    const query = {
      ...range,
      type,
      panel: title,
      template: expr,
      unit: panel.fieldConfig?.defaults?.unit ?? '',
      repetition,
      refId,
      dataSource: uid,
      expr: type === 'prometheus' ? fillVariables(expr, values) : '',
      instant: instant && !isRange,
      model: filled(model, values) as Readonly<Record<string, unknown>>,
      selectNothing: used.flatMap((name) => values[name]?.selectsNothing ?? []),
    }
    return [{ query, isSent: isSent(target, type) }]
  })
  const queries = all
    .filter(({ isSent }) => isSent)
    .map(({ query }): NamedQuery => {
      if (query.type !== '__expr__') return query
      const others = all.filter(({ query: { refId } }) => refId !== query.refId)
      return { ...query, inputs: others.map((other) => other.query) }
    })
  return { queries, missing }
}

/** Panels with the library panels that they stand for; a library panel keeps its place, and its repetition. */
export const withLibraryPanels = async (
  grafana: Grafana,
  panels: readonly Panel[],
): Promise<Readonly<{ panels: readonly Panel[]; troubles: readonly string[] }>> => {
  const troubles: string[] = []
  const replaced = await Promise.all(
    panels.map(async (panel): Promise<Panel> => {
      const { libraryPanel, panels: nested } = panel
      if (nested) {
        const inside = await withLibraryPanels(grafana, nested)
        troubles.push(...inside.troubles)
        return { ...panel, panels: inside.panels }
      }
      if (!libraryPanel) return panel
      const model = await grafana.libraryPanel(libraryPanel.uid)
      if (model) return { ...model, ...(panel.repeat === undefined ? {} : { repeat: panel.repeat }) }
      troubles.push(
        `panel "${panel.title ?? libraryPanel.name ?? 'untitled'}" is the library panel ${libraryPanel.uid}, which does not exist\n` +
          '  remedy: a file cannot bring library panels along; unlink it before the export',
      )
      return panel
    }),
  )
  return { panels: replaced, troubles }
}

/**
 * The queries of all panels as the browser sends them: without hidden ones, each to the data source that the page would
 * ask.
 */
export const panelQueries = (
  dashboard: Dashboard,
  values: VariableValues,
  dataSources: readonly DataSource[],
): Queries => {
  const all = shownPanels(dashboard.panels, values).map((panel) => queriesOf(panel, dashboard, dataSources))
  return {
    queries: all.flatMap(({ queries }) => queries),
    missing: all.flatMap(({ missing }) => missing),
  }
}

/** The dashboard with this title. */
export const findDashboard = async (grafana: Grafana, title: string): Promise<Dashboard> => {
  const found = (await grafana.dashboards()).filter((summary) => summary.title === title)
  const [only, ...others] = found
  if (!only) throw new Error(`no dashboard has the title "${title}"`)
  if (others.length > 0)
    throw new Error(
      `${found.length} dashboards have the title "${title}": ${found.map(({ uid }) => uid).join(', ')}`,
    )
  return grafana.dashboard(only.uid)
}
