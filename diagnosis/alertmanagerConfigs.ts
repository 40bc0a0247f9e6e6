import type { Alertmanager } from '../clients/alertmanager.ts'
import { describeMatchers, type Matcher } from '../clients/alertMatchers.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import type { Labels, Prometheus, QueryNode, Rule, Sample } from '../clients/prometheus.ts'
import { few } from '../lib/messages.ts'
import { resultNamespaces, selectedMetrics } from './alertNamespaces.ts'
import { matchedRoutes, parseConfiguration, type AlertmanagerConfiguration } from './alertRoutes.ts'

type ResourceMatcher = Readonly<{
  name: string
  value?: string
  matchType?: Matcher['operator']
  /** The old way to say `=~`. */
  regex?: boolean
}>
type ResourceRoute = Readonly<{
  receiver?: string
  matchers?: readonly ResourceMatcher[]
  continue?: boolean
  routes?: readonly ResourceRoute[]
}>
/** An AlertmanagerConfig, as far as it decides which alerts it gets. */
export type AlertmanagerConfig = Readonly<{
  metadata: Readonly<{ namespace: string; name: string }>
  spec: Readonly<{
    route?: ResourceRoute
    /** A receiver without integrations, such as "null", is not interested in what it gets. */
    receivers?: readonly (Readonly<{ name: string }> & Readonly<Record<string, unknown>>)[]
  }>
}>
type Strategy = 'OnNamespace' | 'OnNamespaceExceptForAlertmanagerNamespace' | 'None'

/** An alerting rule that is loaded, and the values that the label `namespace` of its alerts may have; "" is none. */
export type LoadedAlert = Readonly<{ name: string; labels: Labels; namespaces: readonly string[] }>

const group = 'monitoring.coreos.com'

export const configName = ({ metadata }: AlertmanagerConfig): string =>
  `${metadata.namespace}/${metadata.name}`

export const readAlertmanagerConfigs = async ({
  custom,
}: Kubernetes): Promise<readonly AlertmanagerConfig[]> =>
  (
    (await custom.listClusterCustomObject({
      group,
      version: 'v1alpha1',
      plural: 'alertmanagerconfigs',
    })) as { items: AlertmanagerConfig[] }
  ).items

const readStrategy = async ({ custom }: Kubernetes, object: ObjectName): Promise<Strategy> => {
  const { spec } = (await custom.getNamespacedCustomObject({
    ...{ group, version: 'v1', plural: 'alertmanagers' },
    ...object,
  })) as { spec: { alertmanagerConfigMatcherStrategy?: { type?: Strategy } } }
  return spec.alertmanagerConfigMatcherStrategy?.type ?? 'OnNamespace'
}

const routeFields = ({
  matchers = [],
  routes = [],
  receiver = '',
  continue: goesOn = false,
}: ResourceRoute): AlertmanagerConfiguration['route'] => ({
  receiver,
  continue: goesOn,
  matchers: matchers.map(({ name, value = '', matchType, regex = false }) =>
    describeMatchers([{ name, operator: matchType ?? (regex ? '=~' : '='), value }]),
  ),
  routes: routes.map(routeFields),
})

const hasIntegration = (receiver: Readonly<Record<string, unknown>>) =>
  Object.values(receiver).some((value) => Array.isArray(value) && value.length > 0)

/**
 * Whether a config would get an alert if the operator added no matcher. Labels that come from series are not known: the
 * alert counts as one without them.
 */
const wants = ({ spec }: AlertmanagerConfig, labels: Labels): boolean => {
  if (!spec.route) return false
  const { receivers = [] } = spec
  return matchedRoutes({ route: { receiver: '', routes: [routeFields(spec.route)] } }, labels).some((route) =>
    receivers.some(({ name, ...integrations }) => name === route.receiver && hasIntegration(integrations)),
  )
}

/** The alerts that a config asks for, and that cannot reach it through the matcher that the operator adds to its route. */
export const blockedAlerts = (
  config: AlertmanagerConfig,
  alerts: readonly LoadedAlert[],
): Readonly<{ blocked: readonly LoadedAlert[]; wanted: number }> => {
  const { namespace } = config.metadata
  const wanted = alerts.flatMap((alert) => {
    const namespaces = alert.namespaces.filter((one) =>
      wants(config, { ...alert.labels, alertname: alert.name, namespace: one }),
    )
    return namespaces.length > 0 ? [{ ...alert, namespaces }] : []
  })
  return {
    blocked: wanted.filter(({ namespaces }) => !namespaces.includes(namespace)),
    wanted: wanted.length,
  }
}

