import type { V1ConfigMap } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { isObject, type JsonObject } from '../../lib/json.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { ObjectName } from '../../config/components.ts'
import { isNamed } from '../../setup/context/discovery.ts'
import type { Named, Observation } from '../observation.ts'
import { flatten, hash, named } from './named.ts'
import { readList } from './objects.ts'

/** Long values, such as VRL programs, by their number of lines and a hash: they do not fit into a sentence. */
const shown = (settings: Named<string>): Named<string> =>
  named(
    Object.entries(settings).map(([name, value]) => [
      name,
      value.includes('\n') ? `${value.trim().split('\n').length} lines (${hash(value)})` : value,
    ]),
  )

const parsed = (text: string): JsonObject => {
  try {
    const value: unknown = parse(text)
    return isObject(value) ? value : {}
  } catch {
    // TOML is compared as text.
    return { text }
  }
}

const parts = ['sources', 'transforms', 'sinks']

/** Vector's settings by component, from the files of its configuration. */
export const pipelineSettings = (files: readonly string[]): Observation['settings'] => {
  const all = files.map(parsed)
  const components = all.flatMap((file) =>
    parts.flatMap((part) => {
      const found = file[part]
      return isObject(found)
        ? Object.entries(found).map(([name, one]) => [`Vector ${part}.${name}`, one] as const)
        : []
    }),
  )
  const others = all.flatMap((file) => Object.entries(file).filter(([name]) => !parts.includes(name)))
  return named([
    ...components.map(([name, one]) => [name, shown(flatten(isObject(one) ? one : {}))] as const),
    ['Vector', shown(flatten(Object.fromEntries(others)))],
  ])
}

/** Vector's settings from the ConfigMap of its chart; empty if there is none. */
export const observePipeline = async (
  kubernetes: Kubernetes,
  { namespace }: ObjectName,
): Promise<Observation['settings']> => {
  const maps = await readList<V1ConfigMap>(kubernetes, `/api/v1/namespaces/${namespace}/configmaps`)
  const ours = maps.filter(({ metadata }) => isNamed(metadata?.labels?.['app.kubernetes.io/name'], 'vector'))
  const files = ours.flatMap(({ data }) => Object.values(data ?? {}))
  return files.length === 0 ? {} : pipelineSettings(files)
}
