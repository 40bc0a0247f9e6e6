import { parse } from 'yaml'
import type { Alertmanager } from '../../clients/alertmanager.ts'
import { parseConfiguration, type AlertmanagerConfiguration } from '../../diagnosis/alertRoutes.ts'
import { isObject } from '../../lib/json.ts'
import { integrationsOf } from '../notified.ts'
import type { Named, Observation } from '../observation.ts'
import { distinct, hash, named } from './named.ts'

type Relabelings = Readonly<{ alert_relabel_configs?: readonly unknown[] }>
type Discovery = Readonly<{
  static_configs?: readonly Readonly<{ targets?: readonly string[] }>[]
  kubernetes_sd_configs?: readonly Readonly<{ namespaces?: Readonly<{ names?: readonly string[] }> }>[]
  relabel_configs?: readonly Readonly<{
    action?: string
    source_labels?: readonly string[]
    regex?: string
  }>[]
}>
type Alerting = Relabelings & Readonly<{ alertmanagers?: readonly (Relabelings & Discovery)[] }>
export type AlertingConfiguration = Readonly<{ alerting?: Alerting }>

// Alertmanager's API masks the values of these fields, but not file names.
const secret = /(^|_)(url|key|token|password|secret|credentials)$/

/** A hash; of a URL, also its host, because its secret is in the path. */
const masked = (value: string): string =>
  URL.canParse(value) ? `${new URL(value).host} (${hash(value)})` : hash(value)

const secretsIn = (value: unknown, path: string): readonly (readonly [string, string])[] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => secretsIn(item, `${path}[${index}]`))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    secret.test(key) && typeof inner === 'string'
      ? [[`${path}.${key}`, masked(inner)] as const]
      : secretsIn(inner, `${path}.${key}`),
  )
}

/**
 * The secrets of each receiver by path, including those of `global`, which are the defaults.
 * @param written Alertmanager's configuration as the operator wrote it
 */
const secretsOf = (written: string): Named<Named<string>> => {
  const configuration = (parse(written) ?? {}) as Partial<AlertmanagerConfiguration> &
    Readonly<{ global?: unknown }>
  const { receivers = [], global = {} } = configuration
  const shared = secretsIn(global, 'global')
  return named(
    receivers.map(({ name }) => {
      const own = Object.entries(integrationsOf({ route: {}, receivers }, name))
      return [
        name,
        named([
          ...own.flatMap(([kind, all]) => secretsIn(all, kind)),
          ...shared.filter(([path]) => own.some(([kind]) => path.startsWith(`global.${kind.split('_')[0]}`))),
        ]),
      ] as const
    }),
  )
}

/** The Alertmanagers of one entry, by address or by Service. */
const alertmanagersOf = (entry: Discovery): readonly string[] => {
  const { static_configs = [], kubernetes_sd_configs = [], relabel_configs = [] } = entry
  const services = relabel_configs.flatMap(({ action, source_labels = [], regex = '' }) =>
    action === 'keep' && source_labels.includes('__meta_kubernetes_service_name') ? [regex] : [],
  )
  return [
    ...static_configs.flatMap(({ targets = [] }) => targets),
    ...kubernetes_sd_configs.map(
      ({ namespaces: { names = [] } = {} }) =>
        `Service ${services.join(' or ') || 'any'} in ${names.join(', ') || 'every namespace'}`,
    ),
  ]
}

/**
 * What decides who is notified of an alert.
 * @param written Alertmanager's configuration as the operator wrote it, with its secrets
 */
export const observeNotification = async (
  alertmanager: Pick<Alertmanager, 'status'>,
  { alerting = {} }: AlertingConfiguration,
  written: string,
): Promise<Observation['notification']> => {
  const { config } = await alertmanager.status()
  const { alert_relabel_configs: all = [], alertmanagers = [] } = alerting
  return {
    alertmanager: parseConfiguration(config.original),
    secrets: secretsOf(written),
    alertmanagers: distinct(alertmanagers.flatMap(alertmanagersOf)),
    relabelings: [...all, ...alertmanagers.flatMap(({ alert_relabel_configs: own = [] }) => own)],
  }
}
