import { parse } from 'yaml'
import type { DataSource, DataSourceReference } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { messageOf } from '../lib/messages.ts'
import { parseLogfmt } from '../lib/logfmt.ts'
import { readLogs } from './componentPods.ts'
import { readDataSourceFiles } from './dashboardSidecar.ts'
import { fillVariables, tokensIn, type VariableValues } from './variableValues.ts'

const container = 'grafana-sc-datasources'

/** Grafana's last answer to the sidecar's request to reload; undefined if that was 200, or there was none. */
const refusedReload = (lines: readonly string[]): string | undefined => {
  // The rest of the line is the body, as escaped JSON.
  const last = lines.findLast((line) => line.includes('Response: '))
  const [, answer] = /Response: (\d{3}[\w -]*)/.exec(last ?? '') ?? []
  return answer === undefined || answer.startsWith('200') ? undefined : answer.trim()
}

/**
 * Why Grafana has no data source. The sidecar writes their files at the start, and asks Grafana to load them.
 * @see https://github.com/kiwigrid/k8s-sidecar (REQ_BASIC_AUTH_ENCODING)
 */
export const noDataSource = async (kubernetes: Kubernetes, grafana: ObjectName): Promise<string> => {
  const { namespace } = grafana
  const missing = 'Grafana has no data source of type prometheus'
  const refused = refusedReload(await readLogs(kubernetes, grafana, { container, tailLines: 500 }))
  const restart = `\`kubectl -n ${namespace} delete pod -l app.kubernetes.io/name=grafana\``
  if (refused === undefined)
    return (
      `${missing}\n  remedy: \`kubectl -n ${namespace} get configmaps -l grafana_datasource=1\` must list one; ` +
      `if it does, Grafana started before its sidecar had written it: ${restart}`
    )
  const login =
    'the sidecar must log in with the credentials that Grafana has (REQ_USERNAME, REQ_PASSWORD), whose database keeps the first ' +
    'password; it encodes one beyond ASCII as Latin-1 unless grafana.sidecar.datasources.env sets REQ_BASIC_AUTH_ENCODING: utf-8'
  return (
    `${missing}: it answered its sidecar's request to reload them with ${refused}\n` +
    `  remedy: ${refused.startsWith('401') ? login : `restart Grafana, which loads them at the start: ${restart}`}`
  )
}

type ProvisionedSource = Readonly<{ name?: string; orgId?: number; orgName?: string }>

/** The names of the data sources in a provisioning file, or why there are none. Grafana fills in variables. */
const namesIn = (text: string): Readonly<{ names: readonly string[]; problem?: string }> => {
  try {
    const { datasources } = (parse(text) ?? {}) as { datasources?: readonly ProvisionedSource[] | null }
    const names = (datasources ?? []).flatMap(({ name = '', orgId = 1, orgName }) =>
      // Those of other organizations are not listed.
      /^$|\$/.test(name) || orgId !== 1 || orgName !== undefined ? [] : [name],
    )
    return { names }
  } catch (error) {
    return { names: [], problem: messageOf(error) }
  }
}

/** Why Grafana last refused a file of data sources, in its own words. */
const grafanaSays = (lines: readonly string[]): string | undefined => {
  const isAboutSources = (line: string) => /data ?source/i.test(line) && /provision/i.test(line)
  const last = lines.findLast((line) => line.includes('level=error') && isAboutSources(line))
  const { error, err = error, msg = '' } = parseLogfmt(last ?? '')
  return last && [msg, err].filter(Boolean).join(': ')
}

/**
 * The data sources in the files of the sidecar that Grafana does not have, and what it says. It refuses all changes if it
 * refuses one file, and does not start with such a file.
 */
export const missingDataSources = async (
  kubernetes: Kubernetes,
  grafana: ObjectName,
  existing: readonly DataSource[],
): Promise<readonly string[]> => {
  const files = await readDataSourceFiles(kubernetes, grafana)
  const missing = files.flatMap(({ source, key, text = '' }) => {
    const { names, problem } = namesIn(text)
    return problem === undefined
      ? names
          .filter((name) => !existing.some((one) => one.name === name))
          .map((name) => `data source ${name}, which ${key} of ${source} defines, is not in Grafana`)
      : [`${key} of ${source} cannot be parsed: ${problem}`]
  })
  if (missing.length === 0) return []
  const says = grafanaSays(await readLogs(kubernetes, grafana, { container: 'grafana', tailLines: 500 }))
  return [
    ...missing,
    `${says === undefined ? `see \`kubectl -n ${grafana.namespace} logs deployment/${grafana.name} -c grafana\`` : `Grafana says: ${says}`}\n` +
      '  remedy: correct or delete the file: with it, Grafana loads no change of a data source, and may not start again',
  ]
}

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
