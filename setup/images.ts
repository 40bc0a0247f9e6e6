import { lookup } from 'node:dns/promises'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import type { Config } from '../config/config.ts'
import { readManifests } from '../config/overlayManifests.ts'
import { stackOf, type Stack } from '../config/stacks.ts'
import { registrySources, type Source } from '../clients/registry.ts'
import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import { isChartStack, renderChart } from './helm.ts'
import { startImageCache, theBundle, thisMachine, type ImageCache } from './imageCache.ts'
import { bundledImages } from './bundle/contents.ts'
import { imageFolder, NotStoredError } from './imageStore.ts'
import { registries } from './mirror.ts'
import type { Tools } from './tools.ts'

/** The images in rendered manifests: of containers, of custom resources, and in the options of an operator. */
export const imagesIn = (yaml: string): readonly string[] => {
  const fields = yaml.matchAll(/^[\s-]*image:\s*["']?([\w./-]+[:@][\w.:@-]+)["']?\s*$/gm)
  const options = yaml.matchAll(/--[\w-]+=([\w.-]+\/[\w./-]+:[\w.@:-]+)/g)
  return [...new Set([...fields, ...options].flatMap(([, image]) => image ?? []))]
}

/** The objects of the overlay, each field on a line of its own, whatever the style of the file. */
const overlayTexts = ({ overlay }: Pick<Config, 'overlay'>): readonly string[] =>
  overlay === undefined ? [] : readManifests(overlay).objects.map(({ object }) => stringify(object))

/** The images of the manifests, ours and those of the overlay, and of the rendered charts. */
export const imagesOf = async (
  stacks: readonly Stack[],
  config: Config,
  tools: Tools,
): Promise<readonly string[]> => {
  const rendered = stacks.filter(isChartStack).map((stack) => renderChart(config, tools, stack))
  const manifests = stacks.flatMap((stack) => stack.manifests).map((file) => readFile(file, 'utf8'))
  const texts = await Promise.all([...rendered, ...manifests])
  return imagesIn([...texts, ...overlayTexts(config)].join('\n'))
}

/** Fetches the images of a run, unless an earlier run with the same charts, values and manifests did. */
const warm = async (cache: ImageCache, config: Config, tools: Tools): Promise<void> => {
  const stacks = config.stacks.map((name) => stackOf(name, config.releases))
  const files = stacks.flatMap(({ values = [], manifests }) => [values, manifests].flat())
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const inputs = JSON.stringify([config.chartFolder, stacks, texts, overlayTexts(config)])
  const mark = join(imageFolder, 'fetched', createHash('sha256').update(inputs).digest('hex'))
  if (existsSync(mark)) return
  await cache.warm(await imagesOf(stacks, config, tools))
  await mkdir(dirname(mark), { recursive: true })
  await writeFile(mark, '')
}

/** This machine's address on kind's network, or on Docker's default network before the first cluster exists. */
const dockerAddress = async (within: number): Promise<string | undefined> => {
  const format = '{{range .IPAM.Config}}{{.Gateway}} {{end}}'
  for (const network of ['kind', 'bridge']) {
    const { stdout } = await run('docker', ['network', 'inspect', '--format', format, network], {
      within,
    }).catch(() => ({ stdout: '' }))
    const address = /\d+\.\d+\.\d+\.\d+/.exec(stdout)?.[0]
    if (address !== undefined) return address
  }
  return undefined
}

/** The mirror as this machine reaches it. If only Docker knows its name, it is a container, with an address. */
const mirrorSource = async (mirror: string, within: number): Promise<Source> => {
  const url = new URL(mirror)
  const name = url.host
  const isKnown = await lookup(url.hostname).then(
    () => true,
    () => false,
  )
  if (!isKnown) {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}'
    const { stdout } = await run('docker', ['inspect', '--format', format, url.hostname], { within })
    url.hostname = stdout.trim().split(' ')[0] ?? url.hostname
  }
  return { name, url: url.href.replace(/\/$/, '') }
}

/** What to ask for the images of a registry: the mirror if one is set, then the registry itself. */
export const imageSources = async ({
  registryMirror,
  limits,
}: Pick<Config, 'registryMirror' | 'limits'>): Promise<(registry: string) => readonly Source[]> => {
  const mirror = registryMirror === undefined ? undefined : await mirrorSource(registryMirror, limits.command)
  return (registry) => registrySources(registry, mirror)
}

/** Why this machine has no image cache. */
type NoCache = Readonly<{ absentBecause: string }>

const startCache = async (
  config: Config,
  tools: Tools,
  print: (line: string) => void,
): Promise<string | NoCache> => {
  const { freshNodes, bundle, limits } = config
  if (freshNodes && bundle === undefined) return { absentBecause: 'E2E_FRESH_NODES is set' }
  // Elsewhere Docker runs in a virtual machine, whose addresses this machine does not have.
  if (process.platform !== 'linux')
    return { absentBecause: `Docker's networks cannot be reached on ${process.platform}` }
  const address = await dockerAddress(limits.command)
  if (address === undefined) return { absentBecause: 'Docker has no network with an IPv4 address' }
  if (bundle !== undefined) {
    const folder = bundledImages(bundle)
    return (await startImageCache({ folder, address, sourcesOf: () => [], origin: theBundle })).url
  }
  const sources = await imageSources(config)
  // The nodes are configured to ask for these.
  const sourcesOf = (registry: string) =>
    (registries as readonly string[]).includes(registry) ? sources(registry) : []
  const cache = await startImageCache({ folder: imageFolder, address, sourcesOf, origin: thisMachine })
  // Nothing waits for it. If an image cannot be fetched, the pods' own pulls say why.
  void warm(cache, config, tools).catch((error: unknown) => {
    const errors: readonly Error[] = error instanceof AggregateError ? error.errors : []
    const notStored = errors.find(({ cause }) => cause instanceof NotStoredError)
    if (notStored)
      print(
        `  image cache:     cannot store images, only pass them on: ${notStored.message}\n                   remedy: make ${imageFolder} writable, with space for them (\`df -h ${imageFolder}\`); until then every run downloads them again`,
      )
  })
  return cache.url
}

/**
 * Starts this machine's image cache, which begins to fetch the images of the run, or serves those of the bundle. Prints
 * the reason if there is none.
 * @returns its URL
 * @throws Error if the images of the bundle cannot be served
 */
export const startImages = async (
  config: Config,
  tools: Tools,
  print: (line: string) => void,
): Promise<string | undefined> => {
  const cache = await startCache(config, tools, print).catch((error: unknown) => ({
    absentBecause: messageOf(error),
  }))
  if (typeof cache === 'string') return cache
  if (config.bundle !== undefined)
    throw new Error(
      `the images of the bundle cannot be served to the nodes: ${cache.absentBecause}\n  remedy: unset E2E_BUNDLE`,
    )
  print(`  image cache:     none: ${cache.absentBecause}; each node pulls for itself`)
  return undefined
}
