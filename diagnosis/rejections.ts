import type { CoreV1Event } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import { timeOf } from './evidence.ts'
import { nameOf, type MonitoringObject } from './monitoringObjects.ts'

/** Why the operator rejects an object, and when it last said so in milliseconds since 1970. */
export type Rejection = Readonly<{ reason: string; at: number }>

/** `ServiceMonitor default/shop` */
export const titleOf = (object: Pick<MonitoringObject, 'kind' | 'metadata'>): string =>
  `${object.kind} ${nameOf(object)}`

/** The operator's events about rejected objects, by `Kind namespace/name`, the newest of each. */
export const rejectionEvents = (events: readonly CoreV1Event[]): Readonly<Record<string, Rejection>> =>
  Object.fromEntries(
    events
      .map(({ involvedObject: { kind, namespace, name }, message = '', metadata, ...event }) => {
        const at = timeOf(event.lastTimestamp ?? event.eventTime ?? metadata.creationTimestamp) ?? 0
        const reason = message.replace(/^.* was rejected due to invalid configuration: /s, '')
        return [`${kind} ${namespace}/${name}`, { reason, at }] as const
      })
      .sort(([, a], [, b]) => a.at - b.at),
  )

/** Newer operators also say it in the status of the object, where it is gone as soon as the object is accepted. */
const statusRejection = ({ status }: MonitoringObject): string | undefined =>
  (status?.bindings ?? [])
    .flatMap(({ conditions = [] }) => conditions)
    .find((one) => one.type === 'Accepted' && one.status === 'False')?.message

/**
 * Why the operator rejects an object, as far as status and events show it. The operator emits no event when an object
 * becomes valid: ask only about objects that are not in force.
 */
export const rejectionOf = (
  object: MonitoringObject,
  events: Readonly<Record<string, Rejection>>,
): string | undefined => statusRejection(object) ?? events[titleOf(object)]?.reason

export const readRejectionEvents = async ({
  core,
}: Kubernetes): Promise<Readonly<Record<string, Rejection>>> => {
  const { items } = await core.listEventForAllNamespaces({ fieldSelector: 'reason=InvalidConfiguration' })
  return rejectionEvents(items)
}

type RuleGroups = readonly Readonly<{
  name: string
  rules?: readonly Readonly<{ alert?: string; record?: string; expr: string | number }>[]
}>[]

/**
 * Which expressions of a PrometheusRule do not parse. The operator's event says only "invalid rule", and its log moves on.
 */
export const ruleProblems = async (
  { spec }: MonitoringObject,
  format: Prometheus['format'],
): Promise<readonly string[]> => {
  const groups = (spec['groups'] ?? []) as RuleGroups
  const asked = groups.flatMap(({ name, rules = [] }) =>
    rules.map(async ({ alert, record, expr }) => {
      const answer = await format(String(expr))
      return 'problem' in answer
        ? [`group ${name}, rule ${alert ?? record ?? 'without a name'}: ${answer.problem}, in ${expr}`]
        : []
    }),
  )
  return (await Promise.all(asked)).flat()
}
