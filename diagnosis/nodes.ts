import type { V1Node, V1Taint, V1Toleration } from '@kubernetes/client-node'
import { forHowLong } from '../lib/progress.ts'
import { timeOf } from './evidence.ts'
import { describeRequirement, matches } from '../clients/selectors.ts'
import type { Cause, Workload } from './types.ts'

/** The kind cluster of a node. */
export const clusterOf = (node: string) => node.replace(/-(control-plane|worker)\d*$/, '')

/** By which the other nodes reach it. */
export const internalAddress = ({ status }: V1Node): string | undefined =>
  status?.addresses?.find(({ type }) => type === 'InternalIP')?.address

/** Why a node is not Ready; undefined if it is. */
export const nodeCause = ({ metadata, spec, status }: V1Node): Cause | undefined => {
  const name = metadata?.name ?? ''
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return undefined
  const since = timeOf(ready?.lastTransitionTime)
  // Only nodes of kind are containers on this machine.
  const machine = spec?.providerID?.startsWith('kind:') ? undefined : spec?.providerID
  const message = (ready?.message ?? 'it has not reported yet').replace(/\.$/, '')
  return {
    cause: `node ${name} is not Ready${since === undefined ? '' : forHowLong(since)}: ${message}`,
    remedy: machine
      ? `\`kubectl describe node ${name}\` shows more; its machine is ${machine}`
      : ready?.status === 'Unknown'
        ? `\`docker ps --all --filter name=${name}\` shows the state of its container: ` +
          `\`docker unpause ${name}\` if it is paused, \`docker start ${name}\` if it has exited, ` +
          `\`docker exec ${name} systemctl restart kubelet\` if it is running`
        : `\`docker exec ${name} journalctl --unit=kubelet --lines=50\` shows more` +
          (message.includes('cni plugin')
            ? '; DaemonSet kindnet provides the network: `kubectl -n kube-system get pods -o wide`'
            : ''),
  }
}

const tolerates = (tolerations: readonly V1Toleration[], taint: V1Taint) =>
  tolerations.some(
    ({ key, effect, operator, value }) =>
      (key === undefined || key === taint.key) &&
      (effect === undefined || effect === taint.effect) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  )

/** The taints of a node that these tolerations do not cover, as `key=value:effect`. */
export const untolerated = ({ spec }: V1Node, tolerations: readonly V1Toleration[]): readonly string[] =>
  (spec?.taints ?? [])
    .filter((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(tolerations, taint))
    .map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`)

/** Whether it takes pods of any kind: not cordoned, and without a taint that keeps pods away. */
export const isSchedulable = (node: V1Node): boolean =>
  !node.spec?.unschedulable && untolerated(node, []).length === 0

// The DaemonSet controller adds these tolerations to its pods.
const daemonSetTolerations: readonly V1Toleration[] = [
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((condition) => ({
    key: `node.kubernetes.io/${condition}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
  ...['not-ready', 'unreachable'].map((condition) => ({
    key: `node.kubernetes.io/${condition}`,
    operator: 'Exists',
    effect: 'NoExecute',
  })),
]

/** What prevents a DaemonSet from having a pod on a node. */
export const whyNoPod = (
  node: V1Node,
  { metadata: { namespace, name }, template }: Workload,
): Required<Pick<Cause, 'cause' | 'remedy'>> => {
  const { tolerations = [], nodeSelector = {}, affinity } = template?.spec ?? {}
  const taints = untolerated(node, [...tolerations, ...daemonSetTolerations])
  if (taints.length > 0)
    return {
      cause: `DaemonSet ${name} does not tolerate its taint ${taints.join(', ')}`,
      remedy: 'add a toleration for the taint where values/ or manifests/ set tolerations',
    }
  const selector = Object.entries(nodeSelector).map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }))
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const rules = [
    { rule: 'nodeSelector', terms: [{ matchExpressions: selector }] },
    { rule: 'node affinity', terms: required?.nodeSelectorTerms ?? [{}] },
  ]
  const unmet = rules.find(({ terms }) => !terms.some((term) => matches(term, node.metadata?.labels)))
  if (unmet) {
    const terms = unmet.terms.map(({ matchExpressions = [] }) =>
      matchExpressions.map(describeRequirement).join(' and '),
    )
    return {
      cause: `the ${unmet.rule} of DaemonSet ${name} requires ${terms.join(', or ')}`,
      remedy: `correct its ${unmet.rule} where values/ or manifests/ set it`,
    }
  }
  return {
    cause: 'no taint, nodeSelector or affinity prevents one',
    remedy: `\`kubectl -n ${namespace} describe daemonset ${name}\` shows its events`,
  }
}
