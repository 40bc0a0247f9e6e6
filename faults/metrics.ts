import { add, all, change, followedBy, killPods, reference, type Injection, type Live } from './change.ts'
import { dropPort, onControlPlane } from './network.ts'
import { reloadPrometheus } from './prometheus.ts'
import type { Fault } from './table.ts'

const monitor = reference('monitoring.coreos.com/v1', 'ServiceMonitor', 'monitoring')
const clusterRole = reference('rbac.authorization.k8s.io/v1', 'ClusterRole', '')

type Relabeling = Readonly<{ action: string; sourceLabels?: readonly string[]; regex: string }>
type MonitorEndpoint = Readonly<{ port?: string; path?: string; metricRelabelings?: readonly Relabeling[] }>

/** Adds a rule to what the chosen endpoints of a ServiceMonitor do to their samples. */
const relabel = (
  name: string,
  isChosen: (endpoint: MonitorEndpoint) => boolean,
  relabeling: Relabeling,
): Injection =>
  followedBy(
    change(monitor(name), {
      '/spec/endpoints': (endpoints: readonly MonitorEndpoint[]) =>
        endpoints.map((endpoint) =>
          isChosen(endpoint)
            ? { ...endpoint, metricRelabelings: [...(endpoint.metricRelabelings ?? []), relabeling] }
            : endpoint,
        ),
    }),
    reloadPrometheus,
  )

const corednsPods = 'k8s-app=kube-dns'
const corednsPort = 9153

const restartStateMetrics = (live: Live): Promise<void> =>
  killPods('monitoring', 'app.kubernetes.io/name=kube-state-metrics')(live)

