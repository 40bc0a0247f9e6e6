import { parse } from 'yaml'
import { connectAlertmanager } from '../clients/alertmanager.ts'
import { connectDashboards, type Dashboards } from '../clients/dashboards.ts'
import { connectGrafana, type Grafana } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch, type OpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus, type Prometheus, type Target } from '../clients/prometheus.ts'
import type { Components } from '../config/components.ts'
import { serverIn, type Servers } from '../config/endpoints.ts'
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
import { observePrometheus } from './facts/prometheus.ts'
import { scrapeSettings, scrapesOf, sharedTargetsOf, type ScrapeConfiguration } from './facts/scrapes.ts'
import { grafanaSettings, prometheusSettings, type ServerConfiguration } from './facts/serverSettings.ts'
import { observeUsage } from './facts/usage.ts'
import { observeSideBySide } from './facts/sideBySide.ts'
import type { Observation } from './observation.ts'
import { changedRules } from './rulePairs.ts'

export type Observed = Readonly<{
  kubernetes: Kubernetes
  helm: Helm
  components: Components
  servers: Servers
}>

type State = Pick<Observation, 'settings' | 'scrapes' | 'sharedTargets' | 'indexPatterns' | 'recentLogs'>

type Configuration = AlertingConfiguration & ScrapeConfiguration & ServerConfiguration
type Clients = Readonly<{
  prometheus: Prometheus
  grafana: Grafana
  opensearch: OpenSearch
  dashboards: Dashboards
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
    grafanaSettings(grafana),
    logStoreSettings(opensearch),
    observeDashboards(dashboards),
    components.vector ? observePipeline(kubernetes, components.vector) : {},
    recentLogs(opensearch, since),
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

/** The configuration that the operator wrote for Alertmanager. */
const readWritten = async (kubernetes: Kubernetes, { alertmanager }: Components): Promise<string> =>
  (alertmanager && (await readWrittenConfig(kubernetes, 'Alertmanager', alertmanager)))?.text ?? ''

/**
 * Everything that users of the stacks see or depend on.
 * @param window in seconds: a query that had a result within it has a result
 * @param before an earlier observation; its expressions that changed are evaluated side by side with the new ones
 * @throws an error of the client if a server does not answer
 */
export const observe = async (
  observed: Observed,
  window: number,
  before?: Observation,
): Promise<Observation> => {
  const takenAt = new Date().toISOString()
  const since = new Date(Date.now() - window * 1000).toISOString()
  const { kubernetes, helm, components, servers } = observed
  const clients = {
    prometheus: connectPrometheus(serverIn(servers, 'prometheus')),
    grafana: connectGrafana(serverIn(servers, 'grafana')),
    opensearch: connectOpenSearch(serverIn(servers, 'opensearch')),
    dashboards: connectDashboards(serverIn(servers, 'dashboards')),
  }
  const alertmanager = connectAlertmanager(serverIn(servers, 'alertmanager'))
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
    observeHelm(helm),
    observePrometheus(clients.prometheus, targets, window),
    observeGrafana(clients.grafana, window, before?.dashboards),
    readWritten(kubernetes, components).then((text) =>
      observeNotification(alertmanager, configuration, text),
    ),
    observeObjects(kubernetes),
    observeSecrets(kubernetes),
    observeDefinitions(kubernetes),
    observeOpenSearch(clients.opensearch),
    observeState(observed, clients, { targets, configuration }, since),
  ])
  const usage = await observeUsage(kubernetes, clients.prometheus, objects, window)
  const changedQueries = before ? [...changedRules(before, prometheus), ...changed] : []
  return {
    takenAt,
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
