import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Config } from '../config/config.ts'
import { run } from '../lib/run.ts'
import { stackOf } from '../config/stacks.ts'
import { belongsTo, cacheFolder, parseVersion, tools, type Tool } from '../setup/tools.ts'

type Versions = Readonly<Record<string, string>>

/** Versions of the images in use, by image name. */
export const imageVersions = (pods: readonly Pick<V1Pod, 'spec'>[]): Versions => {
  const images = pods.flatMap(({ spec }) =>
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap(({ image }) => image ?? []),
  )
  const named = images.map((image) => {
    const [, name = image, version = 'latest'] = /^(.+?)(?::([^:/@]+))?(?:@.+)?$/.exec(image) ?? []
    return { name, version }
  })
  const versions = Map.groupBy(named, ({ name }) => name)
  return Object.fromEntries(
    [...versions]
      .map(([name, all]) => [name, [...new Set(all.map(({ version }) => version))].join(', ')] as const)
      .sort(([a], [b]) => a.localeCompare(b)),
  )
}

/** No versions if the command or the cluster does not answer. */
const orNone = async (versions: Promise<Versions>): Promise<Versions> => versions.catch(() => ({}))

/** The version of the tool that the run used: the one on PATH, or the one in the cache. */
const toolVersion = async (
  { name, series, version, versionArgs }: Tool,
  within: number,
): Promise<Versions> => {
  const cached = join(cacheFolder, 'bin', `${name}-${version}`)
  const asked = [name, cached].map(async (command) =>
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

/** Versions of tools and charts. */
export const readToolVersions = async (config: Config): Promise<Versions> => {
  const within = config.limits.command
  const docker = async () => {
    const args = ['version', '--format', '{{.Server.Version}}']
    return { Docker: (await run('docker', args, { within })).stdout.trim() }
  }
  const [kind, helm, engine] = await Promise.all([
    toolVersion(tools.kind, within),
    toolVersion(tools.helm, within),
    orNone(docker()),
  ])
  return { Node: process.versions.node, ...kind, ...helm, ...engine, ...chartVersions(config) }
}

/** Versions of Kubernetes and of the running images. */
export const readClusterVersions = async ({ core }: Kubernetes): Promise<Versions> => {
  const nodes = async () => {
    const info = (await core.listNode()).items.flatMap(({ status }) => status?.nodeInfo ?? [])
    const all = (values: readonly string[]) => [...new Set(values)].join(', ')
    return {
      Kubernetes: all(info.map(({ kubeletVersion }) => kubeletVersion)),
      'container runtime': all(info.map(({ containerRuntimeVersion }) => containerRuntimeVersion)),
    }
  }
  const images = async () => imageVersions((await core.listPodForAllNamespaces()).items)
  const [ofNodes, ofImages] = await Promise.all([orNone(nodes()), orNone(images())])
  return { ...ofNodes, ...ofImages }
}
