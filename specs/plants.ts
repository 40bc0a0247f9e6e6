import type { V1Pod } from '@kubernetes/client-node'
import { readManifest } from '../setup/manifests.ts'

/** One line that a planted pod writes, and what a search knows of it. */
export type Plant = Readonly<{
  /** `planted-grafana/grafana/lower` */
  id: string
  namespace: string
  pod: string
  container: string
  labels: Readonly<Record<string, string>>
  text: string
}>

const texts = {
  plain: 'nothing to see',
  upper: 'an ERROR was planted',
  lower: 'an error was planted',
  title: 'an Error was planted',
  start: 'the planted service started',
} as const

/** Every line that the pods of manifests/log-plants.yaml write. */
export const readPlants = async (runId: string): Promise<readonly Plant[]> => {
  const pods = (await readManifest('manifests/log-plants.yaml', { RUN_ID: runId })) as V1Pod[]
  return pods.flatMap(({ metadata, spec }) =>
    (spec?.containers ?? []).flatMap(({ name: container }) =>
      Object.entries(texts).map(([kind, text]) => ({
        id: `${metadata?.name}/${container}/${kind}`,
        namespace: metadata?.namespace ?? '',
        pod: metadata?.name ?? '',
        container,
        labels: metadata?.labels ?? {},
        text,
      })),
    ),
  )
}

/** The id of the planted line that a message is. */
export const plantId = (message: string): string | undefined => {
  const [, pod, container, kind] = /^e2e-plant=\w+ pod=(\S+) container=(\S+) kind=(\S+) /.exec(message) ?? []
  return pod === undefined ? undefined : `${pod}/${container}/${kind}`
}
