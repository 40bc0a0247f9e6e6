import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { podName, podTrouble } from '../../diagnosis/pods.ts'
import { countOf } from '../../lib/messages.ts'
import type { Source, Task } from './collect.ts'

const tailLines = 20_000
const maxCharacters = 5_000_000

/** The end of a log that is too long, from the beginning of a line. */
export const lastOf = (text: string, limit: number): string => {
  if (text.length <= limit) return text
  const from = text.indexOf('\n', text.length - limit) + 1
  return `[${from} characters before this are left out]\n${text.slice(from)}`
}

const statusesOf = ({ status }: V1Pod) => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
  ...(status?.ephemeralContainerStatuses ?? []),
]

/** One line for each pod: its node, its restarts and its problem. Pods with a problem come first. */
export const describePods = (pods: readonly V1Pod[]): string => {
  const lines = pods.map((pod) => {
    const restarts = statusesOf(pod).reduce((sum, { restartCount }) => sum + restartCount, 0)
    const cause = podTrouble(pod)?.cause
    const line = `${podName(pod)} on ${pod.spec?.nodeName ?? 'no node'}, ${countOf(restarts, 'restart')}`
    return cause === undefined ? `✓ ${line}` : `✗ ${line}: ${cause}`
  })
  const isHealthy = (line: string) => line.startsWith('✓')
  lines.sort((a, b) => Number(isHealthy(a)) - Number(isHealthy(b)) || (a < b ? -1 : 1))
  return lines.join('\n')
}

type Log = Pick<Source, 'file' | 'about'> & Readonly<{ container: string; previous: boolean }>

/** The log of each container, and of its previous run if it restarted. */
export const logsOf = (pod: V1Pod): readonly Log[] => {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {}
  const restarted = statusesOf(pod)
    .filter(({ restartCount }) => restartCount > 0)
    .map(({ name }) => name)
  return [...initContainers, ...containers, ...ephemeralContainers].flatMap(({ name: container }) => {
    const file = `logs/${podName(pod)}/${container}`
    const about = `container ${container}`
    const current = { file: `${file}.log`, about, container, previous: false }
    if (!restarted.includes(container)) return [current]
    return [
      current,
      { file: `${file}.previous.log`, about: `${about}, before its last restart`, container, previous: true },
    ]
  })
}

/** The state of all pods, and the logs of all containers. */
export const podsTask = (connect: () => Promise<Kubernetes>): Task => ({
  name: 'pods and logs',
  sources: async () => {
    const { core, get } = await connect()
    const { items } = (await get('/api/v1/pods')) as { items: V1Pod[] }
    return [
      {
        file: 'pods.txt',
        about: 'all pods with their node, restarts and problem',
        read: async () => describePods(items),
      },
      ...items.flatMap((pod) => {
        const { namespace = '', name = '' } = pod.metadata ?? {}
        return logsOf(pod).map(({ file, about, container, previous }) => ({
          file,
          about,
          read: async () =>
            lastOf(
              await core.readNamespacedPodLog({ namespace, name, container, previous, tailLines }),
              maxCharacters,
            ),
        }))
      }),
    ]
  },
})
