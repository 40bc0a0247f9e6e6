import type { V1APIGroupList, V1APIResource, V1APIResourceList } from '@kubernetes/client-node'
import { stringify } from 'yaml'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { messageOf } from '../../lib/messages.ts'
import { redactObject } from '../redact.ts'
import type { Source, Task } from './collect.ts'

export type ResourceList = Pick<V1APIResourceList, 'groupVersion'> &
  Readonly<{ resources: readonly Pick<V1APIResource, 'name' | 'kind' | 'verbs'>[] }>

/** A kind, and the path that lists its objects in all namespaces. */
export type Kind = Readonly<{ kind: string; apiVersion: string; path: string }>

const groupOf = (apiVersion: string) => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

/**
 * The kinds that can be listed, each once.
 * @param lists the core group, then the versions of each group, the preferred one first
 */
export const listableKinds = (lists: readonly ResourceList[]): readonly Kind[] => {
  const kinds = lists.flatMap(({ groupVersion, resources }) =>
    resources
      .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list'))
      .map(({ name, kind }) => ({
        kind,
        apiVersion: groupVersion,
        path: `/${groupVersion.includes('/') ? 'apis' : 'api'}/${groupVersion}/${name}`,
      })),
  )
  // Two groups list the same Events. Some kinds are not in the preferred version of their group.
  const first = new Map<string, Kind>()
  for (const kind of kinds) {
    const id = kind.kind === 'Event' ? 'Event' : `${groupOf(kind.apiVersion)}/${kind.kind}`
    if (!first.has(id)) first.set(id, kind)
  }
  return [...first.values()]
}

type Fields = Readonly<Record<string, unknown>>
type Item = Fields & Readonly<{ metadata?: Fields; spec?: Fields & { versions?: readonly Fields[] } }>

/** The schemas of the Prometheus operator alone are larger than everything else. */
const withoutSchemas = (item: Item): Item => {
  const versions = (item.spec?.versions ?? []).map((version) => ({ ...version, schema: 'left out' }))
  return { ...item, spec: { ...item.spec, versions } }
}

/** The items of a list as YAML, without credentials and without the managed fields of server-side apply. */
export const toYaml = ({ kind, apiVersion }: Kind, items: readonly Item[]): string =>
  items
    .map((item) => {
      const { metadata, ...fields } = kind === 'CustomResourceDefinition' ? withoutSchemas(item) : item
      const object = { apiVersion, kind, metadata: { ...metadata, managedFields: undefined }, ...fields }
      return stringify(redactObject(object), { lineWidth: 0 })
    })
    .join('---\n')

const sourceOf = ({ get }: Kubernetes, kind: Kind, unique: boolean): Source => ({
  file: `resources/${unique ? kind.kind : `${kind.kind}.${groupOf(kind.apiVersion)}`}.yaml`,
  about: `objects of kind ${kind.kind}, ${kind.apiVersion}`,
  read: async () => toYaml(kind, ((await get(kind.path)) as { items: Item[] }).items),
})

export const resourcesTask = (connect: () => Promise<Kubernetes>): Task => ({
  name: 'resources',
  sources: async () => {
    const kubernetes = await connect()
    const { groups } = (await kubernetes.get('/apis')) as V1APIGroupList
    const versions = groups.flatMap(({ versions, preferredVersion }) => [
      ...new Set(
        [...(preferredVersion ? [preferredVersion] : []), ...versions].map(
          ({ groupVersion }) => groupVersion,
        ),
      ),
    ])
    const paths = ['/api/v1', ...versions.map((version) => `/apis/${version}`)]
    const answers = await Promise.allSettled(paths.map((path) => kubernetes.get(path)))
    const kinds = listableKinds(
      answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value as ResourceList] : [])),
    )
    const unknown = answers.flatMap((answer, index): Source[] => {
      if (answer.status === 'fulfilled') return []
      const read = () => Promise.reject(new Error(messageOf(answer.reason)))
      return [{ file: 'resources/', about: `objects of the kinds of ${paths[index]}`, read }]
    })
    const known = kinds.map((kind, index) => {
      const unique = kinds.findIndex((one) => one.kind === kind.kind) === index
      return sourceOf(kubernetes, kind, unique)
    })
    return [...known, ...unknown]
  },
})
