import type { V1Pod } from '@kubernetes/client-node'
import { plantNamespace } from '../../setup/context/plant.ts'
import type { Run } from '../../setup/global.ts'
import { inNamespace, readManifest } from '../../setup/manifests.ts'

/** One line that a sample pod writes, and the fields by which a search can find it. */
export type SampleLine = Readonly<{
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

/** Every line that the pods of manifests/sample-logs.yaml write. On a cluster that already runs, they are in our namespace. */
export const readSampleLines = async ({
  id,
  context,
}: Pick<Run, 'id' | 'context'>): Promise<readonly SampleLine[]> => {
  const read = await readManifest('manifests/sample-logs.yaml', { RUN_ID: id })
  const pods = (context ? inNamespace(read, plantNamespace) : read) as readonly V1Pod[]
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

/** The id of the sample line in a message. */
export const sampleLineId = (message: string): string | undefined => {
  const [, pod, container, kind] = /^e2e-plant=\w+ pod=(\S+) container=(\S+) kind=(\S+) /.exec(message) ?? []
  return pod === undefined ? undefined : `${pod}/${container}/${kind}`
}
