import { describeLabels } from '../clients/selectors.ts'
import { eventsOf, objectOf, timeOf } from './evidence.ts'
import { admissionErrorCause } from './admissionErrors.ts'
import type { Evidence, Trouble, Workload } from './types.ts'

const ownerOf = ({ metadata }: Workload) => metadata.ownerReferences?.find(({ controller }) => controller)

/** Scales a Deployment or StatefulSet; through its owner if it has one, which would revert a change of the workload. */
export const scaleCommand = (workload: Workload, replicas: number): string => {
  const { namespace, name } = workload.metadata
  const owner = ownerOf(workload)
  return owner
    ? `\`kubectl -n ${namespace} patch ${owner.kind.toLowerCase()} ${owner.name} --type=merge --patch='{"spec":{"replicas":${replicas}}}'\``
    : `\`kubectl -n ${namespace} scale ${workload.kind.toLowerCase()} ${name} --replicas=${replicas}\``
}

/** Pods that no rollout replaces. */
export const awaitsDeletionTrouble = ({ kind, metadata, selector }: Workload): Trouble => ({
  ...objectOf(kind, metadata),
  state: 'with pods of an earlier revision',
  since: undefined,
  hopeless: true,
  cause: 'its updateStrategy is OnDelete: pods are replaced only when somebody deletes them',
  remedy: `set updateStrategy RollingUpdate in values/, or \`kubectl -n ${metadata.namespace} delete pods -l ${describeLabels(selector).replaceAll(' ', '')}\``,
})

/** Why a workload wants no pods. */
export const noPodsWantedTrouble = (workload: Workload): Trouble => {
  const { kind, metadata, template } = workload
  const nodes = describeLabels(template?.spec?.nodeSelector)
  const owner = ownerOf(workload)
  return {
    ...objectOf(kind, metadata),
    state: 'without pods',
    since: undefined,
    ...(kind === 'DaemonSet'
      ? {
          cause: `no node matches${nodes ? `: its nodeSelector is ${nodes}` : ''}`,
          remedy: 'correct its nodeSelector or tolerations where values/ or manifests/ set them',
        }
      : {
          hopeless: true,
          cause: `it is scaled to 0${owner ? ` by ${owner.kind} ${metadata.namespace}/${owner.name}` : ''}`,
          remedy: scaleCommand(workload, 1),
        }),
  }
}

/** Why the API server rejects the pods of an object; undefined if it rejects none. */
export const admissionErrorTrouble = (
  { kind, metadata, admissionError }: Pick<Workload, 'kind' | 'metadata' | 'admissionError'>,
  evidence: Evidence | undefined,
): Trouble | undefined => {
  const [event] = eventsOf(evidence, kind, metadata, 'FailedCreate')
  const message = admissionError?.message ?? event?.message
  if (message === undefined) return undefined
  const { cause, ...rest } = admissionErrorCause(message, metadata.namespace ?? '')
  return {
    ...objectOf(kind, metadata),
    state: 'missing pods',
    since: admissionError?.since ?? timeOf(metadata.creationTimestamp),
    cause: `its pods are rejected: ${cause}`,
    ...rest,
  }
}
