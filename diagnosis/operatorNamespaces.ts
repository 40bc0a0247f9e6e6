import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import type { MonitoringObject } from './monitoringObjects.ts'

/** The values of a flag of the operator that takes namespaces. */
const namespacesIn = (args: readonly string[], flag: string): readonly string[] =>
  args
    .filter((arg) => arg.startsWith(`--${flag}=`))
    .flatMap((arg) => arg.slice(flag.length + 3).split(','))
    .filter(Boolean)

/** Why the operator does not see objects of a namespace, by its arguments. */
export const whyUnwatched = (
  args: readonly string[],
  { kind, metadata: { namespace = '' } }: Pick<MonitoringObject, 'kind' | 'metadata'>,
): string | undefined => {
  const own = kind === 'AlertmanagerConfig' ? namespacesIn(args, 'alertmanager-config-namespaces') : []
  const allowed = own.length > 0 ? own : namespacesIn(args, 'namespaces')
  const denied = namespacesIn(args, 'deny-namespaces')
  if ((allowed.length === 0 || allowed.includes(namespace)) && !denied.includes(namespace)) return undefined
  const rule = denied.includes(namespace) ? `not ${denied.join(', ')}` : `only ${allowed.join(', ')}`
  return (
    `the operator watches ${rule} and so does not see namespace ${namespace}\n` +
    '  remedy: correct prometheusOperator.namespaces or denyNamespaces in values/kube-prometheus-stack.yaml'
  )
}

/** A function that says why the operator does not see an object. */
export const operatorNamespaceProblem = async (
  { apps }: Kubernetes,
  operator: ObjectName,
): Promise<(object: MonitoringObject) => string | undefined> => {
  const { spec } = await apps.readNamespacedDeployment(operator)
  const args = (spec?.template.spec?.containers ?? []).flatMap((container) => container.args ?? [])
  return (object) => whyUnwatched(args, object)
}
