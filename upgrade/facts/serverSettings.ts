import type { Grafana } from '../../clients/grafana.ts'
import type { Prometheus } from '../../clients/prometheus.ts'
import { countOf } from '../../lib/messages.ts'
import type { Named } from '../observation.ts'
import { flatten, hash, named, prefixed } from './named.ts'

type Remote = Readonly<{ url: string; name?: string; write_relabel_configs?: readonly unknown[] }>
export type ServerConfiguration = Readonly<{
  global?: Readonly<{ evaluation_interval?: string; external_labels?: Named<string> }>
  remote_write?: readonly Remote[]
  remote_read?: readonly Remote[]
  storage?: Readonly<{ tsdb?: Readonly<{ out_of_order_time_window?: string }> }>
}>

/** Flags that decide what a query returns, or who may write samples. */
const comparedFlags = [
  'enable-feature',
  'query.lookback-delta',
  'query.max-samples',
  'query.timeout',
  'storage.tsdb.path',
  'web.enable-admin-api',
  'web.enable-otlp-receiver',
  'web.enable-remote-write-receiver',
]

/** Settings of Prometheus from its flags, its runtime information and its loaded configuration. */
export const prometheusSettings = async (
  prometheus: Prometheus,
  { global = {}, remote_write = [], remote_read = [], storage }: ServerConfiguration,
): Promise<Named<string>> => {
  const [flags, retention] = await Promise.all([prometheus.flags(), prometheus.retention()])
  const urls = (remotes: readonly Remote[], what: string) =>
    remotes.map(({ url, write_relabel_configs: steps = [] }) => {
      const relabelings = countOf(steps.length, 'relabeling')
      return [
        `${what} ${url}`,
        steps.length === 0
          ? 'configured'
          : `configured, with ${relabelings} (${hash(JSON.stringify(steps))})`,
      ] as const
    })
  const labels = Object.entries(global.external_labels ?? {})
  return named([
    ['retention', retention],
    ['evaluation interval', global.evaluation_interval ?? '1m'],
    ['out-of-order time window', storage?.tsdb?.out_of_order_time_window ?? '0s'],
    ...comparedFlags.flatMap((flag) => (flags[flag] === undefined ? [] : [[flag, flags[flag]] as const])),
    ...labels.map(([name, value]) => [`external label ${name}`, value] as const),
    ...urls(remote_write, 'remote write to'),
    ...urls(remote_read, 'remote read from'),
  ])
}

// Who may see Grafana, and how they log in.
const comparedAccess = [
  'anonymousEnabled',
  'authProxyEnabled',
  'disableLoginForm',
  'disableUserSignUp',
  'ldapEnabled',
  'oauth',
  'publicDashboardsEnabled',
  'samlEnabled',
]

/** Settings of Grafana: access, the home dashboard, data sources, and the folder of each dashboard. */
export const grafanaSettings = async (grafana: Grafana): Promise<Named<string>> => {
  const [frontend, home, dashboards, dataSources] = await Promise.all([
    grafana.frontendSettings(),
    grafana.homeDashboard(),
    grafana.dashboards(),
    grafana.dataSources(),
  ])
  const access = Object.entries(frontend).filter(([name]) => comparedAccess.includes(name))
  const known = Object.fromEntries([...access, ...(home === '' ? [] : [['home dashboard', home] as const])])
  return named([
    ...Object.entries(flatten(known)),
    ...dataSources.flatMap(({ name, jsonData = {} }) => prefixed(`data source ${name}`, flatten(jsonData))),
    ...dashboards.map(
      ({ title, folderTitle = 'the root' }) => [`folder of "${title}"`, folderTitle] as const,
    ),
  ])
}
