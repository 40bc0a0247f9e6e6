import type { V1Node, V1NodeSelectorTerm, V1Taint, V1Toleration } from '@kubernetes/client-node'
import { forHowLong } from '../lib/progress.ts'
import { timeOf } from './evidence.ts'
import { describeRequirement, matches } from '../clients/selectors.ts'
import type { Cause, Workload } from './types.ts'

/** The kind cluster of a node. */
export const clusterOf = (node: string) => node.replace(/-(control-plane|worker)\d*$/, '')

/** Why a node is not Ready; undefined if it is. */
export const nodeCause = ({ metadata, status }: V1Node): Cause | undefined => {
  const name = metadata?.name ?? ''
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return undefined
  const since = timeOf(ready?.lastTransitionTime)
  const message = (ready?.message ?? 'it has not reported yet').replace(/\.$/, '')
  return {
    cause: `node ${name} is not Ready${since === undefined ? '' : forHowLong(since)}: ${message}`,
    remedy:
      ready?.status === 'Unknown'
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

const describeTerm = ({ matchExpressions = [] }: V1NodeSelectorTerm) =>
  matchExpressions.map(describeRequirement).join(' and ')

/** What prevents a DaemonSet from having a pod on a node. */
export const whyNoPod = (
  node: V1Node,
  { metadata: { namespace, name }, template }: Workload,
): Required<Pick<Cause, 'cause' | 'remedy'>> => {
  const { tolerations = [], nodeSelector = {}, affinity } = template?.spec ?? {}
  const labels = node.metadata?.labels ?? {}
  const taints = untolerated(node, [...tolerations, ...daemonSetTolerations])
  if (taints.length > 0)
    return {
      cause: `DaemonSet ${name} does not tolerate its taint ${taints.join(', ')}`,
      remedy: 'add a toleration for the taint where values/ or manifests/ set tolerations',
    }
  const unmet = Object.entries(nodeSelector).filter(([key, value]) => labels[key] !== value)
  if (unmet.length > 0) {
    const wanted = unmet.map((label) => label.join('='))
    return {
      cause: `DaemonSet ${name} requires nodes labelled ${wanted.join(', ')}`,
      remedy: `correct its nodeSelector where values/ or manifests/ set it, or \`kubectl label node ${node.metadata?.name} ${wanted.join(' ')}\``,
    }
  }
  const terms =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (terms.length > 0 && !terms.some(({ matchExpressions = [] }) => matches({ matchExpressions }, labels)))
    return {
      cause: `the node affinity of DaemonSet ${name} requires ${terms.map(describeTerm).join(', or ')}`,
      remedy: 'correct its affinity where values/ or manifests/ set it',
    }
  return {
    cause: 'no taint, nodeSelector or affinity prevents one',
    remedy: `\`kubectl -n ${namespace} describe daemonset ${name}\` shows its events`,
  }
}
