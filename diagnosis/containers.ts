import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { forHowLong } from '../lib/progress.ts'
import { crashCause, isCrash } from './crashes.ts'
import { eventsOf, timeOf } from './evidence.ts'
import { unreadyCause } from './probes.ts'
import { isPullFailure, pullCause } from './imagePulls.ts'
import { pvcCause, missingReference, mountCause } from './volumes.ts'
import type { Cause, Evidence } from './types.ts'

const containerCause = (
  pod: V1Pod,
  container: V1Container,
  status: V1ContainerStatus,
  evidence: Evidence | undefined,
): Cause | undefined => {
  const isInit = pod.spec?.initContainers?.includes(container) ?? false
  const what = `${isInit ? 'init container' : 'container'} ${container.name}`
  const { waiting, running } = status.state ?? {}
  const prefixed = (prefix: string, { cause, ...rest }: Cause) => ({ cause: `${prefix} ${cause}`, ...rest })
  if (isCrash(status)) return prefixed(what, crashCause(pod, container, status, evidence))
  if (isPullFailure(waiting?.reason)) {
    const { reason = '', message = reason } = waiting ?? {}
    const cause = pullCause(status.image, { reason, message }, pod.spec?.nodeName ?? '')
    return prefixed(`${what}:`, cause)
  }
  if (waiting?.message) {
    const cause = missingReference(pod, waiting.message) ?? {
      cause: `${waiting.reason}: ${waiting.message.replace(/ \(pod: .*\)$/, '')}`,
      remedy: `correct container ${container.name} where values/ or manifests/ describe it`,
    }
    return prefixed(`${what}:`, cause)
  }
  if (!running) return undefined
  if (isInit && container.restartPolicy !== 'Always')
    return {
      cause: `${what} is still running, and the other containers wait for it`,
      remedy: `\`kubectl -n ${pod.metadata?.namespace} logs ${pod.metadata?.name} -c ${container.name}\` shows what it waits for`,
      container: container.name,
    }
  if (status.ready) return undefined
  const unready = unreadyCause(pod, container, status.started ?? false, evidence)
  return { ...prefixed(what, unready), container: container.name }
}

/** What is wrong with each container of a scheduled pod. */
export const containerCauses = (pod: V1Pod, evidence: Evidence | undefined): readonly Cause[] => {
  const { initContainers = [], containers = [] } = pod.spec ?? {}
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  return [...initContainers, ...containers].flatMap((container) => {
    const status = [...initContainerStatuses, ...containerStatuses].find(
      ({ name }) => name === container.name,
    )
    return (status && containerCause(pod, container, status, evidence)) ?? []
  })
}

/** What the kubelet is doing, or cannot do, before it starts the containers of a pod. */
export const startCause = (pod: V1Pod, evidence: Evidence | undefined): Cause => {
  const reasons = ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox', 'Pulling']
  const [newest] = eventsOf(evidence, 'Pod', pod.metadata, ...reasons)
  const node = pod.spec?.nodeName
  const message = newest?.message?.trim() ?? ''
  switch (newest?.reason) {
    case 'Pulling':
      return {
        cause: `image ${/"([^"]+)"/.exec(message)?.[1]} is still being pulled,${forHowLong(timeOf(newest.lastTimestamp))} so far`,
        remedy:
          'set E2E_REGISTRY_MIRROR to a nearby registry, or raise E2E_LIMITS_FACTOR on a slow network; ' +
          `\`docker exec ${node} crictl images\` lists the pulled images`,
      }
    case 'FailedCreatePodSandBox':
      return {
        cause: `its sandbox cannot be created: ${message.replace(/^.* desc = /s, '')}`,
        remedy: `\`docker exec ${node} journalctl --unit=containerd --lines=50\` shows more`,
      }
    case 'FailedMount':
    case 'FailedAttachVolume':
      return mountCause(pod, message)
    default:
      return (
        pvcCause(pod, evidence) ?? {
          cause: `phase ${pod.status?.phase ?? 'unknown'}: its containers have not started`,
        }
      )
  }
}
