import type { Part } from '../../setup/install.ts'
import { stackNames, type StackName } from '../../config/stacks.ts'

/** One thing that the harness proves. */
export type Claim = Readonly<{
  /** Its name on the command line, in the reports and in the faults. */
  id: string
  area: string
  /** Items of the final checklist that it is part of; none where it goes beyond. */
  items: readonly number[]
  /** What is true when it is green. */
  sentence: string
  /** Without these it cannot be looked at, and fails with their reason. */
  needs: readonly Part[]
}>

/** Where a claim is stated. */
export type SpecLine = Readonly<{ file: string; line: number }>

/** What became of a claim. */
export type ClaimOutcome = Readonly<{ claim: Claim }> &
  (
    | Readonly<{ verdict: 'holds'; seconds: number }>
    | Readonly<{ verdict: 'broken'; seconds: number; text: string; spec?: SpecLine }>
    | Readonly<{ verdict: 'not run'; reason: string }>
  )

type Row<Id extends string> = readonly [id: Id, items: readonly number[], sentence: string, ...needs: Part[]]

const area = <const Id extends string>(name: string, needs: readonly Part[], rows: readonly Row<Id>[]) =>
  rows.map(([id, items, sentence, ...more]) => ({
    id,
    area: name,
    items,
    sentence,
    needs: [...needs, ...more],
  }))

const kps = 'kube-prometheus-stack'

