import type { V1Node, V1Taint, V1Toleration } from '@kubernetes/client-node'
import { forHowLong } from './ages.ts'
import { timeOf, type Cause } from './evidence.ts'

/** kind's name of the cluster that a node container belongs to. */
export const clusterOf = (node: string) => node.replace(/-(control-plane|worker)\d*$/, '')

/** Why a node is not Ready; undefined where it is. */
export const nodeCause = ({ metadata, status }: V1Node): Cause | undefined => {
  const name = metadata?.name ?? ''
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return undefined
  const since = timeOf(ready?.lastTransitionTime)
  const message = (ready?.message ?? 'it has not reported yet').replace(/\.$/, '')
  return {
    cause: `node ${name} is not Ready${since === undefined ? '' : `,${forHowLong(since)} by now`}: ${message}`,
    remedy:
      ready?.status === 'Unknown'
        ? `\`docker ps --all --filter name=${name}\` says what its container does: ` +
          `\`docker unpause ${name}\` if it is paused, \`docker start ${name}\` if it has exited, ` +
          `\`docker exec ${name} systemctl restart kubelet\` if it is up`
        : `\`docker exec ${name} journalctl --unit=kubelet --lines=50\` says more` +
          (message.includes('cni plugin')
            ? '; the network comes from DaemonSet kindnet: `kubectl -n kube-system get pods -o wide`'
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

/** The taints of a node that keep a pod with these tolerations from it, as `key=value:effect`. */
export const untolerated = ({ spec }: V1Node, tolerations: readonly V1Toleration[]): readonly string[] =>
  (spec?.taints ?? [])
    .filter((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(tolerations, taint))
    .map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`)
