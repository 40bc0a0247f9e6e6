import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { KubernetesObject } from '@kubernetes/client-node'
import { build } from 'esbuild'
import { parseAllDocuments } from 'yaml'
import { HttpError } from '../clients/http.ts'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { eventually, GiveUpError } from '../lib/eventually.ts'
import { messageOf } from '../lib/messages.ts'
import type { Stack } from '../config/stacks.ts'
import { withRemedy } from '../diagnosis/admissionErrors.ts'

const fieldManager = 'observability-e2e'

/** Bundles a program and everything it imports into one file that runs on a stock Node image. */
const bundle = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** ConfigMaps with the bundled programs of a stack, and their digest, which restarts the pods when a program changes. */
export const buildPrograms = async ({
  programs = [],
  namespace,
}: Pick<Stack, 'programs' | 'namespace'>): Promise<{ configMaps: KubernetesObject[]; digest: string }> => {
  const texts = await Promise.all(programs.map(({ entry }) => bundle(entry)))
  const configMaps = programs.map(({ configMap, file }, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: configMap, namespace, labels: { 'app.kubernetes.io/part-of': fieldManager } },
    data: { [file]: texts[index] ?? '' },
  }))
  return { configMaps, digest: createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16) }
}

/** The objects of a manifest file, each `${NAME}` in it replaced. */
export const readManifest = async (
  file: string,
  replacements: Readonly<Record<string, string>>,
): Promise<KubernetesObject[]> => {
  const text = (await readFile(file, 'utf8')).replaceAll(/\$\{([A-Z_]+)\}/g, (placeholder, name: string) => {
    const value = replacements[name]
    if (value === undefined) throw new Error(`${file}: no value for ${placeholder}`)
    return value
  })
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject)
}

const describe = ({ kind, metadata }: KubernetesObject) =>
  `${kind} ${[metadata?.namespace, metadata?.name].filter(Boolean).join('/')}`

/** A Pod cannot be changed in place, so the old one is deleted first. */
const makeRoom = async (kubernetes: Kubernetes, pod: KubernetesObject, within: number): Promise<void> => {
  const name = pod.metadata?.name ?? ''
  const namespace = pod.metadata?.namespace ?? ''
  await eventually(
    `the old Pod ${namespace}/${name} is gone`,
    async () => {
      try {
        await kubernetes.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 })
      } catch (error) {
        if (apiStatus(error) === 404) return
        throw error
      }
      throw new Error('it still exists')
    },
    { within, every: 300 },
  )
}

/** The API path of CustomResourceDefinitions. */
export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** Sends a CustomResourceDefinition as it is: the client would drop fields of its schema. */
const applyOne = (kubernetes: Kubernetes, object: KubernetesObject): Promise<void> =>
  object.kind === 'CustomResourceDefinition'
    ? kubernetes.applyAt(`${definitionsPath}/${object.metadata?.name}`, object, fieldManager)
    : kubernetes.apply(object, fieldManager)

/** The same objects in another namespace. */
export const inNamespace = (
  objects: readonly KubernetesObject[],
  namespace: string,
): readonly KubernetesObject[] =>
  objects.map(({ metadata, ...object }) => ({
    ...object,
    metadata: Object.assign({}, metadata, { namespace }),
  }))

/**
 * Applies objects with server-side apply, each as soon as the API server knows its kind: a custom resource may be
 * applied before the chart that has its definition.
 * @throws WaitError with the object and the answer of the API server
 */
export const applyObjects = async (
  kubernetes: Kubernetes,
  objects: readonly KubernetesObject[],
  { within, reused }: Readonly<{ within: number; reused: boolean }>,
): Promise<void> => {
  await Promise.all(
    objects.map(async (object) => {
      if (reused && object.kind === 'Pod') await makeRoom(kubernetes, object, within)
      await eventually(
        `${describe(object)} is accepted`,
        async () => {
          try {
            await applyOne(kubernetes, object)
          } catch (error) {
            const status = error instanceof HttpError ? error.status : apiStatus(error)
            if (status === undefined) throw error
            const message = withRemedy(messageOf(error), object.metadata?.namespace ?? 'default')
            // 400 and 422 are about the object itself, and so is what a webhook denies: trying again is useless.
            throw status === 400 || status === 422 || message.includes('denied the request')
              ? new GiveUpError(message)
              : new Error(message)
          }
        },
        { within },
      )
    }),
  )
}
