/** A chart to install: where from, which version. Bump a version here and nowhere else. */
export type Chart = Readonly<{ name: string; repository: string; version: string }>

/** One row of what is installed. */
export type Stack = Readonly<{
  name: string
  /** Absent where the stack is manifests alone. */
  chart?: Chart
  namespace: string
  /** Values file of the chart. */
  values?: string
  /** Manifests that belong to it, applied as soon as the API server knows their kinds. */
  manifests: readonly string[]
  /** Stacks that must be usable before this one is installed. */
  installAfter: readonly string[]
  /** Stacks without which its claims make no sense. */
  needs: readonly string[]
  /** What must be Ready, as kind/name; those that an operator makes from custom resources as well. */
  workloads: readonly string[]
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
    values: 'values/kube-prometheus-stack.yaml',
    manifests: ['manifests/custom-metrics-dashboard.yaml'],
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
  },
  {
    name: 'opensearch',
    chart: {
      name: 'opensearch',
      repository: 'https://opensearch-project.github.io/helm-charts',
      version: '3.6.0',
    },
    namespace: monitoring,
    values: 'values/opensearch.yaml',
    manifests: [],
    installAfter: [],
    needs: [],
    workloads: ['StatefulSet/opensearch-cluster-master'],
  },
  {
    name: 'opensearch-dashboards',
    chart: {
      name: 'opensearch-dashboards',
      repository: 'https://opensearch-project.github.io/helm-charts',
      version: '3.6.0',
    },
    namespace: monitoring,
    values: 'values/opensearch-dashboards.yaml',
    manifests: [],
    installAfter: ['opensearch'],
    needs: ['opensearch'],
    workloads: ['Deployment/opensearch-dashboards'],
  },
  {
    name: 'vector',
    chart: { name: 'vector', repository: 'https://helm.vector.dev', version: '0.57.0' },
    namespace: monitoring,
    values: 'values/vector.yaml',
    manifests: ['manifests/log-emitter.yaml', 'manifests/sample-logs.yaml'],
    installAfter: ['opensearch'],
    needs: ['opensearch'],
    workloads: ['DaemonSet/vector'],
  },
  {
    name: 'custom-metrics-app',
    namespace: 'default',
    manifests: ['manifests/custom-metrics-app.yaml', 'manifests/order-load.yaml'],
    installAfter: [],
    needs: ['kube-prometheus-stack'],
    workloads: ['Deployment/custom-metrics-app', 'Deployment/order-load'],
  },
] as const satisfies readonly Stack[]

export type StackName = (typeof rows)[number]['name']
export const stackNames: readonly StackName[] = rows.map(({ name }) => name)
export const stacks: readonly Stack[] = rows

/** Chart versions and values files in place of those of the table. */
export type Releases = Readonly<Partial<Record<StackName, Readonly<{ version: string; values: string }>>>>

export const stackOf = (name: StackName, releases: Releases = {}): Stack => {
  const stack: Stack = rows.find((row) => row.name === name) ?? rows[0]
  const release = releases[name]
  if (!release || !stack.chart) return stack
  return { ...stack, chart: { ...stack.chart, version: release.version }, values: release.values }
}
