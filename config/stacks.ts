/** A chart to install: where from, which version. Bump a version here and nowhere else. */
export type Chart = Readonly<{ name: string; repository: string; version: string }>

/** A program that pods run, bundled into one file of a ConfigMap, so that pods install nothing when they start. */
export type Program = Readonly<{ configMap: string; file: string; entry: string }>

/** A step that configures a stack through its API once its workloads are ready; see setup/afterReady.ts. */
export type AfterReady = Readonly<{
  step: 'index-template' | 'index-pattern'
  /** Other stacks that must be ready first; without any, the stack counts as ready only once the step is done. */
  needs: readonly string[]
}>

/** Something to install: one row of the table below. */
export type Stack = Readonly<{
  name: string
  /** Absent if the stack consists of manifests only. */
  chart?: Chart
  namespace: string
  /** Values files of the chart; a later one is laid over those before it. */
  values?: readonly string[]
  /** Its manifests, applied as soon as the API server knows their kinds. */
  manifests: readonly string[]
  /** The same, but only if the other stack is installed as well. */
  manifestsWith?: Readonly<Record<string, readonly string[]>>
  /** Its chart claims volumes before any of its pods runs. */
  claimsVolumes?: boolean
  /** Stacks that must be ready before this one is installed. */
  installAfter: readonly string[]
  /** Stacks that its claims depend on. */
  needs: readonly string[]
  /** What must be Ready, as kind/name, including workloads that an operator creates from custom resources. */
  workloads: readonly string[]
  /** The servers that the harness queries, with their host ports in kind-config.yaml. */
  hostPorts?: Readonly<Record<string, number>>
  /** Programs whose ConfigMaps its manifests mount. */
  programs?: readonly Program[]
  afterReady?: readonly AfterReady[]
}>

const monitoring = 'monitoring'

const rows = [
  {
    name: 'kube-prometheus-stack',
    chart: {
      name: 'kube-prometheus-stack',
      repository: 'https://prometheus-community.github.io/helm-charts',
      version: '88.5.3',
    },
    namespace: monitoring,
    values: ['values/kube-prometheus-stack.yaml'],
    manifests: [
      'manifests/custom-metrics-dashboard.yaml',
      'manifests/canary-dashboard.yaml',
      'manifests/alert-receiver.yaml',
    ],
    manifestsWith: { vector: ['manifests/vector-metrics.yaml'] },
    installAfter: [],
    needs: [],
    workloads: [
      'Deployment/kube-prometheus-stack-operator',
      'Deployment/kube-prometheus-stack-grafana',
      'Deployment/kube-prometheus-stack-kube-state-metrics',
      'DaemonSet/kube-prometheus-stack-prometheus-node-exporter',
      'StatefulSet/prometheus-kube-prometheus-stack-prometheus',
      'StatefulSet/alertmanager-kube-prometheus-stack-alertmanager',
    ],
    programs: [
      { configMap: 'alert-receiver', file: 'receiver.cjs', entry: 'manifests/app/alert-receiver.ts' },
    ],
    hostPorts: { prometheus: 30090, grafana: 30300, alertmanager: 30903 },
  },
  {
    name: 'opensearch',
    chart: {
      name: 'opensearch',
      repository: 'https://opensearch-project.github.io/helm-charts',
      version: '3.6.0',
    },
    namespace: monitoring,
    values: ['values/opensearch.yaml'],
    manifests: [],
    claimsVolumes: true,
    installAfter: [],
    needs: [],
    workloads: ['StatefulSet/opensearch-cluster-master'],
    hostPorts: { opensearch: 30920 },
    afterReady: [{ step: 'index-template', needs: [] }],
  },
  {
    name: 'opensearch-dashboards',
    chart: {
      name: 'opensearch-dashboards',
      repository: 'https://opensearch-project.github.io/helm-charts',
      version: '3.6.0',
    },
    namespace: monitoring,
    values: ['values/opensearch-dashboards.yaml'],
    manifests: [],
    // It waits for OpenSearch by itself.
    installAfter: [],
    needs: ['opensearch'],
    workloads: ['Deployment/opensearch-dashboards'],
    hostPorts: { dashboards: 30561 },
    afterReady: [{ step: 'index-pattern', needs: ['vector'] }],
  },
  {
    name: 'vector',
    chart: { name: 'vector', repository: 'https://helm.vector.dev', version: '0.57.0' },
    namespace: monitoring,
    values: ['values/vector.yaml'],
    manifests: ['manifests/log-emitter.yaml', 'manifests/sample-logs.yaml', 'manifests/hard-logs.yaml'],
    installAfter: ['opensearch'],
    needs: ['opensearch'],
    workloads: ['DaemonSet/vector'],
  },
  {
    name: 'custom-metrics-app',
    namespace: 'default',
    manifests: [
      'manifests/custom-metrics-app.yaml',
      'manifests/order-load.yaml',
      'manifests/alert-canary.yaml',
    ],
    installAfter: [],
    needs: ['kube-prometheus-stack'],
    workloads: ['Deployment/custom-metrics-app', 'Deployment/order-load'],
    programs: [
      { configMap: 'custom-metrics-app', file: 'app.cjs', entry: 'manifests/app/main.ts' },
      { configMap: 'order-load', file: 'load.cjs', entry: 'manifests/app/load.ts' },
    ],
  },
] as const satisfies readonly Stack[]

export type StackName = (typeof rows)[number]['name']
export const stackNames: readonly StackName[] = rows.map(({ name }) => name)
export const stacks: readonly Stack[] = rows

type ServerOf<Row> = Row extends Readonly<{ hostPorts: infer Ports }> ? keyof Ports : never
export type ServerName = ServerOf<(typeof rows)[number]>

/** Chart versions and values files that replace those of the table. */
export type Releases = Readonly<
  Partial<Record<StackName, Readonly<{ version: string; values: readonly string[] }>>>
>

/**
 * A row of the table, with the version and values of `releases` if they have the stack.
 * @throws Error if no row has the name
 */
export const stackOf = (name: StackName, releases: Releases = {}): Stack => {
  const stack = stacks.find((row) => row.name === name)
  if (!stack) throw new Error(`no stack is named ${name}; the stacks are ${stackNames.join(', ')}`)
  const release = releases[name]
  if (!release || !stack.chart) return stack
  return { ...stack, chart: { ...stack.chart, version: release.version }, values: release.values }
}
