import { parse } from 'yaml'
import { connectAlertmanager, type Alertmanager } from '../clients/alertmanager.ts'
import { connectDashboards, type Dashboards } from '../clients/dashboards.ts'
import { connectGrafana, type Grafana } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch, type OpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus, type Prometheus, type Target } from '../clients/prometheus.ts'
import type { Components } from '../config/components.ts'
import { serverIn, type Server, type Servers } from '../config/endpoints.ts'
import type { ServerName } from '../config/stacks.ts'
import type { NotChecked } from '../report/notChecked.ts'
import type { ContextPart } from '../setup/context/servers.ts'
import { readWrittenConfig } from '../diagnosis/writtenConfig.ts'
import { observeDashboards } from './facts/dashboards.ts'
import { observeDefinitions } from './facts/definitions.ts'
import { observeGrafana } from './facts/grafana.ts'
import { observeHelm, type Helm } from './facts/helm.ts'
import { logStoreSettings, recentLogs } from './facts/logStore.ts'
import { named } from './facts/named.ts'
import { observeNotification, type AlertingConfiguration } from './facts/notification.ts'
import { observeObjects, observeSecrets } from './facts/objects.ts'
import { observeOpenSearch } from './facts/opensearch.ts'
import { observePipeline } from './facts/pipeline.ts'
import { observeReleases } from './facts/releases.ts'
import { observePrometheus } from './facts/prometheus.ts'
import { scrapeSettings, scrapesOf, sharedTargetsOf, type ScrapeConfiguration } from './facts/scrapes.ts'
import { grafanaSettings, prometheusSettings, type ServerConfiguration } from './facts/serverSettings.ts'
import { observeUsage } from './facts/usage.ts'
import { observeSideBySide } from './facts/sideBySide.ts'
import type { Observation } from './observation.ts'
import { changedRules } from './rulePairs.ts'

export type Observed = Readonly<{
  kubernetes: Kubernetes
  components: Components
  servers: Servers
  /** Of a cluster that the harness has set up. */
  helm?: Helm
  /** Why parts of another cluster cannot be observed. */
  missing?: Readonly<Partial<Record<ContextPart, string>>>
}>

type State = Pick<Observation, 'settings' | 'scrapes' | 'sharedTargets' | 'indexPatterns' | 'recentLogs'>

type Configuration = AlertingConfiguration & ScrapeConfiguration & ServerConfiguration
type Clients = Readonly<{
  prometheus: Prometheus
  alertmanager?: Alertmanager
  grafana?: Grafana
  opensearch?: OpenSearch
  dashboards?: Dashboards
}>
/** What Prometheus runs with, read once: a large configuration takes a while to parse. */
type Loaded = Readonly<{ targets: readonly Target[]; configuration: Configuration }>

/** Effective settings, and what the servers do with them: scrapes, index patterns, recent logs. */
const observeState = async (
  { kubernetes, components }: Observed,
  { prometheus, grafana, opensearch, dashboards }: Clients,
  { targets, configuration }: Loaded,
  since: string,
): Promise<State> => {
  const [ofPrometheus, ofGrafana, ofLogs, ofDashboards, ofVector, logs] = await Promise.all([
    prometheusSettings(prometheus, configuration),
    grafana ? grafanaSettings(grafana) : {},
    opensearch ? logStoreSettings(opensearch) : {},
    dashboards ? observeDashboards(dashboards) : { indexPatterns: {}, settings: {} },
    components.vector ? observePipeline(kubernetes, components.vector) : {},
    opensearch ? recentLogs(opensearch, since) : { documents: 0, fields: {} },
  ])
  return {
    scrapes: scrapesOf(targets),
    sharedTargets: sharedTargetsOf(targets),
    settings: named(
      Object.entries({
        ...scrapeSettings(configuration, targets),
        ...ofLogs,
        ...ofDashboards.settings,
        ...ofVector,
        Prometheus: ofPrometheus,
        Grafana: ofGrafana,
      }),
    ),
    indexPatterns: ofDashboards.indexPatterns,
    recentLogs: logs,
  }
}

/** Who is notified of alerts, by the configuration that the operator wrote for Alertmanager. */
const observeNotified = async (
  { kubernetes, components, missing }: Observed,
  { alertmanager }: Clients,
  configuration: Configuration,
): Promise<Observation['notification']> => {
  if (!alertmanager) return { alertmanager: { route: {} }, secrets: {}, alertmanagers: [], relabelings: [] }
  const written =
    components.alertmanager && missing?.secrets === undefined
      ? await readWrittenConfig(kubernetes, 'Alertmanager', components.alertmanager)
      : undefined
  return observeNotification(alertmanager, configuration, written?.text ?? '')
}

