import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { kubeconfigOf } from '../setup/cluster.ts'
import { connectKubernetes } from '../setup/clients/kubernetes.ts'
import type { Config } from '../setup/config.ts'
import { outFolder } from '../setup/ledger.ts'
import { messageOf } from '../setup/messages.ts'
import { podTrouble } from '../setup/readiness.ts'

const folder = join(outFolder, 'diagnostics')

const keep = async (name: string, content: () => Promise<string>) =>
  writeFile(
    join(folder, name),
    await content().catch((error: unknown) => `not to be had: ${messageOf(error)}\n`),
  )

/**
 * Keeps the pods that are not well, all events, and the logs of every container of those pods, of its run now and of
 * the one before. What cannot be had is told in its own file.
 * @returns the folder
 */
export const collectDiagnostics = async ({ cluster }: Config): Promise<string> => {
  await mkdir(folder, { recursive: true })
  try {
    await collectPods(cluster)
  } catch (error) {
    await writeFile(join(folder, 'not-collected.txt'), `the cluster does not answer: ${messageOf(error)}\n`)
  }
  return folder
}

const collectPods = async (cluster: string): Promise<void> => {
  const { core } = await connectKubernetes(kubeconfigOf(cluster))
  const { items } = await core.listPodForAllNamespaces()
  const unwell = items.filter((pod) => podTrouble(pod) !== undefined)
  await Promise.all([
    keep('pods.txt', async () =>
      items
        .map(
          (pod) =>
            `${pod.metadata?.namespace}/${pod.metadata?.name} on ${pod.spec?.nodeName}: ${podTrouble(pod)?.cause ?? 'well'}`,
        )
        .sort()
        .join('\n'),
    ),
    keep('events.yaml', async () => stringify((await core.listEventForAllNamespaces()).items)),
    ...unwell.flatMap(({ metadata, spec }) => {
      const [namespace = '', name = ''] = [metadata?.namespace, metadata?.name]
      const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(
        (container) => container.name,
      )
      return [
        keep(`${namespace}-${name}.yaml`, async () =>
          stringify(await core.readNamespacedPod({ namespace, name })),
        ),
        ...containers.flatMap((container) =>
          [true, false].map((previous) =>
            keep(`${namespace}-${name}-${container}${previous ? '-previous' : ''}.log`, () =>
              core.readNamespacedPodLog({ namespace, name, container, previous }),
            ),
          ),
        ),
      ]
    }),
  ])
}
