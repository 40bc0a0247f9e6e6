import { checklist } from '../specs/support/checklist.ts'
import { alertFaults } from './alerts.ts'
import { add, all, change, followedBy, killPods, reference, remove, type Injection } from './change.ts'
import { configurationFaults } from './configuration.ts'
import { metricsFaults } from './metrics.ts'
import { dashboardFaults } from './dashboards.ts'
import { stopWorker } from './node.ts'
import { logFaults } from './logs.ts'
import { recollectLogs, evictFromControlPlane, reconfigureVector, vector } from './pipeline.ts'
import { reloadPrometheus, renewPrometheus } from './prometheus.ts'
import type { Domain } from './domains.ts'

/** One way to break the stack, and what must come of it. */
export type Fault = Readonly<{
  name: string
  sentence: string
  inject: Injection
  /** The claims that must be red, and no others but those about alerts. */
  red: readonly string[]
  /** Must be found in the text of the first of them: the named cause. */
  cause: RegExp
  /** What it disturbs besides the failure domains of its red claims: it is not injected beside faults of these. */
  disturbs?: 'everything' | readonly Domain[]
}>

const claims = (pattern: RegExp): readonly string[] =>
  checklist.map(({ id }) => id).filter((id) => pattern.test(id))
const appMetrics = checklist
  .filter(({ area, id }) => area === 'custom metrics app' && id.startsWith('promql-'))
  .map(({ id }) => id)

const app = reference('apps/v1', 'Deployment', 'default')('custom-metrics-app')
const appMonitor = reference('monitoring.coreos.com/v1', 'ServiceMonitor', 'default')('custom-metrics-app')
const orderLoad = reference('apps/v1', 'Deployment', 'default')('order-load')
const opensearch = reference('apps/v1', 'StatefulSet', 'monitoring')('opensearch-cluster-master')
const appProgram = reference('v1', 'ConfigMap', 'default')('custom-metrics-app')
const configMap = reference('v1', 'ConfigMap', 'monitoring')
const service = reference('v1', 'Service', 'monitoring')
const deployment = reference('apps/v1', 'Deployment', 'monitoring')
const monitor = reference('monitoring.coreos.com/v1', 'ServiceMonitor', 'monitoring')
const prometheus = reference(
  'monitoring.coreos.com/v1',
  'Prometheus',
  'monitoring',
)('kube-prometheus-stack-prometheus')

const restartApp = killPods('default', 'app=custom-metrics-app')

const dashboard = configMap('custom-metrics-dashboard')
const dashboardFile = '/data/custom-metrics-dashboard.json'

const onLastWorker = (inject: (node: string) => Injection): Injection => {
  // The last node of kind-config.yaml.
  return (live) => inject(`${live.cluster}-worker3`)(live)
}
// The pods of a DaemonSet go where they may not be any more, and the others stay as they are.
const onlyWhereForbidden = { '/spec/updateStrategy': { type: 'OnDelete' } }
const notOn = (node: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: [node] }] },
      ],
    },
  },
})

/** Adds a PrometheusRule with a recording rule in each of its groups, and has Prometheus load it. */
const addRecordingRules = (
  namespace: string,
  name: string,
  ruleByGroup: Readonly<Record<string, Readonly<{ record: string; expr: string }>>>,
): Injection =>
  followedBy(
    add(
      JSON.stringify({
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name, namespace, labels: { release: 'kube-prometheus-stack' } },
        spec: {
          groups: Object.entries(ruleByGroup).map(([group, rule]) => ({
            name: group,
            interval: '5s',
            rules: [rule],
          })),
        },
      }),
    ),
    reloadPrometheus,
  )

