import type { V1ObjectMeta } from '@kubernetes/client-node'
import { HttpError } from '../clients/http.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName, OperatedComponents } from '../config/components.ts'

export type Condition = Readonly<{
  type: string
  status: string
  reason?: string
  message?: string
  observedGeneration?: number
}>

/** An object of the operator's API group. */
export type MonitoringObject = Readonly<{
  kind: string
  metadata: V1ObjectMeta
  spec: Readonly<Record<string, unknown>>
  status?: Readonly<{
    /** Of a Prometheus or an Alertmanager. */
    conditions?: readonly Condition[]
    /** Of what they read, one for each reader; newer operators write them. */
    bindings?: readonly Readonly<{ name: string; conditions?: readonly Condition[] }>[]
  }>
}>

const group = 'monitoring.coreos.com'

/** What a Prometheus or an Alertmanager reads. */
export type ConfigurationKind = Readonly<{
  kind: string
  path: string
  /** The field of the reader's resource that selects it, without `Selector`. */
  field: string
  /** The names that an object has in the configuration of its reader. */
  partsOf: (object: MonitoringObject) => readonly string[]
}>

/** `default/shop` */
export const nameOf = ({ metadata }: Pick<MonitoringObject, 'metadata'>): string =>
  `${metadata.namespace}/${metadata.name}`

const listIn = (object: MonitoringObject, field: string) =>
  (object.spec[field] ?? []) as readonly Readonly<{ name: string }>[]

const onePerEndpoint = (prefix: string, field: string) => (object: MonitoringObject) =>
  listIn(object, field).map((_, index) => `${prefix}/${nameOf(object)}/${index}`)

/** The scrape jobs that the operator makes of an object have these names. */
export const scrapeKinds: readonly ConfigurationKind[] = [
  {
    kind: 'ServiceMonitor',
    path: 'v1/servicemonitors',
    field: 'serviceMonitor',
    partsOf: onePerEndpoint('serviceMonitor', 'endpoints'),
  },
  {
    kind: 'PodMonitor',
    path: 'v1/podmonitors',
    field: 'podMonitor',
    partsOf: onePerEndpoint('podMonitor', 'podMetricsEndpoints'),
  },
  {
    kind: 'Probe',
    path: 'v1/probes',
    field: 'probe',
    partsOf: (object) => [`probe/${nameOf(object)}`],
  },
  {
    kind: 'ScrapeConfig',
    path: 'v1alpha1/scrapeconfigs',
    field: 'scrapeConfig',
    partsOf: (object) => [`scrapeConfig/${nameOf(object)}`],
  },
]

/** `monitoring-broken-rule-<uid>.yaml`: the file that the operator makes of a PrometheusRule. */
export const ruleFileOf = ({ metadata: { namespace, name, uid } }: MonitoringObject): string =>
  `${namespace}-${name}-${uid}.yaml`

export const ruleKind: ConfigurationKind = {
  kind: 'PrometheusRule',
  path: 'v1/prometheusrules',
  field: 'rule',
  partsOf: (object) => listIn(object, 'groups').map(({ name }) => `${ruleFileOf(object)}/${name}`),
}

export const alertmanagerConfigKind: ConfigurationKind = {
  kind: 'AlertmanagerConfig',
  path: 'v1alpha1/alertmanagerconfigs',
  field: 'alertmanagerConfig',
  partsOf: (object) =>
    ['receivers', 'muteTimeIntervals'].flatMap((field) =>
      listIn(object, field).map(({ name }) => `${nameOf(object)}/${name}`),
    ),
}

export const configurationKinds: readonly ConfigurationKind[] = [
  ...scrapeKinds,
  ruleKind,
  alertmanagerConfigKind,
]

/** What the operator reconciles. */
const readerKinds = [
  { kind: 'Prometheus', path: 'v1/prometheuses' },
  { kind: 'PrometheusAgent', path: 'v1alpha1/prometheusagents' },
  { kind: 'Alertmanager', path: 'v1/alertmanagers' },
  { kind: 'ThanosRuler', path: 'v1/thanosrulers' },
] as const

/** All objects of a kind in the cluster; none if the cluster does not know the kind. */
export const listObjects = async (
  { get }: Kubernetes,
  { kind, path }: Readonly<{ kind: string; path: string }>,
): Promise<readonly MonitoringObject[]> => {
  try {
    const { items } = (await get(`/apis/${group}/${path}`)) as { items: MonitoringObject[] }
    return items.map((item) => ({ ...item, kind }))
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return []
    throw error
  }
}

/** Every Prometheus, PrometheusAgent, Alertmanager and ThanosRuler of the cluster. */
export const listReaders = async (kubernetes: Kubernetes): Promise<readonly MonitoringObject[]> =>
  (await Promise.all(readerKinds.map((one) => listObjects(kubernetes, one)))).flat()

export type Reader = 'Prometheus' | 'Alertmanager'

/** The name of the Prometheus or Alertmanager of the stack. */
export const readerIn = (components: OperatedComponents, kind: Reader): ObjectName =>
  kind === 'Prometheus' ? components.prometheus : components.alertmanager

/** The Prometheus or Alertmanager of the stack. */
export const readReader = async (
  kubernetes: Kubernetes,
  kind: Reader,
  { namespace, name }: ObjectName,
): Promise<MonitoringObject> => {
  const plural = kind === 'Prometheus' ? 'prometheuses' : 'alertmanagers'
  const object = await kubernetes.get(`/apis/${group}/v1/namespaces/${namespace}/${plural}/${name}`)
  return { ...(object as MonitoringObject), kind }
}

/** The labels of every namespace, by its name. */
export const readNamespaces = async (
  kubernetes: Kubernetes,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> => {
  const items = await kubernetes.listMetadata('/api/v1/namespaces')
  return new Map(items.map(({ name = '', labels = {} }) => [name, labels]))
}
