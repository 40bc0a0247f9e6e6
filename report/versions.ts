import { join } from 'node:path'
import type { V1Node, V1Pod } from '@kubernetes/client-node'
import type { Config } from '../config/config.ts'
import { run } from '../lib/run.ts'
import { stackOf } from '../config/stacks.ts'
import { pinnedNodeImage } from '../setup/cluster.ts'
import { belongsTo, bundledTools, cacheFolder, parseVersion, tools, type Tool } from '../setup/tools.ts'

type Versions = Readonly<Record<string, string>>

/** The version of the tool that the run used: the one in the bundle, on PATH, or in the cache. */
const toolVersion = async (
  { name, series, version, versionArgs }: Tool,
  bundled: string | undefined,
  within: number,
): Promise<Versions> => {
  const cached = join(cacheFolder, 'bin', `${name}-${version}`)
  const asked = (bundled === undefined ? [name, cached] : [bundled]).map(async (command) =>
    parseVersion((await run(command, versionArgs, { within })).stdout),
  )
  for (const answer of await Promise.allSettled(asked)) {
    const found = answer.status === 'fulfilled' ? answer.value : undefined
    if (found !== undefined && belongsTo(series, found)) return { [name]: found }
  }
  return {}
}

export const chartVersions = ({ stacks, releases }: Pick<Config, 'stacks' | 'releases'>): Versions =>
  Object.fromEntries(
    stacks.flatMap((name) => {
      const { chart } = stackOf(name, releases)
      return chart ? [[`chart ${chart.name}`, chart.version] as const] : []
    }),
  )

/** Versions of tools and charts, and the node image. */
export const readToolVersions = async (config: Config): Promise<Versions> => {
  // A cluster that already runs needs no tool.
  if (config.context !== undefined) return { Node: process.versions.node }
  const within = config.limits.command
  const bundled = config.bundle === undefined ? undefined : bundledTools(config.bundle)
  const [kind, helm, engine, nodeImage] = await Promise.all([
    toolVersion(tools.kind, bundled?.kind, within),
    toolVersion(tools.helm, bundled?.helm, within),
    run('docker', ['version', '--format', '{{.Server.Version}}'], { within }).then(
      ({ stdout }) => ({ Docker: stdout.trim() }),
      () => ({}),
    ),
    config.nodeImage ?? pinnedNodeImage(),
  ])
  return {
    Node: process.versions.node,
    ...kind,
    ...helm,
    ...engine,
    'node image': nodeImage,
    ...chartVersions(config),
  }
}

const distinct = (values: readonly string[]) => [...new Set(values)].join(', ')

export const nodeVersions = (nodes: readonly V1Node[]): Versions => {
  const infos = nodes.flatMap(({ status }) => status?.nodeInfo ?? [])
  return {
    Kubernetes: distinct(infos.map(({ kubeletVersion }) => kubeletVersion)),
    'container runtime': distinct(infos.map(({ containerRuntimeVersion }) => containerRuntimeVersion)),
  }
}

/** Versions of the images in use, by image name. */
export const imageVersions = (pods: readonly Pick<V1Pod, 'spec'>[]): Versions => {
  const images = pods.flatMap(({ spec }) =>
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap(({ image }) => image ?? []),
  )
  const named = images.map((image) => {
    const [, name = image, version = 'latest'] = /^(.+?)(?::([^:/@]+))?(?:@.+)?$/.exec(image) ?? []
    return { name, version }
  })
  const byName = [...Map.groupBy(named, ({ name }) => name)].sort(([a], [b]) => a.localeCompare(b))
  return Object.fromEntries(
    byName.map(([name, group]) => [name, distinct(group.map(({ version }) => version))]),
  )
}
