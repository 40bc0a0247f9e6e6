import type { V1Service } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { prometheusName, readPrometheusResource, type Recipient } from './serviceMonitors.ts'
import type { Prometheus, Rule } from '../clients/prometheus.ts'
import { reapplyChart } from './remedies.ts'
import { explainBackends } from './services.ts'

/** What an alert passes on its way out of Prometheus. */
type AlertRoute = Readonly<{
  rule: Rule | undefined
  /** URLs of the Alertmanagers that Prometheus has discovered. */
  discovered: readonly string[]
  /** Where its custom resource says that it sends to. */
  recipients: readonly Recipient[]
  services: readonly V1Service[]
}>

const serviceOf = ({ namespace, name }: Recipient, services: readonly V1Service[]) =>
  services.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name)

const hasPort = ({ spec }: V1Service, { port }: Recipient): boolean =>
  (spec?.ports ?? []).some((one) => one.name === port || one.port === port || one.targetPort === port)

/** Why Prometheus finds no Alertmanager behind a Service, as far as the Service itself tells. */
const describeRecipient = (recipient: Recipient, services: readonly V1Service[]): string => {
  const { namespace, name, port } = recipient
  const what = `port ${port} of Service ${namespace}/${name}`
  const service = serviceOf(recipient, services)
  if (!service) return `${what}, which does not exist`
  if (hasPort(service, recipient)) return `${what}, behind which it has discovered none`
  return `${what}, whose ports are ${(service.spec?.ports ?? []).map((one) => one.name ?? one.port).join(', ')}`
}

/** How far an alert that always fires has come on its way to Alertmanager, which does not have it. */
export const describeAlertRoute = (
  alert: string,
  { rule, discovered, recipients, services }: AlertRoute,
): string => {
  if (!rule)
    return `Prometheus has no rule ${alert}\n  remedy: \`kubectl get prometheusrules -A\` lists what it gets them from; ${reapplyChart}`
  if (rule.state !== 'firing')
    return (
      `rule ${alert} of group ${rule.group} does not fire, it is ${[rule.state, rule.lastError].filter(Boolean).join(': ')}\n` +
      `  remedy: its expression, ${rule.query}, must have a result; ${reapplyChart}`
    )
  if (discovered.length > 0)
    return (
      `${alert} fires in Prometheus, which sends it to ${discovered.join(', ')}: it is on its way, sent again once a minute\n` +
      '  remedy: where it does not come, `kubectl -n monitoring logs -l app.kubernetes.io/name=prometheus -c prometheus` says what became of it'
    )
  const where = recipients.map((recipient) => describeRecipient(recipient, services))
  return (
    `Prometheus has no Alertmanager to send to: Prometheus monitoring/${prometheusName} sends to ${where.join('; ') || 'none'}\n` +
    `  remedy: correct spec.alerting.alertmanagers: \`kubectl -n monitoring edit prometheus ${prometheusName}\`; ${reapplyChart}`
  )
}

/** Why an alert that always fires has not arrived at Alertmanager. */
export const explainAlert = async (
  kubernetes: Kubernetes,
  prometheus: Prometheus,
  alert: string,
): Promise<readonly string[]> => {
  const [rules, discovered, resource, { items: services }] = await Promise.all([
    prometheus.rules(),
    prometheus.alertmanagers(),
    readPrometheusResource(kubernetes),
    kubernetes.core.listServiceForAllNamespaces(),
  ])
  const recipients = resource.spec.alerting?.alertmanagers ?? []
  const rule = rules.find(({ name }) => name === alert)
  // Of a Service without the port, its pods tell nothing.
  const behind = recipients.flatMap((recipient) => {
    const service = serviceOf(recipient, services)
    return discovered.length === 0 && service && hasPort(service, recipient) ? [service] : []
  })
  return [
    describeAlertRoute(alert, { rule, discovered, recipients, services }),
    ...(await explainBackends(kubernetes, behind)),
  ]
}
