import type { V1CustomResourceDefinition } from '@kubernetes/client-node'
import pMap from 'p-map'
import { HttpError } from '../../clients/http.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { messageOf } from '../../lib/messages.ts'
import { definitionsPath } from '../../setup/manifests.ts'
import type { Observation } from '../observation.ts'
import { hash, named, nameOf } from './named.ts'
import { readList } from './objects.ts'

// Dry runs also call the admission webhooks.
const concurrency = 4

const schemaHash = ({ spec }: V1CustomResourceDefinition) =>
  hash(JSON.stringify(spec.versions.map(({ name, schema }) => [name, schema])))

/** Whether the API server would accept a custom resource as it is, with its schema and admission webhooks. */
const acceptance = async (kubernetes: Kubernetes, path: string, object: unknown): Promise<string> => {
  try {
    await kubernetes.tryReplace(path, object)
    return 'accepted'
  } catch (error) {
    // Its controller has changed it in the meantime.
    if (error instanceof HttpError && error.status === 409)
      return acceptance(kubernetes, path, await kubernetes.get(path))
    return messageOf(error)
  }
}

/** CustomResourceDefinitions, and whether the API server would still accept their resources. */
export const observeDefinitions = async (
  kubernetes: Kubernetes,
): Promise<Pick<Observation, 'definitions' | 'customResources'>> => {
  const definitions = await readList<V1CustomResourceDefinition>(kubernetes, definitionsPath)
  // Only a dry run of a write tells whether a resource would be accepted.
  const asked = kubernetes.readOnly ? [] : definitions
  const resources = await Promise.all(
    asked.map(async ({ spec: { group, names, versions } }) => {
      const stored = versions.find(({ storage }) => storage)?.name ?? ''
      const base = `/apis/${group}/${stored}`
      const objects = await readList(kubernetes, `${base}/${names.plural}`)
      return objects.map((object) => {
        const { namespace, name = '' } = object.metadata ?? {}
        const folder = namespace === undefined ? base : `${base}/namespaces/${namespace}`
        return {
          name: `${names.kind} ${nameOf(object)}`,
          path: `${folder}/${names.plural}/${name}`,
          // Items of a list have no kind of their own.
          object: { apiVersion: `${group}/${stored}`, kind: names.kind, ...object },
        }
      })
    }),
  )
  const accepted = await pMap(
    resources.flat(),
    async ({ name, path, object }) => [name, await acceptance(kubernetes, path, object)] as const,
    { concurrency },
  )
  return {
    definitions: named(
      definitions.map((definition) => [
        definition.metadata?.name ?? '',
        {
          versions: definition.spec.versions.map(({ name, storage }) =>
            storage ? `${name} (stored)` : name,
          ),
          schema: schemaHash(definition),
        },
      ]),
    ),
    customResources: named(accepted),
  }
}