/** `2 have no namespace: Watchdog, KubeAPIDown`; several rules may have one name. */
const describeSome = (alerts: readonly LoadedAlert[], what: string): readonly string[] => {
  const names = [...new Set(alerts.map(({ name }) => name))]
  return names.length > 0 ? [`${what}: ${few(names)}`] : []
}

export const describeBlockedAlerts = (
  config: AlertmanagerConfig,
  alerts: readonly LoadedAlert[],
): readonly string[] => {
  const { blocked, wanted } = blockedAlerts(config, alerts)
  if (blocked.length === 0) return []
  const { namespace } = config.metadata
  const added = `namespace="${namespace}"`
  const [without, elsewhere] = [true, false].map((isWithout) =>
    blocked.filter(({ namespaces }) => namespaces.every((one) => one === '') === isWithout),
  )
  const some = [
    ...describeSome(without ?? [], 'alerts without a namespace'),
    ...describeSome(elsewhere ?? [], 'alerts of other namespaces'),
  ]
  const which =
    wanted === 1
      ? 'the alert'
      : `${blocked.length === wanted ? 'any' : blocked.length} of the ${wanted} alerts`
  return [
    `AlertmanagerConfig ${configName(config)} cannot get ${which} that its route asks for, ` +
      `because the operator adds ${added} to it: ${some.join('; ')}\n` +
      '  remedy: set alertmanager.alertmanagerSpec.alertmanagerConfigMatcherStrategy: { type: None } in values/kube-prometheus-stack.yaml; ' +
      `if the route is for alerts of namespace ${namespace} alone, say so with a matcher ${added}`,
  ]
}

/** An alerting rule with its parsed expression. */
export type ParsedRule = Pick<Rule, 'name' | 'labels'> & Readonly<{ expression: QueryNode }>

/**
 * The rules as alerts. One whose metrics have no series is left out, since its namespaces are not known.
 * @param series one for each metric and namespace
 */
export const loadedAlerts = (
  rules: readonly ParsedRule[],
  series: readonly Sample[],
): readonly LoadedAlert[] => {
  const byMetric = Map.groupBy(series, ({ labels }) => labels['__name__'] ?? '')
  return rules.flatMap(({ name, labels = {}, expression }) => {
    const fixed = Object.fromEntries(Object.entries(labels).filter(([, value]) => !value.includes('{{')))
    const own = fixed['namespace']
    const namespaces =
      own === undefined
        ? resultNamespaces(expression, (metric) =>
            (byMetric.get(metric) ?? []).map((one) => one.labels['namespace'] ?? ''),
          )
        : [own]
    return namespaces.length > 0 ? [{ name, labels: fixed, namespaces }] : []
  })
}

const readLoadedAlerts = async (prometheus: Prometheus): Promise<readonly LoadedAlert[]> => {
  const rules = (await prometheus.rules()).filter(({ type }) => type === 'alerting')
  const parsed = await Promise.all(
    rules.map(async (rule) => ({ ...rule, expression: await prometheus.parse(rule.query) })),
  )
  const metrics = new Set(parsed.flatMap(({ expression }) => selectedMetrics(expression)))
  return loadedAlerts(
    parsed,
    await prometheus.query(`group by (__name__, namespace) ({__name__=~"${[...metrics].join('|')}"})`),
  )
}

/** AlertmanagerConfigs in force that cannot get alerts that they ask for. */
export const blockedConfigs = async (
  kubernetes: Kubernetes,
  object: ObjectName,
  prometheus: Prometheus,
  alertmanager: Alertmanager,
): Promise<readonly string[]> => {
  const configs = await readAlertmanagerConfigs(kubernetes)
  if (configs.length === 0) return []
  const [strategy, { config }] = await Promise.all([readStrategy(kubernetes, object), alertmanager.status()])
  if (strategy === 'None') return []
  const { receivers = [] } = parseConfiguration(config.original)
  const restricted = configs.filter(
    (one) =>
      receivers.some(({ name }) => name.startsWith(`${configName(one)}/`)) &&
      !(strategy !== 'OnNamespace' && one.metadata.namespace === object.namespace),
  )
  if (restricted.length === 0) return []
  const alerts = await readLoadedAlerts(prometheus)
  return restricted.flatMap((one) => describeBlockedAlerts(one, alerts))
}