export const faults: readonly Fault[] = [
  // The app.
  {
    name: 'app-crashes',
    sentence: 'the start command of the app writes into a directory that does not exist',
    inject: change(app, {
      '/spec/template/spec/containers/0/command': [
        'sh',
        '-c',
        'echo started > /var/lib/shop/state && node /app/app.cjs',
      ],
    }),
    red: [
      'cluster-pods',
      'prometheus-targets',
      ...claims(/^app-/),
      // The pod that never ran has no series.
      ...claims(/^promql-(orders|order-rate|p95|p99|payment-rate)$/),
    ],
    cause:
      /custom-metrics-app-\S+: container custom-metrics-app (keeps crashing|crashed): exit code 2[\s\S]*\/var\/lib\/shop\/state/,
  },
  {
    name: 'app-one-replica',
    sentence: 'the app has one replica',
    inject: change(app, { '/spec/replicas': 1 }),
    red: ['prometheus-inventory', 'app-pods', 'app-targets', 'promql-low-stock'],
    cause:
      /job custom-metrics-app: 1 target is up, 2 expected[\s\S]* Deployment\/custom-metrics-app asks for 1\n/,
  },
  {
    name: 'app-monitor-unlabelled',
    sentence:
      'the ServiceMonitor of the app lacks the label by which Prometheus selects, on a new Prometheus',
    disturbs: 'everything',
    inject: followedBy(
      all(
        change(prometheus, {
          '/spec/serviceMonitorSelector': { matchLabels: { release: 'kube-prometheus-stack' } },
        }),
        change(appMonitor, { '/metadata/labels/release': undefined }),
      ),
      renewPrometheus,
      reloadPrometheus,
    ),
    red: [
      'prometheus-targets',
      'prometheus-inventory',
      'config-monitors',
      ...claims(/^alerts-canary/),
      'app-targets',
      ...appMetrics,
      'grafana-custom-panels',
    ],
    cause:
      /ServiceMonitor default\/custom-metrics-app has no target: Prometheus selects .*release.*labels are app=custom-metrics-app/,
  },
  {
    name: 'app-port-name',
    sentence: 'the ServiceMonitor of the app names one more port, which the Service does not have',
    inject: followedBy(
      change(appMonitor, {
        '/spec/endpoints': (endpoints: readonly object[]) => [...endpoints, { port: 'metricz' }],
      }),
      reloadPrometheus,
    ),
    red: ['prometheus-targets'],
    cause: /Service custom-metrics-app has no port named metricz, its ports are http, metrics/,
  },
  {
    name: 'app-no-orders',
    sentence: 'nobody orders, and the app has started anew since',
    inject: followedBy(change(orderLoad, { '/spec/replicas': 0 }), restartApp, async () => {}),
    red: ['promql-order-rate', 'promql-payment', 'promql-p95', 'promql-p99', 'promql-payment-rate'],
    cause: /not above 0[\s\S]*Deployment default\/order-load: it is scaled to 0/,
  },
  {
    name: 'app-metric-renamed',
    sentence: 'the app calls orders_total shop_orders_total',
    inject: followedBy(
      change(appProgram, {
        '/data/app.cjs': (old: string) => old.replaceAll('orders_total', 'shop_orders_total'),
      }),
      restartApp,
    ),
    red: ['app-metrics', 'promql-orders', 'promql-order-rate'],
    cause: /pod custom-metrics-app-\S+: \/metrics has no family orders_total; it has: .*shop_orders_total/,
  },

  // The dashboards.
  {
    name: 'dashboard-wrapped',
    sentence: 'the JSON of the custom dashboard is wrapped in {"dashboard": …}',
    inject: all(
      remove(dashboard),
      add(`
apiVersion: v1
kind: ConfigMap
metadata: {name: custom-metrics-dashboard, namespace: monitoring, labels: {grafana_dashboard: "1"}}
data:
  custom-metrics-dashboard.json: '{"dashboard": {"uid": "custom-business-metrics", "title": "Custom Business Metrics", "panels": []}}'
`),
    ),
    red: ['grafana-dashboard-files', 'grafana-custom-dashboard', 'grafana-custom-panels'],
    cause: /custom-metrics-dashboard\.json of ConfigMap monitoring\/custom-metrics-dashboard is wrapped/,
  },
  {
    name: 'dashboard-label',
    sentence: 'the label of the custom dashboard is misspelt',
    inject: change(dashboard, {
      '/metadata/labels/grafana_dashboard': undefined,
      '/metadata/labels/grafana-dashboard': '1',
    }),
    red: ['grafana-dashboard-files', 'grafana-custom-dashboard', 'grafana-custom-panels'],
    cause: /ConfigMap monitoring\/custom-metrics-dashboard is not labelled grafana_dashboard: "1"/,
  },
  {
    name: 'dashboard-panel',
    sentence: 'a panel of the custom dashboard queries a metric that does not exist',
    inject: change(dashboard, {
      [dashboardFile]: (old: string) => old.replace('avg(active_users)', 'avg(users_active)'),
    }),
    red: ['grafana-custom-panels'],
    cause: /panel "Active users" A: no data: avg\(users_active\): there is no metric users_active\n/,
  },
  {
    name: 'dashboard-stock',
    sentence: 'a dashboard of the stack is not labelled for the sidecar',
    inject: change(configMap('kube-prometheus-stack-nodes'), {
      '/metadata/labels/grafana_dashboard': undefined,
    }),
    red: ['grafana-stock-dashboards'],
    cause: /no ConfigMap labelled grafana_dashboard: "1" holds "Node Exporter \/ Nodes"/,
  },
  {
    name: 'grafana-data-source',
    sentence: 'the URL of the Prometheus data source is wrong',
    inject: change(configMap('kube-prometheus-stack-grafana-datasource'), {
      '/data/datasource.yaml': (old: string) =>
        old.replace('-prometheus.monitoring:9090', '-prometheus.monitoring:9099'),
    }),
    red: ['grafana-data-source', ...claims(/^grafana-.*panels/)],
    cause: /data source Prometheus is ERROR: .*9099/,
  },
  {
    name: 'grafana-password',
    sentence: 'the admin password is changed in the Secret',
    inject: followedBy(
      change(reference('v1', 'Secret', 'monitoring')('kube-prometheus-stack-grafana'), {
        '/data/admin-password': Buffer.from('something-else').toString('base64'),
      }),
      killPods('monitoring', 'app.kubernetes.io/name=grafana'),
    ),
    red: claims(/^grafana-(?!wrong|dashboard-files)/),
    cause: /answered 401[\s\S]*Secret monitoring\/kube-prometheus-stack-grafana has another admin-password/,
  },
  {
    name: 'grafana-down',
    sentence: 'Grafana is scaled to 0',
    inject: change(deployment('kube-prometheus-stack-grafana'), { '/spec/replicas': 0 }),
    // What the files are does not depend on Grafana.
    red: ['prometheus-targets', 'prometheus-inventory', ...claims(/^grafana-(?!dashboard-files)/)],
    cause:
      /Service kube-prometheus-stack-grafana has no ready endpoint[\s\S]*Deployment monitoring\/kube-prometheus-stack-grafana: it is scaled to 0/,
  },

  ...dashboardFaults,

  // Prometheus and what it watches.
  {
    name: 'node-exporter-missing',
    sentence: 'a node has no node-exporter',
    inject: onLastWorker((node) =>
      change(
        reference('apps/v1', 'DaemonSet', 'monitoring')('kube-prometheus-stack-prometheus-node-exporter'),
        { '/spec/template/spec/affinity': notOn(node), ...onlyWhereForbidden },
      ),
    ),
    // Its CPU use is a rate over five minutes, and outlives it that long.
    red: ['prometheus-inventory', 'metrics-nodes'],
    cause:
      /job node-exporter: 3 targets are up, 4 expected\n.*node \S+-worker3 has no pod of DaemonSet monitoring\/\S+-node-exporter: .* requires kubernetes\.io\/hostname not in \S+-worker3\n/,
  },
  {
    name: 'target-down',
    sentence: 'Alertmanager is scraped on a path that it does not have',
    inject: followedBy(
      change(monitor('kube-prometheus-stack-alertmanager'), { '/spec/endpoints/0/path': '/metricz' }),
      reloadPrometheus,
    ),
    red: ['prometheus-targets', 'prometheus-inventory', 'grafana-panels'],
    cause: /kube-prometheus-stack-alertmanager http:\S+\/metricz is down: server returned HTTP status 404/,
  },
  {
    name: 'monitor-deleted',
    sentence: 'the ServiceMonitor of CoreDNS is deleted',
    inject: followedBy(remove(monitor('kube-prometheus-stack-coredns')), reloadPrometheus),
    red: ['prometheus-inventory', 'grafana-panels'],
    cause: /job coredns: 0 targets are up, 2 expected\n.*no ServiceMonitor makes job coredns\n/,
  },
  {
    name: 'rule-error',
    sentence: 'a recording rule matches many series to many',
    inject: addRecordingRules('monitoring', 'broken-rule', {
      'broken-rule': { record: 'broken:rule', expr: 'up * on(job) up' },
    }),
    red: ['prometheus-rules'],
    cause: /rule broken:rule of group broken-rule cannot be evaluated: .*many-to-many/,
  },
  {
    name: 'recording-rules-conflict',
    sentence: 'two teams record the same series, one of them multiplied by 100',
    inject: addRecordingRules('default', 'team-rules', {
      'team-a': { record: 'e2e:targets:up', expr: '100 * sum by (job) (up)' },
      'team-b': { record: 'e2e:targets:up', expr: 'sum by (job) (up)' },
    }),
    red: ['prometheus-rules'],
    cause:
      /rules named e2e:targets:up disagree about \{job="[^"]+"\}.*: 100 \* sum by \(job\) \(up\) in group team-a, sum by \(job\) \(up\) in group team-b\n/,
  },
  {
    name: 'prometheus-node-port',
    sentence: "Prometheus' Service has another node port",
    disturbs: 'everything',
    inject: change(service('kube-prometheus-stack-prometheus'), { '/spec/ports/0/nodePort': 30190 }),
    red: [
      ...claims(/^(prometheus|promql|metrics)-/),
      ...claims(/^config-(accepted|prometheus|monitors|rules)$/),
      'alerts-routes',
      'app-targets',
      'opensearch-refusals',
    ],
    cause: /no Service has node port 30090; values\/kube-prometheus-stack\.yaml asks for one/,
  },
  {
    name: 'kube-state-metrics-down',
    sentence: 'kube-state-metrics is scaled to 0',
    inject: change(deployment('kube-prometheus-stack-kube-state-metrics'), { '/spec/replicas': 0 }),
    red: [
      'prometheus-targets',
      'prometheus-inventory',
      'promql-pods',
      'promql-pods-by-namespace',
      'metrics-objects',
      'grafana-panels',
    ],
    cause:
      /Service kube-prometheus-stack-kube-state-metrics has no ready endpoint[\s\S]*Deployment monitoring\/kube-prometheus-stack-kube-state-metrics: it is scaled to 0/,
  },
  {
    name: 'alertmanager-unreachable',
    sentence: 'Prometheus sends its alerts to a port that Alertmanager does not have',
    disturbs: ['metrics'],
    inject: followedBy(
      change(prometheus, { '/spec/alerting/alertmanagers/0/port': 'http-wrong' }),
      async (live) => {
        await reloadPrometheus(live)
        // It remembers for minutes what it was told.
        await killPods('monitoring', 'app.kubernetes.io/name=alertmanager')(live)
      },
      reloadPrometheus,
    ),
    red: ['alertmanager-watchdog', ...claims(/^alerts-(canary|watchdog)/)],
    cause:
      /Prometheus monitoring\/kube-prometheus-stack-prometheus sends to port http-wrong of Service monitoring\/kube-prometheus-stack-alertmanager, whose ports are http-web/,
  },
  {
    name: 'alertmanager-service',
    sentence: "Alertmanager's Service selects no pod",
    inject: change(service('kube-prometheus-stack-alertmanager'), {
      '/spec/selector/app.kubernetes.io~1name': 'nobody',
    }),
    red: [
      'prometheus-targets',
      'prometheus-inventory',
      'alertmanager-ready',
      'alertmanager-watchdog',
      'config-alertmanager',
      'config-alertmanager-configs',
      'grafana-panels',
      // What Alertmanager has, it keeps repeating.
      ...claims(/^alerts-(canary|routes)/),
    ],
    cause:
      /Service monitoring\/kube-prometheus-stack-alertmanager selects no pod: its selector is .*app\.kubernetes\.io\/name=nobody/,
  },

  ...metricsFaults,
  ...alertFaults,

  // The log pipeline.
  {
    name: 'vector-toleration',
    sentence: 'Vector does not tolerate the taint of the control plane',
    inject: followedBy(
      change(vector, { ...onlyWhereForbidden, '/spec/template/spec/tolerations': undefined }),
      evictFromControlPlane,
      async () => {},
    ),
    red: ['prometheus-inventory', 'vector-pods', 'vector-nodes', 'logs-containers'],
    cause: /control-plane has no pod of DaemonSet monitoring\/vector: .*does not tolerate its taint/,
  },
  {
    name: 'vector-node',
    sentence: 'a node has no pod of Vector',
    inject: onLastWorker((node) =>
      change(vector, { ...onlyWhereForbidden, '/spec/template/spec/affinity': notOn(node) }),
    ),
    red: ['prometheus-inventory', 'vector-pods', 'vector-nodes', 'logs-containers'],
    cause:
      /worker3 has no pod of DaemonSet monitoring\/vector: .* requires kubernetes\.io\/hostname not in \S+-worker3/,
  },
  {
    name: 'vector-api-version',
    sentence: 'Vector is to find out the API version by itself, and sends _type, which OpenSearch refuses',
    inject: reconfigureVector('api_version: v8', 'api_version: auto'),
    red: [
      'opensearch-yellow',
      'opensearch-unassigned',
      'opensearch-refusals',
      'vector-nodes',
      ...claims(/^(logs|dql)-/),
    ],
    cause: /there is no logs index[\s\S]*Vector says .*\[_type\].*\n.*remedy: set `api_version: v8`/,
  },
  {
    name: 'vector-host',
    sentence: 'Vector sends to a host that does not exist',
    inject: reconfigureVector('http://opensearch-cluster-master:', 'http://opensearch-elsewhere:'),
    red: ['opensearch-yellow', 'opensearch-unassigned', 'vector-nodes', ...claims(/^(logs|dql)-/)],
    cause:
      /sinks send to http:\/\/opensearch-elsewhere:9200, and there is no Service monitoring\/opensearch-elsewhere/,
  },
  {
    name: 'vector-fields',
    sentence: 'the namespace is under another name',
    inject: reconfigureVector('.kubernetes.namespace_name =', '.kubernetes.namespace ='),
    red: [
      'logs-shape',
      'logs-containers',
      'dashboards-fields',
      ...claims(/^dql-(namespace-error|container|any-case-error|not-exporter|has-label)$/),
    ],
    cause:
      /25 documents lack kubernetes\.namespace_name; they have: .*kubernetes\.namespace,.*\n.*remedy: transform shape/,
  },
  {
    name: 'vector-time-field',
    sentence: 'the time of the event is under another name',
    inject: reconfigureVector('timestamp_key:', 'host_key:'),
    red: ['logs-shape', 'dashboards-fields', 'logs-event-time', 'logs-delay', 'dql-since'],
    cause: /25 documents lack @timestamp; they have: .*\n.*remedy: log_schema\.timestamp_key/,
  },
  {
    name: 'vector-time',
    sentence: '@timestamp is the time of processing',
    inject: reconfigureVector('labels = object', '."@timestamp" = now(); labels = object'),
    red: ['logs-event-time'],
    cause: /@timestamp is the time of processing/,
  },
  {
    name: 'vector-time-ahead',
    sentence: 'the times of one app are ten minutes ahead, as if they were read in a wrong zone',
    inject: reconfigureVector(
      'labels = object',
      'if .kubernetes.container_name == "order-load" { ."@timestamp" = from_unix_timestamp!(to_unix_timestamp(timestamp!(."@timestamp")) + 600) }; labels = object',
    ),
    red: ['logs-event-time'],
    cause:
      /container order-load of Pod default\/order-load-\S+ has a document of \S+, \d+ min \d+ s in the future/,
  },

  // OpenSearch.
  {
    name: 'opensearch-replicas',
    sentence: 'the logs indices have no replica',
    inject: async ({ opensearch }) => {
      const set = (number_of_replicas: number) =>
        opensearch.indices.putSettings({ index: 'logs-*', body: { index: { number_of_replicas } } })
      await set(0)
      return async () => {
        await set(1)
      }
    },
    red: ['opensearch-yellow', 'opensearch-unassigned'],
    cause: /green, not yellow: no logs index has a replica/,
  },
  {
    name: 'opensearch-read-only',
    sentence: 'the logs indices take no documents',
    inject: async (live) => {
      const set = (write: boolean) =>
        live.opensearch.indices.putSettings({ index: 'logs-*', body: { index: { blocks: { write } } } })
      await set(true)
      // What was refused is lost.
      return () => recollectLogs(live)
    },
    red: ['opensearch-refusals', 'vector-nodes', 'logs-containers', 'logs-delay'],
    cause: /discarded \d+ events[\s\S]*cluster_block_exception.*\n.*remedy: .*index\.blocks\.write/,
  },
  {
    name: 'opensearch-flood-stage',
    sentence: 'the logs indices are blocked as at the flood-stage watermark, and Vector keeps retrying',
    inject: async (live) => {
      const set = (value: boolean | null) =>
        live.opensearch.indices.putSettings({
          index: 'logs-*',
          body: { 'index.blocks.read_only_allow_delete': value },
        })
      await set(true)
      // Lines that arrived before came in time.
      await killPods('monitoring', 'app.kubernetes.io/name=vector')(live)
      return async () => {
        await set(null)
        await recollectLogs(live)
      }
    },
    red: ['vector-nodes', 'logs-containers', 'logs-delay'],
    cause: /index\.blocks\.read_only_allow_delete is true: .*\n.*free disk space, then `curl/,
  },
  {
    name: 'opensearch-primary',
    sentence: 'an index has a primary that no node may hold',
    inject: async ({ opensearch }) => {
      const index = 'homeless'
      await opensearch.indices.create({
        index,
        body: { settings: { number_of_replicas: 0, 'index.routing.allocation.require._name': 'nobody' } },
        wait_for_active_shards: '0',
      })
      return async () => {
        await opensearch.indices.delete({ index })
      }
    },
    red: ['opensearch-yellow', 'opensearch-unassigned'],
    cause:
      /the status is red, not yellow: primary 0 of homeless is unassigned: INDEX_CREATED; filter: .*nobody/,
  },
  {
    name: 'opensearch-killed',
    sentence: 'the pod of OpenSearch is killed, and does not come back',
    inject: async (live) => {
      const undo = await change(opensearch, { '/spec/replicas': 0 })(live)
      await killPods('monitoring', 'app.kubernetes.io/name=opensearch')(live)
      return async () => {
        await undo()
        // What was under way may come twice.
        await recollectLogs(live)
      }
    },
    red: [...claims(/^opensearch-/), ...claims(/^dashboards-/), 'vector-nodes', ...claims(/^(logs|dql)-/)],
    cause: /StatefulSet\/opensearch-cluster-master wants no pods\n.*it is scaled to 0/,
  },

  // OpenSearch Dashboards.
  {
    name: 'dashboards-down',
    sentence: 'OpenSearch Dashboards is scaled to 0',
    inject: followedBy(
      change(deployment('opensearch-dashboards'), { '/spec/replicas': 0 }),
      // Else it keeps whoever calls waiting for half a minute.
      killPods('monitoring', 'app.kubernetes.io/name=opensearch-dashboards'),
      async () => {},
    ),
    red: [...claims(/^dashboards-/), ...claims(/^dql-/)],
    cause:
      /Service monitoring\/opensearch-dashboards \(node port 30561\) has no pod[\s\S]*Deployment monitoring\/opensearch-dashboards: it is scaled to 0/,
  },
  {
    name: 'index-pattern-missing',
    sentence: 'there is no index pattern',
    inject: async ({ dashboards }) => {
      const [pattern] = await dashboards.indexPatterns()
      if (!pattern) throw new Error('there is no index pattern to delete')
      await dashboards.deleteIndexPattern(pattern.id)
      return () => dashboards.saveIndexPattern(pattern)
    },
    red: [...claims(/^dashboards-(index-pattern|fields)$/), ...claims(/^dql-/)],
    cause: /no index pattern logs-\*/,
  },
  {
    name: 'index-pattern-time',
    sentence: 'the index pattern has another time field',
    inject: async ({ dashboards }) => {
      const [pattern] = await dashboards.indexPatterns()
      if (!pattern) throw new Error('there is no index pattern to change')
      await dashboards.saveIndexPattern({ ...pattern, timeField: 'time' })
      return () => dashboards.saveIndexPattern(pattern)
    },
    red: ['dashboards-index-pattern'],
    cause: /the time field of logs-\* is time, not @timestamp/,
  },

  ...logFaults,

  // The cluster.
  {
    name: 'image-missing',
    sentence: 'a pod has an image that does not exist',
    inject: add(`
apiVersion: v1
kind: Pod
metadata: {name: without-image, namespace: default}
spec: {containers: [{name: main, image: "docker.io/library/busybox:0.0.0-none"}], terminationGracePeriodSeconds: 0}
`),
    red: ['cluster-pods'],
    cause: /without-image: container main: image \S*busybox:0\.0\.0-none/,
  },
  {
    name: 'pod-too-large',
    sentence: 'a pod asks for more than any node has',
    inject: add(`
apiVersion: v1
kind: Pod
metadata: {name: too-large, namespace: default}
spec: {containers: [{name: main, image: "docker.io/library/busybox:1.37", resources: {requests: {cpu: "1000"}}}]}
`),
    red: ['cluster-pods'],
    cause:
      /Pod default\/too-large: cannot be scheduled: .*too little cpu left \(it asks for 1(k|000) for container main.*\n.*remedy: lower resources\.requests\.cpu/,
  },
  {
    name: 'node-stopped',
    sentence: 'a worker stops',
    disturbs: 'everything',
    inject: stopWorker,
    red: [
      'cluster-nodes',
      'cluster-pods',
      'prometheus-targets',
      'prometheus-inventory',
      'metrics-nodes',
      'metrics-containers',
      'vector-pods',
      'vector-nodes',
      // The counters of its Vector, which show what is discarded, are no longer scraped.
      'opensearch-refusals',
    ],
    cause: /node \S+-worker\d* is not Ready.*\n.*docker unpause/,
  },

  ...configurationFaults,
]
