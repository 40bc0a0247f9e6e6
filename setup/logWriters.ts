import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { WrittenLines } from '../diagnosis/lineOracle.ts'
import { eventually } from '../lib/eventually.ts'
import type { WriterAnswer } from '../manifests/app/written-lines.ts'
import { applyObjects, buildPrograms, inNamespace, readManifest } from './manifests.ts'

const ownNamespace = 'default'
const programs = [{ configMap: 'log-writer', file: 'writer.cjs', entry: 'manifests/app/log-writer.ts' }]

export const writerPods = async ({ core }: Kubernetes, namespace = ownNamespace): Promise<readonly V1Pod[]> =>
  (await core.listNamespacedPod({ namespace, labelSelector: 'app=log-writer' })).items

/** What a writer answers; through the API server's proxy, since it has no Service. */
const askWriter = async ({ get }: Kubernetes, { metadata }: V1Pod): Promise<WriterAnswer> =>
  (await get(`/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}:8080/proxy/`)) as WriterAnswer

/** Makes a writer write lines as fast as it can. */
export const askForBurst = async (
  { core }: Kubernetes,
  { metadata }: V1Pod,
  lines: number,
): Promise<void> => {
  const [name, namespace] = [`${metadata?.name}:8080`, metadata?.namespace ?? '']
  await core.connectPostNamespacedPodProxyWithPath({ name, namespace, path: `burst/${lines}` })
}

/**
 * How far each writer has counted, including those that ran earlier in the same pod.
 * @throws Error if a writer does not answer, or still writes for an earlier run
 */
export const readWritten = async (
  kubernetes: Kubernetes,
  runId: string,
  namespace = ownNamespace,
): Promise<readonly Omit<WrittenLines, 'after' | 'foundBy'>[]> => {
  const pods = await writerPods(kubernetes, namespace)
  if (pods.length === 0) throw new Error('there is no log writer')
  const all = await Promise.all(
    pods.map(async (pod) => {
      const { run, written } = await askWriter(kubernetes, pod)
      const name = pod.metadata?.name ?? ''
      if (run !== runId) throw new Error(`Pod ${namespace}/${name} writes the lines of another run, ${run}`)
      return written.map((one) => ({ node: pod.spec?.nodeName ?? '', pod: name, ...one }))
    }),
  )
  return all.flat()
}

/** Installs a writer on each node, and waits until all write. */
export const startWriters = async (
  kubernetes: Kubernetes,
  runId: string,
  rate: number,
  nodes: number,
  within: number,
  namespace = ownNamespace,
): Promise<void> => {
  const { configMaps, digest } = await buildPrograms({ programs, namespace })
  const replacements = { RUN_ID: runId, RATE: String(rate), PROGRAMS: digest }
  const objects = await readManifest('manifests/log-writer.yaml', replacements)
  const all = [...configMaps, ...inNamespace(objects, namespace)]
  await applyObjects(kubernetes, all, { within, reused: false })
  await eventually(
    'a log writer writes on each node',
    async () => {
      const written = await readWritten(kubernetes, runId, namespace)
      const writing = written.filter(({ last }) => last > 0)
      if (writing.length < nodes) throw new Error(`${writing.length} of ${nodes} write`)
    },
    { within },
  )
}