/** Every claim, in the order of the report. */
export const checklist = [
  ...area(
    'cluster',
    ['cluster'],
    [
      ['cluster-nodes', [], 'four nodes are Ready'],
      ['cluster-pods', [5, 8, 9], 'no pod is in trouble in any namespace'],
    ],
  ),
  ...area(
    'Prometheus',
    [kps],
    [
      ['prometheus-page', [1], 'the page and the API answer on the host port'],
      [
        'prometheus-targets',
        [2],
        'every target that a ServiceMonitor selects is there and up, and there is no other',
      ],
      ['prometheus-inventory', [2], 'every job has its number of targets, 33 of the stacks and 2 of the app'],
      ['prometheus-rules', [], 'every alerting and recording rule evaluates without error'],
      ['promql-pods', [], 'count(kube_pod_info) is the number of pods in the API'],
      ['promql-pods-by-namespace', [], 'count by (namespace) (kube_pod_info) is the same for each namespace'],
      ['promql-node-cpu', [], 'CPU use by instance has four series between 0 and 100 %'],
    ],
  ),
  ...area(
    'Alertmanager',
    [kps],
    [
      ['alertmanager-ready', [], 'the API answers on the host port and its cluster has settled'],
      ['alertmanager-watchdog', [], 'the Watchdog alert has arrived from Prometheus'],
    ],
  ),
  ...area(
    'custom metrics app',
    [kps, 'custom-metrics-app'],
    [
      ['app-pods', [9], 'two pods are Ready and behind the Service'],
      ['app-metrics', [10], '/metrics of each pod has the five families'],
      ['app-targets', [10], 'two targets are up, scraped every 15 s'],
      ['promql-orders', [10], 'orders_total has both statuses from both pods and never falls'],
      ['promql-order-rate', [10], 'successful orders per minute are above 0 for each pod'],
      ['promql-active-users', [10], 'active users average between 50 and 200'],
      ['promql-payment', [10], 'the sum of payments is above 0 and never falls'],
      ['promql-success-rate', [10], 'the success rate is between 85 and 95 %'],
      ['promql-p95', [10], 'the 95th percentile of the response time is between 0.1 and 0.75 s'],
      ['promql-p99', [10], 'the 99th percentile of the response time is between 0.1 and 0.75 s'],
      ['promql-payment-rate', [10], 'payments per minute are above 0 for each pod'],
      ['promql-low-stock', [10], 'inventory_stock < 50 has just the series below 50'],
    ],
  ),
  ...area(
    'Grafana',
    [kps],
    [
      ['grafana-login', [3], 'admin logs in with prom-operator'],
      ['grafana-wrong-password', [3], 'a wrong password is refused'],
      ['grafana-data-source', [4], 'the Prometheus data source is healthy'],
      ['grafana-stock-dashboards', [4], 'every dashboard of the stack is there'],
      ['grafana-panels-cluster', [4], 'every query of "Kubernetes / Compute Resources / Cluster" has data'],
      ['grafana-panels-nodes', [4], 'every query of "Node Exporter / Nodes" has data'],
      ['grafana-custom-dashboard', [11], '"Custom Business Metrics" is there with its tags and four panels'],
      [
        'grafana-custom-panels',
        [11],
        'every query of "Custom Business Metrics" has data',
        'custom-metrics-app',
      ],
    ],
  ),
  ...area(
    'OpenSearch',
    ['opensearch'],
    [
      ['opensearch-pod', [5], 'one pod runs, and it is a cluster of one node'],
      ['opensearch-yellow', [5], 'the status is yellow', 'vector'],
      [
        'opensearch-unassigned',
        [5],
        'what is unassigned are the replicas of the logs indices, for want of a second node',
        'vector',
      ],
    ],
  ),
  ...area(
    'OpenSearch Dashboards',
    ['opensearch-dashboards'],
    [
      ['dashboards-status', [6], 'the overall status is green'],
      [
        'dashboards-index-pattern',
        [6, 7],
        'index pattern logs-* with time field @timestamp lists the fields of the logs',
        'index-pattern',
      ],
    ],
  ),
  ...area(
    'Vector',
    ['vector'],
    [
      ['vector-pods', [8], 'one Ready pod on each of the four nodes'],
      [
        'vector-nodes',
        [7, 8],
        'every line that the emitter of a node wrote is found once, labelled with that node',
      ],
    ],
  ),
  ...area(
    'logs',
    ['vector', 'opensearch'],
    [
      [
        'logs-shape',
        [7],
        'documents name namespace, pod, container, labels and node of the pod that wrote them',
      ],
      [
        'logs-event-time',
        [7],
        '@timestamp and the daily index are those of the event, not of its processing',
      ],
      ['logs-namespaces', [7], 'every namespace whose pods write has documents'],
    ],
  ),
  ...area(
    'log queries',
    ['vector', 'opensearch-dashboards', 'index-pattern'],
    [
      ['dql-pod-name', [7], 'query 1 finds pods by a part of their name'],
      ['dql-namespace-error', [7], 'query 2 finds errors of namespace monitoring'],
      ['dql-container', [7], 'query 3 finds container grafana, and not its sidecars'],
      ['dql-any-case-error', [7], 'query 4 finds errors in any case of namespace default'],
      ['dql-several-pods', [7], 'query 5 finds pods by one of three parts of a name'],
      ['dql-since', [7], 'query 6 finds what came at an instant or later'],
      ['dql-not-exporter', [7], 'query 7 leaves the exporters out'],
      ['dql-has-label', [7], 'query 8 finds documents that have kubernetes.labels.app'],
      ['dql-exists', [7], '_exists_: finds nothing in DQL where field: * finds documents'],
    ],
  ),
] as const satisfies readonly Claim[]

export type ClaimId = (typeof checklist)[number]['id']

export const claimOf = (id: ClaimId): Claim => {
  const claim = checklist.find((one) => one.id === id)
  if (!claim) throw new Error(`no claim has the id ${id}`)
  return claim
}

/** Why a claim is not run with these stacks, or undefined where it is. */
export const notRunReason = ({ needs }: Claim, selected: readonly StackName[]): string | undefined => {
  const left = stackNames.filter((name) => needs.includes(name) && !selected.includes(name))
  return left.length === 0 ? undefined : `E2E_STACKS leaves out ${left.join(', ')}`
}
