import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import { countOf } from '../lib/messages.ts'
import { configurationKinds, listObjects, nameOf, type MonitoringObject } from './monitoringObjects.ts'
import { operatorProblems, readOperatorLog } from './operatorLog.ts'
import { readRejectionEvents, rejectionOf, ruleProblems, titleOf, type Rejection } from './rejections.ts'

/**
 * The objects of a kind that the operator rejects. Its metric says how many; it repeats the event of a rejected object at
 * each synchronisation, so the newest events are those of the objects that it still rejects.
 */
export const newestRejected = (
  objects: readonly MonitoringObject[],
  count: number,
  events: Readonly<Record<string, Rejection>>,
): readonly MonitoringObject[] =>
  objects
    .filter((object) => rejectionOf(object, events) !== undefined)
    .sort((a, b) => (events[titleOf(b)]?.at ?? Infinity) - (events[titleOf(a)]?.at ?? Infinity))
    .slice(0, count)

// What is said in full for one kind; the rest is named.
const explained = 5

/** Which objects the operator rejects, and why. */
export const rejectedObjects = async (
  kubernetes: Kubernetes,
  operator: ObjectName,
  prometheus: Prometheus,
): Promise<readonly string[]> => {
  const managed = await prometheus.query('sum by (resource, state) (prometheus_operator_managed_resources)')
  if (managed.length === 0)
    return [
      'Prometheus has no prometheus_operator_managed_resources: it does not scrape the operator\n' +
        '  remedy: claim prometheus-inventory says why',
    ]
  const rejected = managed.filter(({ labels, value }) => labels['state'] === 'rejected' && value > 0)
  if (rejected.length === 0) return []
  const [events, log] = await Promise.all([
    readRejectionEvents(kubernetes),
    readOperatorLog(kubernetes, operator),
  ])
  const detailsOf = async (object: MonitoringObject): Promise<readonly string[]> => {
    if (object.kind !== 'PrometheusRule') return []
    const problems = await ruleProblems(object, prometheus.format)
    const { namespace = '', name = '' } = object.metadata
    return problems.length > 0 ? problems : operatorProblems(log, { kind: object.kind, namespace, name })
  }
  const ofKind = async (resource: string, count: number): Promise<readonly string[]> => {
    const kind = configurationKinds.find((one) => one.kind === resource)
    const objects = kind ? await listObjects(kubernetes, kind) : []
    const found = newestRejected(objects, count, events)
    const rest = found.slice(explained)
    const texts = found.slice(0, explained).map(async (object) => {
      const details = await detailsOf(object)
      return [
        `${titleOf(object)}: the operator rejects it: ${rejectionOf(object, events)}`,
        ...details.slice(0, explained),
        'remedy: correct it where values/ or manifests/ describe it; until then Prometheus and Alertmanager run without it',
      ].join('\n  ')
    })
    return [
      ...(await Promise.all(texts)),
      ...(rest.length > 0
        ? [`and ${countOf(rest.length, resource)} more: ${rest.map(nameOf).join(', ')}`]
        : []),
      ...(found.length < count
        ? [
            `the operator rejects ${countOf(count - found.length, resource)} without an event\n` +
              `  remedy: \`kubectl -n ${operator.namespace} logs deployment/${operator.name} | grep skipping\` names it`,
          ]
        : []),
    ]
  }
  return (
    await Promise.all(rejected.map(({ labels, value }) => ofKind(labels['resource'] ?? '', value)))
  ).flat()
}
