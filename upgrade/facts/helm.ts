import type { KubernetesObject, V1PodTemplateSpec } from '@kubernetes/client-node'
import { run } from '../../lib/run.ts'
import type { Fields, Observation } from '../observation.ts'
import { parseDocuments } from '../structuralDiff.ts'
import { named } from './named.ts'

/** How helm reaches the cluster; `within` is in milliseconds. */
export type Helm = Readonly<{ helm: string; kubeconfig: string; within: number }>

type Release = Readonly<{
  name: string
  namespace: string
  revision: string
  status: string
  chart: string
  /** RFC 3339. */
  updated: string
}>
export type Hook = KubernetesObject & Readonly<{ spec?: Readonly<{ template?: V1PodTemplateSpec }> }>

const ask = async ({ helm, kubeconfig, within }: Helm, ...args: string[]) =>
  (await run(helm, [...args, '--kubeconfig', kubeconfig], { within })).stdout

const releasesOf = async (helm: Helm): Promise<readonly Release[]> => {
  const format = ['--output', 'json', '--time-format', '2006-01-02T15:04:05Z07:00']
  return JSON.parse(await ask(helm, 'list', '--all-namespaces', ...format)) as Release[]
}

/** Seconds since the last change of a release: older data may come from other versions. */
export const secondsSinceChange = async (helm: Helm): Promise<number> => {
  const times = (await releasesOf(helm)).map(({ updated }) => Date.parse(updated))
  return (Date.now() - Math.max(...times)) / 1000
}

const hookFields = ({ metadata }: Hook): Fields => ({ events: metadata?.annotations?.['helm.sh/hook'] })

/** Releases and their hooks, whose objects are deleted after they ran. */
export type ReleaseFacts = Pick<Observation, 'releases' | 'objects' | 'images'>

export const releaseFacts = (
  releases: readonly Readonly<{
    name: string
    chart: string
    revision: number
    status: string
    hooks: readonly Hook[]
  }>[],
): ReleaseFacts => {
  const hooks = releases.flatMap((release) =>
    release.hooks.map((hook) => ({ name: `Hook ${release.name}/${hook.kind} ${hook.metadata?.name}`, hook })),
  )
  return {
    releases: named(releases.map(({ name, chart, revision, status }) => [name, { chart, revision, status }])),
    objects: named(hooks.map(({ name, hook }) => [name, hookFields(hook)])),
    images: named(
      hooks.flatMap(({ name, hook }) => {
        const containers = hook.spec?.template?.spec?.containers ?? []
        return containers.map((container) => [`${name}: ${container.name}`, container.image ?? ''] as const)
      }),
    ),
  }
}

export const observeHelm = async (helm: Helm): Promise<ReleaseFacts> =>
  releaseFacts(
    await Promise.all(
      (await releasesOf(helm)).map(async ({ name, namespace, chart, revision, status }) => {
        const text = await ask(helm, 'get', 'hooks', name, '--namespace', namespace)
        const hooks = parseDocuments(text) as readonly Hook[]
        return { name, chart, revision: Number(revision), status, hooks }
      }),
    ),
  )
