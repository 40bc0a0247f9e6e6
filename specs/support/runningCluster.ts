import { reapplyChart } from '../../diagnosis/remedies.ts'
import type { Run } from '../../setup/global.ts'
import type { ContextPart } from '../../setup/context/servers.ts'
import type { DeclaredClaim } from './claim.ts'

type Facts = NonNullable<Run['context']>

const metrics: readonly ContextPart[] = ['prometheus']
const alerts: readonly ContextPart[] = ['prometheus', 'alertmanager', 'operator']
const dashboards: readonly ContextPart[] = ['prometheus', 'grafana']
const logs: readonly ContextPart[] = ['vector', 'opensearch', 'log fields']

/** What the claims of each area need. */
const areaParts: Readonly<Record<string, readonly ContextPart[]>> = {
  cluster: [],
  Prometheus: metrics,
  metrics,
  Alertmanager: ['prometheus', 'alertmanager'],
  configuration: alerts,
  'alert delivery': alerts,
  'custom metrics app': [],
  Grafana: dashboards,
  'Grafana dashboards': dashboards,
  OpenSearch: ['opensearch'],
  'OpenSearch Dashboards': ['dashboards'],
  Vector: ['vector'],
  logs,
  'log delivery': logs,
  'log queries': [...logs, 'dashboards', 'index pattern'],
}

/** What some claims need beyond their area. */
const claimParts: Readonly<Record<string, readonly ContextPart[]>> = {
  'cluster-pods-current': ['secrets'],
  'promql-pods': ['kubeStateMetrics'],
  'promql-pods-by-namespace': ['kubeStateMetrics'],
  'promql-node-cpu': ['nodeExporter'],
  'metrics-nodes': ['nodeExporter'],
  'metrics-objects': ['kubeStateMetrics', 'secrets'],
  'config-prometheus': ['secrets'],
  'config-alertmanager': ['secrets'],
  // The sidecar may read dashboards from Secrets, too.
  'grafana-dashboard-files': ['secrets'],
  'grafana-stock-dashboards': ['secrets'],
  'vector-nodes': logs,
  'opensearch-field-types': ['log fields'],
  'opensearch-yellow': ['log fields'],
  'opensearch-unassigned': ['log fields'],
  'dashboards-fields': ['dashboards', 'index pattern'],
}

const planted = ['vector-nodes', 'logs-shape', 'dql-pod-name', 'dql-several-pods', 'dql-since'] as const

const ownInstallation = 'it checks what only this harness installs: '
const receiver = `${ownInstallation}a receiver of alerts, and the routes to it`
const apps = `${ownInstallation}custom-metrics-app`
const hardLines = `${ownInstallation}log lines that would give the index fields of conflicting types`
const namespaces = `${ownInstallation}sample logs in the namespaces monitoring and default`
const pattern = `${ownInstallation}an index pattern, and the index template for logs`

/** Why some claims are never run on a cluster that the harness has not set up. */
const neverRun: Readonly<Record<string, string>> = {
  'prometheus-inventory': `${ownInstallation}the literal number of targets of each job`,
  'alerts-canary-fires': receiver,
  'alerts-canary-resolves': receiver,
  'alerts-watchdog-arrives': receiver,
  'alerts-routes': receiver,
  'grafana-wrong-password': 'Grafana would count a failed login of its admin',
  'grafana-provisioning': `${ownInstallation}a dashboard that each run changes`,
  'grafana-custom-dashboard': apps,
  'grafana-custom-panels': apps,
  'opensearch-refusals': `${ownInstallation}a monitor for the metrics of Vector`,
  'opensearch-tomorrow': pattern,
  'dashboards-index-pattern': pattern,
  'logs-delay': pattern,
  'logs-long-line': hardLines,
  'logs-json-lines': hardLines,
  'logs-short-lived': hardLines,
  'dql-namespace-error': namespaces,
  'dql-container': namespaces,
  'dql-any-case-error': namespaces,
  'dql-not-exporter': namespaces,
  'dql-has-label': namespaces,
  'dql-exists': namespaces,
}

/** The ids in these tables; a test compares them with the claims. */
export const namedClaims: readonly string[] = [
  ...Object.keys(claimParts),
  ...planted,
  ...Object.keys(neverRun),
]

/** Why a claim is not run on a cluster that already runs; undefined if it is. */
export const notRunOnContext = (
  { id, area, parts = [] }: Pick<DeclaredClaim, 'id' | 'area' | 'parts'>,
  { missing, planted: isPlanted }: Facts,
): string | undefined => {
  const never = area === 'custom metrics app' ? apps : neverRun[id]
  if (never !== undefined) return never
  const needed = [...(areaParts[area] ?? []), ...(claimParts[id] ?? []), ...parts]
  const lacks = needed.flatMap((part) => missing[part] ?? [])
  if (lacks.length > 0) return [...new Set(lacks)].join('; ')
  return !isPlanted && planted.some((one) => one === id) ? 'needs E2E_PLANT=1' : undefined
}

/** The message of a failure on a cluster that this harness has not set up, which has no values/ and none of our releases. */
export const withoutOurNames = (message: string): string =>
  message
    .replaceAll(
      reapplyChart,
      '`helm upgrade` to the same version with the same values restores the objects of the chart',
    )
    .replaceAll(/\bvalues\/([a-z-]+)\.yaml\b/g, 'the values of chart $1')
    .replaceAll('values/ or manifests/', 'your values or manifests')
