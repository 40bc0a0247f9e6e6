import type { V1Service } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { acceptsValue } from '../clients/alertMatchers.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import type { Labels, Prometheus, Rule } from '../clients/prometheus.ts'
import { reapplyChart } from './remedies.ts'
import { readPrometheusResource, type AlertmanagerService } from './serviceMonitors.ts'
import { explainBackends } from './services.ts'

/** The stations of an alert on its way from Prometheus to Alertmanager. */
type AlertRoute = Readonly<{
  /** The name of the Prometheus resource. */
  object: ObjectName
  rule: Rule | undefined
  /** URLs of the Alertmanagers that Prometheus has discovered. */
  discovered: readonly string[]
  /** The Services that its custom resource names. */
  alertmanagers: readonly AlertmanagerService[]
  services: readonly V1Service[]
}>

const serviceOf = ({ namespace, name }: AlertmanagerService, services: readonly V1Service[]) =>
  services.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name)

const hasPort = ({ spec }: V1Service, { port }: AlertmanagerService): boolean =>
  (spec?.ports ?? []).some((one) => [one.name, one.port, one.targetPort].includes(port))

/** Why Prometheus discovers no Alertmanager behind a Service, as far as the Service itself shows it. */
const describeAlertmanager = (alertmanager: AlertmanagerService, services: readonly V1Service[]): string => {
  const { namespace, name, port } = alertmanager
  const what = `port ${port} of Service ${namespace}/${name}`
  const service = serviceOf(alertmanager, services)
  if (!service) return `${what}, which does not exist`
  if (hasPort(service, alertmanager)) return `${what}, but has discovered no endpoint there`
  return `${what}, whose ports are ${(service.spec?.ports ?? []).map((one) => one.name ?? one.port).join(', ')}`
}

export type Relabeling = Readonly<{
  action?: string
  source_labels?: readonly string[]
  separator?: string
  regex?: string
}>
type Alerting = Readonly<{
  alert_relabel_configs?: readonly Relabeling[]
  alertmanagers?: readonly Readonly<{ alert_relabel_configs?: readonly Relabeling[] }>[]
}>
/** The part of Prometheus' configuration that decides which alerts it sends. */
export type Sending = Readonly<{ global?: Readonly<{ external_labels?: Labels }>; alerting?: Alerting }>

/** @param configuration as YAML; parsing takes 50 ms */
export const parseSending = (configuration: string): Sending => parse(configuration) as Sending

/** The first step that drops an alert with these labels. */
const dropIn = (steps: readonly Relabeling[], labels: Labels): Relabeling | undefined =>
  steps.find(({ action, source_labels = [], separator = ';', regex = '(.*)' }) => {
    const value = source_labels.map((name) => labels[name] ?? '').join(separator)
    const isMatch = acceptsValue({ operator: '=~', value: regex }, value)
    return (action === 'drop' && isMatch) || (action === 'keep' && !isMatch)
  })

/**
 * The step of the alert relabeling that drops an alert: for all Alertmanagers, or for each of them.
 * @param labels without the external labels, which Prometheus adds
 */
export const droppingRelabeling = (
  { global = {}, alerting = {} }: Sending,
  labels: Labels,
): string | undefined => {
  const { alert_relabel_configs: all = [], alertmanagers = [] } = alerting
  const sent = { ...global.external_labels, ...labels }
  const ofEach = alertmanagers.map(({ alert_relabel_configs: own = [] }) => dropIn(own, sent))
  const drop = dropIn(all, sent) ?? (ofEach.every((step) => step !== undefined) ? ofEach[0] : undefined)
  return (
    drop && `${drop.action} of [${(drop.source_labels ?? []).join(', ')}] =~ ${JSON.stringify(drop.regex)}`
  )
}

/** Where an alert that should always fire is lost before it reaches Alertmanager. */
export const describeAlertRoute = (
  alert: string,
  { object: { namespace, name }, rule, discovered, alertmanagers, services }: AlertRoute,
): string => {
  if (!rule)
    return `Prometheus has no rule ${alert}\n  remedy: \`kubectl get prometheusrules -A\` lists the sources of its rules; ${reapplyChart}, \`E2E_KEEP=1 npm test\` those of manifests/`
  if (rule.state !== 'firing')
    return (
      `rule ${alert} of group ${rule.group} is not firing but ${[rule.state, rule.lastError].filter(Boolean).join(': ')}\n` +
      `  remedy: its expression, ${rule.query}, must have a result; ${reapplyChart}`
    )
  if (discovered.length > 0)
    return (
      `${alert} fires in Prometheus, which sends it to ${discovered.join(', ')} once a minute\n` +
      `  remedy: if it does not arrive, \`kubectl -n ${namespace} logs -l app.kubernetes.io/name=prometheus -c prometheus\` shows why`
    )
  const receivers = alertmanagers.map((one) => describeAlertmanager(one, services)).join('; ') || 'none'
  return (
    `Prometheus has discovered no Alertmanager: Prometheus ${namespace}/${name} sends to ${receivers}\n` +
    `  remedy: correct spec.alerting.alertmanagers: \`kubectl -n ${namespace} edit prometheus ${name}\`; ${reapplyChart}`
  )
}

/** Why an alert that should always fire has not arrived at Alertmanager. */
export const explainAlert = async (
  kubernetes: Kubernetes,
  object: ObjectName,
  prometheus: Prometheus,
  alert: string,
): Promise<readonly string[]> => {
  const [rules, discovered, resource, { items: services }] = await Promise.all([
    prometheus.rules(),
    prometheus.alertmanagers(),
    readPrometheusResource(kubernetes, object),
    kubernetes.core.listServiceForAllNamespaces(),
  ])
  const alertmanagers = resource.spec.alerting?.alertmanagers ?? []
  const rule = rules.find(({ name }) => name === alert)
  // If the Service lacks the port, its pods are not the cause.
  const backends = alertmanagers.flatMap((alertmanager) => {
    const service = serviceOf(alertmanager, services)
    return discovered.length === 0 && service && hasPort(service, alertmanager) ? [service] : []
  })
  return [
    describeAlertRoute(alert, { object, rule, discovered, alertmanagers, services }),
    ...(await explainBackends(kubernetes, backends)),
  ]
}
