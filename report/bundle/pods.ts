import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { countOf } from '../../lib/messages.ts'
import { podName, podTrouble } from '../../diagnosis/pods.ts'
import type { Source, Task } from './collect.ts'

const tailLines = 20_000
const mostCharacters = 5_000_000

/** The end of a log that is too long, from the beginning of a line. */
export const lastOf = (text: string, most: number): string => {
  if (text.length <= most) return text
  const from = text.indexOf('\n', text.length - most) + 1
  return `[${from} characters before this are left out]\n${text.slice(from)}`
}

const statusesOf = ({ status }: V1Pod) => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
  ...(status?.ephemeralContainerStatuses ?? []),
]

/** One line for each pod: where it runs, how often it was restarted, and what is the matter with it; those first. */
export const describePods = (pods: readonly V1Pod[]): string => {
  const sorted = [...pods].sort((a, b) => (podName(a) < podName(b) ? -1 : 1))
  const lines = sorted.map((pod) => {
    const restarts = statusesOf(pod).reduce((sum, { restartCount }) => sum + restartCount, 0)
    const cause = podTrouble(pod)?.cause
    const where = `${pod.spec?.nodeName ?? 'no node'}, ${countOf(restarts, 'restart')}`
    return `${cause === undefined ? '✓' : '✗'} ${podName(pod)} on ${where}${cause === undefined ? '' : `: ${cause}`}`
  })
  const isWell = (line: string) => line.startsWith('✓')
  return [...lines.filter((line) => !isWell(line)), ...lines.filter(isWell)].join('\n')
}

type Log = Pick<Source, 'file' | 'about'> & Readonly<{ container: string; previous: boolean }>

/** The logs that a pod has: of every container, and of the run before where there was one. */
export const logsOf = (pod: V1Pod): readonly Log[] => {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {}
  return [...initContainers, ...containers, ...ephemeralContainers].flatMap(({ name: container }) => {
    const status = statusesOf(pod).find(({ name }) => name === container)
    const file = `logs/${podName(pod)}/${container}`
    const about = `container ${container}`
    const current = { file: `${file}.log`, about, container, previous: false }
    const before = {
      file: `${file}.previous.log`,
      about: `${about}, the run before`,
      container,
      previous: true,
    }
    return (status?.restartCount ?? 0) > 0 ? [current, before] : [current]
  })
}

/** All pods in a few words, and the logs of all their containers. */
export const podsTask = (connect: () => Promise<Kubernetes>): Task => ({
  name: 'pods and logs',
  sources: async () => {
    const { core, get } = await connect()
    const { items } = (await get('/api/v1/pods')) as { items: V1Pod[] }
    const about = 'all pods: on which node, restarts, what is the matter'
    return [
      { file: 'pods.txt', about, read: async () => describePods(items) },
      ...items.flatMap((pod) => {
        const [namespace, name] = [pod.metadata?.namespace ?? '', pod.metadata?.name ?? '']
        return logsOf(pod).map(({ container, previous, ...source }) => ({
          ...source,
          read: async () => {
            const asked = { namespace, name, container, previous, tailLines }
            return lastOf(await core.readNamespacedPodLog(asked), mostCharacters)
          },
        }))
      }),
    ]
  },
})
