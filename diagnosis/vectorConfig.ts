import { parse } from 'yaml'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'

/** A source of type kubernetes_logs with Vector's defaults. */
export type LogSource = Readonly<{
  id: string
  includePaths: readonly string[]
  excludePaths: readonly string[]
  podSelector: string
  namespaceSelector: string
  fieldSelector: string
  /** Milliseconds between two looks for new files. */
  cooldownMs: number
  ignoreOlderSeconds: number | undefined
  maxLineBytes: number
  maxMergedLineBytes: number | undefined
  mergesPartialLines: boolean
}>

/** A transform that may drop or change lines, with its condition or program. */
export type Transform = Readonly<{ id: string; type: string; text: string }>

export type VectorConfig = Readonly<{ sources: readonly LogSource[]; transforms: readonly Transform[] }>

type Component = Readonly<Record<string, unknown>> & Readonly<{ type?: string }>
type File = Readonly<Partial<Record<'sources' | 'transforms', Readonly<Record<string, Component>>>>> | null

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? ''))
const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined)

/** @see https://vector.dev/docs/reference/configuration/sources/kubernetes_logs */
const logSource = (id: string, options: Component): LogSource => ({
  id,
  includePaths: (options['include_paths_glob_patterns'] ?? ['**/*']) as string[],
  excludePaths: (options['exclude_paths_glob_patterns'] ?? ['**/*.gz', '**/*.tmp']) as string[],
  podSelector: (options['extra_label_selector'] ?? '') as string,
  namespaceSelector: (options['extra_namespace_label_selector'] ?? '') as string,
  fieldSelector: (options['extra_field_selector'] ?? '') as string,
  cooldownMs: numberOf(options['glob_minimum_cooldown_ms']) ?? 60_000,
  ignoreOlderSeconds: numberOf(options['ignore_older_secs']),
  maxLineBytes: numberOf(options['max_line_bytes']) ?? 32_768,
  maxMergedLineBytes: numberOf(options['max_merged_line_bytes']),
  mergesPartialLines: options['auto_partial_merge'] !== false,
})

const parsed = (text: string): File => {
  try {
    return parse(text) as File
  } catch {
    // TOML, or a file that Vector refuses as well.
    return null
  }
}

/** @param files of the ConfigMap, as YAML or JSON */
export const parseVectorConfig = (files: readonly string[]): VectorConfig => {
  const all = files.map(parsed)
  const entriesOf = (part: 'sources' | 'transforms') =>
    all.flatMap((file) => Object.entries(file?.[part] ?? {}))
  return {
    sources: entriesOf('sources')
      .filter(([, { type }]) => type === 'kubernetes_logs')
      .map(([id, options]) => logSource(id, options)),
    transforms: entriesOf('transforms').map(([id, { type = '', ...options }]) => ({
      id,
      type,
      text: textOf(options['condition'] ?? options['source']),
    })),
  }
}

/** The files of the ConfigMap of Vector's chart, which has the name of the DaemonSet. */
export const readVectorFiles = async ({ core }: Kubernetes, vector: ObjectName): Promise<readonly string[]> =>
  Object.values((await core.readNamespacedConfigMap(vector)).data ?? {})

export const readVectorConfig = async (kubernetes: Kubernetes, vector: ObjectName): Promise<VectorConfig> =>
  parseVectorConfig(await readVectorFiles(kubernetes, vector))
