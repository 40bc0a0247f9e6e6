import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { explainWorkloads } from './workloads.ts'
import { operatorLogCommand } from './operatorLog.ts'
import { explainMessage, type Kinds } from './patterns.ts'
import { titleOf } from './rejections.ts'
import type { Condition, MonitoringObject } from './monitoringObjects.ts'

const objectKind = (word: string) => (word.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap')

const remedies: Kinds<MonitoringObject, string> = [
  [
    /undefined receiver "([^"]+)" used in route/,
    ([, receiver]) =>
      `add a receiver named ${receiver} to alertmanager.config in values/kube-prometheus-stack.yaml, or correct the route that names it`,
  ],
  [
    /key "?(\S+?)"? (?:could not be found )?in (secret|configmap) "?([^"\s]+)"?/i,
    ([, key, kind = '', name]) =>
      `add the key ${key} to ${objectKind(kind)} ${name}, or correct the field that names it`,
  ],
  [
    /(secret|configmap)s? "?([^"\s]+)"? not found/i,
    ([, kind = '', name], { metadata }) =>
      `create ${objectKind(kind)} ${name} in namespace ${metadata.namespace}, or correct the field that names it`,
  ],
]

const remedyOf = (object: MonitoringObject, message: string): string =>
  explainMessage(remedies, message, object) ??
  `correct what the message names: \`kubectl -n ${object.metadata.namespace} edit ${object.kind.toLowerCase()} ${object.metadata.name}\`; ` +
    'what the chart made is corrected in values/'

const wordsOf = ({ reason, message }: Condition) => [reason, message].filter(Boolean).join(': ')

/** What stays as it was while the operator does not reconcile an object. */
const consequence = ({ kind }: MonitoringObject): string =>
  kind === 'Alertmanager'
    ? 'Alertmanager keeps its old configuration, also after a restart: alerts still go where they went before'
    : `${kind} keeps its old configuration, also after a restart: new and changed monitors and rules have no effect`

/** Where a Prometheus, Alertmanager or their like is not what its resource asks for, in the operator's words. */
export const readerShortfalls = (object: MonitoringObject, operator: ObjectName): readonly string[] => {
  const { metadata, spec, status } = object
  const title = titleOf(object)
  const stays = consequence(object)
  const log = `${operatorLogCommand(operator)} shows why`
  if (spec['paused'] === true)
    return [
      `${title} is paused: the operator ignores every change of it\n` +
        `  ${stays}\n  remedy: remove spec.paused`,
    ]
  const conditionOf = (type: string) => status?.conditions?.find((one) => one.type === type)
  const [reconciled, available] = [conditionOf('Reconciled'), conditionOf('Available')]
  if (!reconciled)
    return [`${title} has no condition Reconciled: the operator has not looked at it\n  remedy: ${log}`]
  if (reconciled.status !== 'True') {
    const words = wordsOf(reconciled) || `the operator says ${reconciled.status}`
    return [`${title} is not reconciled: ${words}\n  ${stays}\n  remedy: ${remedyOf(object, words)}`]
  }
  if (reconciled.reason === 'ConfigurationUnmanaged')
    return [
      `${title} is unmanaged: it has no selector for any monitor, so the operator writes no configuration: ${wordsOf(reconciled)}\n` +
        '  remedy: set serviceMonitorSelector, for example to {}',
    ]
  if ((reconciled.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return [
      `${title} is of generation ${metadata.generation}, and the operator has reconciled ${reconciled.observedGeneration}\n` +
        `  remedy: if this lasts, the operator does not work: ${log}`,
    ]
  if (available?.status === 'True') return []
  return [
    `${title} is not available: ${available ? wordsOf(available) || available.status : 'it has no condition Available'}\n` +
      `  remedy: \`kubectl -n ${metadata.namespace} get pods\` shows its pods`,
  ]
}

/** Why the operator does not run: then every status is as old as its last pod. */
export const operatorShortfalls = async (
  kubernetes: Kubernetes,
  operator: ObjectName,
): Promise<readonly string[]> => {
  const { status } = await kubernetes.apps.readNamespacedDeployment(operator)
  return status?.readyReplicas
    ? []
    : [
        'the operator does not run, and nothing that is created or changed takes effect',
        ...(await explainWorkloads(kubernetes, {
          namespace: operator.namespace,
          workloads: [`Deployment/${operator.name}`],
        })),
      ]
}
