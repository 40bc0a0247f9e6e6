/** An object of the cluster, by its namespace and name. */
export type ObjectName = Readonly<{ namespace: string; name: string }>

/** The objects that make up the stack; a component that the cluster lacks is absent. */
export type Components = Readonly<{
  /** The Prometheus resource, from which the operator makes StatefulSet and Secret `prometheus-<name>`. */
  prometheus?: ObjectName
  /** The Alertmanager resource, from which the operator makes StatefulSet `alertmanager-<name>`. */
  alertmanager?: ObjectName
  /** The Deployment of the Prometheus operator. */
  operator?: ObjectName
  /** Deployment */
  grafana?: ObjectName
  /** Deployment */
  kubeStateMetrics?: ObjectName
  /** DaemonSet */
  nodeExporter?: ObjectName
  /** StatefulSet */
  opensearch?: ObjectName
  /** Deployment */
  dashboards?: ObjectName
  /** DaemonSet */
  vector?: ObjectName
}>

export type ComponentName = keyof Components

/** The Prometheus operator, and the resources of the stack that it manages. */
export type OperatedComponents = Required<Pick<Components, 'operator' | 'prometheus' | 'alertmanager'>>

/** The StatefulSet that the operator makes of a Prometheus or Alertmanager. */
export const operatedWorkload = (
  kind: 'Prometheus' | 'Alertmanager',
  { namespace, name }: ObjectName,
): ObjectName => ({ namespace, name: `${kind.toLowerCase()}-${name}` })

const namespace = 'monitoring'

/** The components, with the names that our own releases give them. */
export const ourComponents = {
  prometheus: { namespace, name: 'kube-prometheus-stack-prometheus' },
  alertmanager: { namespace, name: 'kube-prometheus-stack-alertmanager' },
  operator: { namespace, name: 'kube-prometheus-stack-operator' },
  grafana: { namespace, name: 'kube-prometheus-stack-grafana' },
  kubeStateMetrics: { namespace, name: 'kube-prometheus-stack-kube-state-metrics' },
  nodeExporter: { namespace, name: 'kube-prometheus-stack-prometheus-node-exporter' },
  opensearch: { namespace, name: 'opensearch-cluster-master' },
  dashboards: { namespace, name: 'opensearch-dashboards' },
  vector: { namespace, name: 'vector' },
} as const satisfies Required<Components>