/** Faults of what Prometheus collects, and of the network that it collects through. */
export const metricsFaults: readonly Fault[] = [
  {
    name: 'samples-dropped',
    sentence: "Alertmanager's ServiceMonitor drops every sample of the config reloader",
    // No other claim reads what this endpoint exposes.
    inject: relabel('kube-prometheus-stack-alertmanager', ({ port }) => port === 'reloader-web', {
      action: 'drop',
      sourceLabels: ['__name__'],
      regex: '.+',
    }),
    red: ['metrics-samples'],
    cause:
      /job kube-prometheus-stack-alertmanager \(serviceMonitor\/monitoring\/kube-prometheus-stack-alertmanager\/1\) is up but yields no samples: metricRelabelings drop all \d+\n/,
  },
  {
    name: 'samples-merged',
    sentence: "the operator's ServiceMonitor removes the label that tells histogram buckets apart",
    inject: relabel('kube-prometheus-stack-operator', () => true, { action: 'labeldrop', regex: 'le' }),
    red: ['metrics-samples'],
    cause:
      /job kube-prometheus-stack-operator .*: [1-9]\d* samples of each scrape lost without a trace: .*\(labeldrop le\)\n/,
  },
  {
    name: 'samples-twice',
    sentence: 'a pod exposes a series twice in one answer',
    // The pod is deleted after its PodMonitor: otherwise the last scrape may set `up` to 0, which lasts for five minutes
    // once a reload has removed the target, and TargetDown is pending meanwhile.
    inject: all(
      add(`
apiVersion: v1
kind: Pod
metadata: {name: twice, namespace: default, labels: {app: twice}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: main
      image: docker.io/library/busybox:1.37
      command: [sh, -c, 'mkdir /www && printf "team_orders 1\\nteam_orders 2\\n" > /www/metrics && httpd -f -p 8000 -h /www']
      ports: [{name: metrics, containerPort: 8000}]
`),
      followedBy(
        add(`
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: twice, namespace: default, labels: {release: kube-prometheus-stack}}
spec:
  selector: {matchLabels: {app: twice}}
  # Its server does not say that the answer is text for Prometheus.
  fallbackScrapeProtocol: PrometheusText0.0.4
  podMetricsEndpoints: [{port: metrics}]
`),
        reloadPrometheus,
      ),
    ),
    red: ['metrics-samples', 'prometheus-inventory'],
    cause:
      /another value at the same time: [1-9]\d* in the last[\s\S]*Prometheus logs for podMonitor\/default\/twice\/0 /,
  },
  {
    name: 'monitor-copied',
    sentence: 'a second ServiceMonitor selects the Service of CoreDNS',
    inject: followedBy(
      add(`
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: coredns-copy, namespace: default, labels: {release: kube-prometheus-stack}}
spec:
  jobLabel: jobLabel
  selector: {matchLabels: {app: kube-prometheus-stack-coredns}}
  namespaceSelector: {matchNames: [kube-system]}
  # With the same labels the samples would collide now and then.
  endpoints: [{port: http-metrics, relabelings: [{targetLabel: copy, replacement: "1"}]}]
`),
      reloadPrometheus,
    ),
    red: ['prometheus-inventory', 'metrics-scraped-once'],
    cause:
      /job coredns: 4 targets are up, 2 expected\n.* scraped twice by ServiceMonitor \S+ \(Service kube-system\/kube-prometheus-stack-coredns\) and by ServiceMonitor \S+ .*, which select the same Service/,
  },
  {
    name: 'service-copied',
    sentence: 'a second Service with the labels of the first has the pods of CoreDNS',
    inject: add(`
apiVersion: v1
kind: Service
metadata:
  name: coredns-copy
  namespace: kube-system
  labels: {app: kube-prometheus-stack-coredns, release: kube-prometheus-stack, jobLabel: coredns}
spec: {clusterIP: None, selector: {k8s-app: kube-dns}, ports: [{name: http-metrics, port: 9153}]}
`),
    red: ['prometheus-inventory', 'metrics-scraped-once'],
    cause:
      /job coredns: 4 targets are up, 2 expected\n.* scraped twice by ServiceMonitor monitoring\/kube-prometheus-stack-coredns, which selects Service \S+ and Service \S+, and they have the same pods/,
  },
  {
    name: 'containers-dropped',
    sentence: "the kubelet's ServiceMonitor drops cAdvisor's series of a namespace",
    inject: relabel('kube-prometheus-stack-kubelet', ({ path }) => path === '/metrics/cadvisor', {
      action: 'drop',
      sourceLabels: ['namespace'],
      // Of one pod: dashboards show other namespaces.
      regex: 'local-path-storage',
    }),
    red: ['metrics-containers'],
    cause:
      /1 of \d+ containers? on \S+ .* has no container_cpu_usage_seconds_total: local-path-storage\/[\s\S]*reports it, and Prometheus drops it: metricRelabelings of serviceMonitor\/monitoring\/kube-prometheus-stack-kubelet\/1\n/,
  },
  {
    name: 'kube-state-metrics-forbidden',
    sentence: 'kube-state-metrics may not list Secrets',
    inject: followedBy(
      change(clusterRole('kube-prometheus-stack-kube-state-metrics'), {
        '/rules': (rules: readonly Readonly<{ resources: readonly string[] }>[]) =>
          rules
            .map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== 'secrets') }))
            .filter(({ resources }) => resources.length > 0),
      }),
      // A watch that is open stays so.
      restartStateMetrics,
    ),
    red: ['metrics-objects'],
    cause:
      /secrets: 0 in Prometheus, \d+ in the API; missing: .*[\s\S]*the API server refuses secrets: system:serviceaccount:monitoring:kube-prometheus-stack-kube-state-metrics may not list and watch them\n/,
  },
  {
    name: 'alert-pending',
    sentence: 'an alert that belongs to nobody is pending',
    disturbs: 'everything',
    inject: followedBy(
      add(`
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: team-alerts, namespace: default, labels: {release: kube-prometheus-stack}}
spec:
  groups:
    - name: team
      interval: 5s
      rules:
        - alert: TooManyUsers
          expr: sum(active_users) > 1
          for: 1h
          labels: {severity: warning}
          annotations: {summary: The shop is full.}
`),
      reloadPrometheus,
    ),
    red: ['metrics-alerts'],
    cause:
      /alert TooManyUsers of group team has been pending for .*: severity=warning\s+The shop is full\.\s+its expression is \S+: sum\(active_users\) > 1\n/,
  },

  // The network.
  {
    name: 'network-port-dropped',
    sentence: "a node drops what is sent to the metrics port of CoreDNS' pod",
    inject: dropPort('kube-system', corednsPods, corednsPort, 'first'),
    red: ['prometheus-targets', 'prometheus-inventory'],
    cause:
      /cut off at the pod's own node: no node reaches it, although the kubelet, .* calls the pod Ready: port 9153 of Pod kube-system\/coredns-/,
  },
  {
    name: 'network-policy',
    sentence: 'a NetworkPolicy admits DNS to CoreDNS, and forgets its metrics',
    inject: all(
      add(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dns-only, namespace: kube-system}
spec:
  podSelector: {matchLabels: {k8s-app: kube-dns}}
  ingress: [{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]
`),
      // What a network plugin that enforces policies does; not all do.
      dropPort('kube-system', corednsPods, corednsPort, 'all'),
    ),
    red: ['prometheus-targets', 'prometheus-inventory', 'grafana-panels'],
    cause:
      /NetworkPolicy kube-system\/dns-only selects Pod kube-system\/coredns-\S+ and does not admit Pod monitoring\/prometheus-\S+ to port 9153/,
  },
  {
    name: 'network-node-port',
    sentence: "the control plane does not forward Alertmanager's node port",
    inject: onControlPlane(['-t', 'nat'], ['PREROUTING', '-p', 'tcp', '--dport', '30903', '-j', 'ACCEPT']),
    red: [
      'alertmanager-ready',
      'alertmanager-watchdog',
      'config-alertmanager',
      'config-alertmanager-configs',
      'alerts-routes',
    ],
    cause:
      /and so is the ClusterIP of Service monitoring\/kube-prometheus-stack-alertmanager, but not node port 30903 of node \S+-control-plane: refused: kube-proxy does not forward it there/,
  },
]
