import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { crashCause } from './crashes.ts'
import { timeOf } from './evidence.ts'
import { podName } from './pods.ts'
import { describeCause } from './remedies.ts'

// Milliseconds. A limit that was too low an hour ago may have been met since by less load.
const recent = 3_600_000

const wasKilled = ({ state, lastState }: V1ContainerStatus, now: number): boolean =>
  state?.running !== undefined &&
  lastState?.terminated?.reason === 'OOMKilled' &&
  now - (timeOf(lastState.terminated.finishedAt) ?? 0) < recent

/**
 * The containers that run again after they were killed for their memory within the last hour: between two kills, nothing
 * else shows it.
 * @param now milliseconds since 1970
 */
export const outOfMemory = (pods: readonly V1Pod[], now = Date.now()): readonly string[] =>
  pods.flatMap((pod) =>
    (pod.status?.containerStatuses ?? []).flatMap((status) => {
      const container = pod.spec?.containers.find(({ name }) => name === status.name)
      if (!container || !wasKilled(status, now)) return []
      const crash = describeCause(crashCause(pod, container, status, undefined))
      return [`Pod ${podName(pod)}: container ${status.name} runs again, but ${crash}`]
    }),
  )