const nothing = {
  grafana: { dashboards: {}, dataSources: {}, dataSourceUsers: {}, changed: [] },
  opensearch: { opensearch: { version: '', indices: {} }, logs: { nodes: {}, namespaces: {} } },
}

/** What an observation lacks without each part. */
const leftEmpty: Readonly<Partial<Record<ContextPart, string>>> = {
  alertmanager: 'who is notified of alerts',
  grafana: 'dashboards and data sources',
  opensearch: 'log indices and their documents',
  dashboards: 'index patterns',
  vector: 'the log pipeline',
  secrets: 'Secrets, revisions and hooks of helm releases, and secrets of receivers',
}

const notObservedIn = ({ kubernetes, missing = {} }: Observed): readonly NotChecked[] => [
  ...Object.entries(leftEmpty).flatMap(([part, what]) => {
    const why = missing[part as ContextPart]
    return why === undefined ? [] : [{ what, why }]
  }),
  ...(kubernetes.readOnly
    ? [{ what: 'whether custom resources are still accepted', why: 'only a dry run of a write tells' }]
    : []),
]

/** Clients of the servers that can be queried. */
const connect = ({ servers, missing = {} }: Observed): Clients => {
  const ifAsked = <T>(name: ServerName, connector: (server: Server) => T): T | undefined => {
    const server = servers[name]
    return server && missing[name] === undefined ? connector(server) : undefined
  }
  const others = {
    alertmanager: ifAsked('alertmanager', connectAlertmanager),
    grafana: ifAsked('grafana', connectGrafana),
    opensearch: ifAsked('opensearch', connectOpenSearch),
    dashboards: ifAsked('dashboards', connectDashboards),
  }
  return {
    prometheus: connectPrometheus(serverIn(servers, 'prometheus')),
    ...(Object.fromEntries(Object.entries(others).filter(([, one]) => one)) as Omit<Clients, 'prometheus'>),
  }
}

/** The namespaces of the components of a cluster that the harness has not set up. */
export const namespacesOf = (components: Components): ReadonlySet<string> =>
  new Set(Object.values(components).map(({ namespace }) => namespace))

/**
 * Everything that users of the stacks see or depend on.
 * @param windowSeconds a query that had a result within it has a result
 * @param before an earlier observation; its expressions that changed are evaluated side by side with the new ones
 * @throws an error of the client if a server does not answer
 */
export const observe = async (
  observed: Observed,
  windowSeconds: number,
  before?: Observation,
): Promise<Observation> => {
  const takenAt = new Date().toISOString()
  const since = new Date(Date.now() - windowSeconds * 1000).toISOString()
  const { kubernetes, helm, components, missing } = observed
  const clients = connect(observed)
  const scope = helm ? undefined : namespacesOf(components)
  const [targets, yaml] = await Promise.all([clients.prometheus.targets(), clients.prometheus.loadedConfig()])
  const configuration = parse(yaml) as Configuration
  const [
    version,
    releases,
    prometheus,
    { changed, ...grafana },
    notification,
    objects,
    secrets,
    definitions,
    opensearch,
    state,
  ] = await Promise.all([
    kubernetes.version(),
    helm ? observeHelm(helm) : observeReleases(kubernetes, namespacesOf(components)),
    observePrometheus(clients.prometheus, targets, windowSeconds),
    clients.grafana ? observeGrafana(clients.grafana, windowSeconds, before?.dashboards) : nothing.grafana,
    observeNotified(observed, clients, configuration),
    observeObjects(kubernetes, scope),
    missing?.secrets === undefined ? observeSecrets(kubernetes, scope) : {},
    observeDefinitions(kubernetes),
    clients.opensearch ? observeOpenSearch(clients.opensearch) : nothing.opensearch,
    observeState(observed, clients, { targets, configuration }, since),
  ])
  const usage = await observeUsage(kubernetes, clients.prometheus, objects, windowSeconds)
  const changedQueries = before ? [...changedRules(before, prometheus), ...changed] : []
  const notObserved = notObservedIn(observed)
  return {
    takenAt,
    ...(notObserved.length > 0 && { notObserved }),
    kubernetes: version,
    releases: releases.releases,
    ...prometheus,
    ...grafana,
    notification,
    sideBySide: await observeSideBySide(clients.prometheus, changedQueries),
    images: named(Object.entries({ ...objects.images, ...releases.images })),
    objects: named(Object.entries({ ...objects.objects, ...releases.objects })),
    secrets,
    ...definitions,
    ...opensearch,
    ...state,
    usage,
  }
}
