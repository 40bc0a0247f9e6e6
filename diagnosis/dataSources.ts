import type { DataSource, DataSourceReference } from '../clients/grafana.ts'
import type { ObjectName } from '../config/components.ts'
import { fillVariables, tokensIn, type VariableValues } from './variableValues.ts'

/** The sidecar provisions data sources at the start, and makes Grafana read them again only when they change. */
export const noDataSource = ({ namespace }: ObjectName): string =>
  'Grafana has no data source of type prometheus\n' +
  `  remedy: \`kubectl -n ${namespace} get configmaps -l grafana_datasource=1\` must list one; if it does, Grafana started before ` +
  `its sidecar had written it: \`kubectl -n ${namespace} delete pod -l app.kubernetes.io/name=grafana\``

/** What a reference of a dashboard leads to. */
export type Resolved =
  | Readonly<{ kind: 'data source'; dataSource: DataSource }>
  /** Each query has its own. */
  | Readonly<{ kind: 'mixed' }>
  /** Computed from the results of other queries. */
  | Readonly<{ kind: 'expression' }>
  /** Grafana itself, or the results of another panel. */
  | Readonly<{ kind: 'built in' }>
  | Readonly<{ kind: 'missing'; asked: string }>

const builtIn: Readonly<Record<string, Resolved>> = {
  '-- Mixed --': { kind: 'mixed' },
  '-- Dashboard --': { kind: 'built in' },
  '-- Grafana --': { kind: 'built in' },
  grafana: { kind: 'built in' },
  __expr__: { kind: 'expression' },
  '-100': { kind: 'expression' },
}

const nameOf = (reference: DataSourceReference | undefined): string | undefined =>
  (typeof reference === 'string' ? reference : reference?.uid) ?? undefined

const typeOf = (reference: DataSourceReference | undefined): string | undefined =>
  typeof reference === 'string' ? undefined : reference?.type

/** As Grafana's page resolves a reference: a variable, the default, a uid, or a name. */
export const resolveDataSource = (
  dataSources: readonly DataSource[],
  reference: DataSourceReference | undefined,
  values: VariableValues,
): Resolved => {
  const asked = nameOf(reference)
  const name = asked === undefined ? 'default' : fillVariables(asked, values)
  const special = builtIn[name]
  if (special) return special
  if (typeOf(reference) === 'dashboard' || typeOf(reference) === 'grafana') return { kind: 'built in' }
  const dataSource =
    dataSources.find(({ uid }) => uid === name) ??
    dataSources.find((one) => one.name === name) ??
    (name === 'default' ? dataSources.find(({ isDefault }) => isDefault) : undefined)
  return dataSource ? { kind: 'data source', dataSource } : { kind: 'missing', asked: asked ?? 'default' }
}

/** `prometheus (Prometheus, type prometheus), alertmanager (Alertmanager, type alertmanager)` */
export const describeDataSources = (dataSources: readonly DataSource[]): string =>
  dataSources.map(({ uid, name, type }) => `${uid} (${name}, type ${type})`).join(', ') || 'none'

/** What to do about a data source that does not exist. */
export const dataSourceRemedy = (
  asked: string,
  dataSources: readonly DataSource[],
  variables: readonly string[],
): string => {
  const wanted = dataSources.find(({ isDefault }) => isDefault) ?? dataSources[0]
  const variable =
    '{"type": "datasource", "name": "datasource", "query": "prometheus"} in templating.list, asked for as "${datasource}"'
  const fix = `use the uid ${wanted?.uid ?? 'of one that exists'}, or a data source variable: ${variable}`
  const [token] = tokensIn(asked)
  if (token === undefined) return fix
  return variables.includes(token)
    ? `no data source fits the variable ${token}: correct its type and regex, or ${fix}`
    : `the file was exported for sharing: only the import dialog fills in ${asked}, from __inputs; ${fix}`
}
