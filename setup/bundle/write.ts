import { copyFile, mkdir, open, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { bundledCharts, type Config } from '../../config/config.ts'
import type { Chart, Stack } from '../../config/stacks.ts'
import { fullName } from '../../lib/imageReference.ts'
import { messageOf } from '../../lib/messages.ts'
import { run } from '../../lib/run.ts'
import type { StepTimings } from '../../lib/steps.ts'
import { archiveName, findChart } from '../charts.ts'
import { pinnedNodeImage } from '../cluster.ts'
import { startImageCache, thisMachine } from '../imageCache.ts'
import { imagesOf, imageSources } from '../images.ts'
import { findNodeImage } from '../nodeStores.ts'
import { bundledTools, keepTool, platformOf, tools as toolTable, type Tool, type Tools } from '../tools.ts'
import {
  bundledImages,
  checksumsOf,
  contentsFile,
  formatVersion,
  incompleteFile,
  nodeImageArchive,
  readContents,
  type Checksum,
  type Contents,
} from './contents.ts'

/** A bundle could not be written; the message lists every reason. */
export class BundleError extends Error {
  override name = 'BundleError'
}

const asList = (errors: readonly unknown[]) => new BundleError(errors.map(messageOf).join('\n'))

/**
 * Waits for all of the work, so that one failure does not hide another.
 * @throws BundleError
 */
const allOf = async <const Work extends readonly Promise<unknown>[]>(
  work: Work,
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> => {
  const settled = await Promise.allSettled(work)
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (errors.length > 0) throw asList(errors)
  return Promise.all(work)
}

/** The list of contents that this folder had, complete or not; undefined if it had none. */
type Previous = Contents | undefined

/**
 * Marks the bundle in this folder as incomplete.
 * @throws BundleError if the folder contains something else
 */
const beginBundle = async (folder: string): Promise<Previous> => {
  const unusable = (why: string) =>
    new BundleError(`${folder} ${why}, and was left as it is\n  remedy: name a new folder`)
  const names = await mkdir(folder, { recursive: true })
    .then(() => readdir(folder))
    .catch((error: unknown) => {
      throw unusable(`cannot be used: ${messageOf(error)}`)
    })
  const [complete, incomplete] = [contentsFile(folder), incompleteFile(folder)]
  const isBundle = [complete, incomplete].some((path) => names.includes(basename(path)))
  if (names.length > 0 && !isBundle) throw unusable('is neither empty nor a bundle')
  await rename(complete, incomplete).catch(() => open(incomplete, 'a').then((file) => file.close()))
  return readContents(incomplete).catch(() => undefined)
}

/** The files below these paths of a folder, as relative paths. */
const filesOf = async (folder: string, parts: readonly string[]): Promise<readonly string[]> => {
  const found = parts.map(async (part) => {
    const entries = await readdir(join(folder, part), { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
  })
  return (await Promise.all(found)).flat().toSorted()
}

const writeCharts = async (
  config: Config,
  tools: Tools,
  charts: readonly Chart[],
  folder: string,
): Promise<void> => {
  const place = bundledCharts(folder)
  const names = charts.map(archiveName)
  await mkdir(place, { recursive: true })
  await allOf(
    charts.map(async (chart) => {
      const archive = await findChart(config, tools, chart)
      await copyFile(archive, join(place, archiveName(chart))).catch((error: unknown) => {
        throw new Error(`chart ${chart.name} ${chart.version}: ${messageOf(error)}`, { cause: error })
      })
    }),
  )
  const unused = (await readdir(place)).filter((name) => !names.includes(name))
  await Promise.all(unused.map((name) => rm(join(place, name), { recursive: true })))
}

/** @returns the version */
const writeTool = async (tool: Tool, found: string, place: string, within: number): Promise<string> => {
  const { stdout } = await run('sh', ['-c', 'command -v "$1"', 'sh', found], { within })
  const path = await realpath(stdout.trim())
  const file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close())
  if (String(buffer) === '#!')
    throw new Error(
      `${path} is a script, which may need more than itself\n  remedy: put ${tool.name} ${tool.version} itself first on PATH`,
    )
  return keepTool(tool, place, within, async (arriving) => {
    const copy = join(arriving, tool.name)
    // Not by this process: a command that starts meanwhile inherits the open file, and it could not be run (ETXTBSY).
    await run('cp', [path, copy], { within })
    return copy
  })
}

const writeTools = async (tools: Tools, folder: string, within: number): Promise<Tools> => {
  const places = bundledTools(folder)
  await rm(join(folder, 'tools'), { recursive: true, force: true })
  const [kind, helm] = await Promise.all([
    writeTool(toolTable.kind, tools.kind, places.kind, within),
    writeTool(toolTable.helm, tools.helm, places.helm, within),
  ])
  return { kind, helm }
}

/** The images of each chart with each of its values files, and of the manifests. */
const findImages = async (
  config: Config,
  tools: Tools,
  stacks: readonly Stack[],
  alternatives: readonly (readonly Stack[])[],
): Promise<readonly string[]> => {
  const ofAlternatives = alternatives.map(async (ways) => {
    // A new chart may refuse the values of the old one, and the other way round.
    const rendered = await Promise.allSettled(ways.map((stack) => imagesOf([stack], config, tools)))
    const images = rendered.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    if (images.length > 0) return images.flat()
    throw asList(rendered.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : [])))
  })
  const all = await Promise.all([imagesOf(stacks, config, tools), ...ofAlternatives])
  return [...new Set(all.flat().map(fullName))].toSorted()
}

/** Removes the blobs whose content is not what their name says. */
const removeDamaged = async (folder: string): Promise<void> => {
  const blobs = await filesOf(folder, ['blobs']).catch(() => [])
  const checksums = await checksumsOf(folder, blobs)
  const damaged = blobs.filter((path) => !path.endsWith(`/${checksums[path]?.sha256}`))
  await Promise.all(damaged.map((path) => rm(join(folder, path))))
}

/** Writes the images through this machine's image cache, so that an image that it has is not fetched again. */
const writeImages = async (
  { config, imageCache, folder }: Pick<Request, 'config' | 'imageCache' | 'folder'>,
  images: readonly string[],
): Promise<void> => {
  const place = bundledImages(folder)
  // The tags of other images, and what an interrupted bundle was downloading.
  for (const name of await readdir(place).catch(() => []))
    if (name !== 'blobs') await rm(join(place, name), { recursive: true })
  await removeDamaged(place)
  const address = '127.0.0.1'
  const sourcesOf = await imageSources(config)
  const cache = await startImageCache({ folder: imageCache, address, sourcesOf, origin: thisMachine })
  const local = { name: thisMachine, url: cache.url }
  const writer = await startImageCache({
    folder: place,
    address,
    sourcesOf: () => [local],
    origin: thisMachine,
  })
  const parts = await writer.warm(images).catch((error: unknown) => {
    throw error instanceof AggregateError ? asList(error.errors) : error
  })
  const digests = new Set(parts)
  const unused = (await filesOf(place, ['blobs'])).filter(
    (path) => !digests.has(path.slice('blobs/'.length).replace('/', ':')),
  )
  await Promise.all(unused.map((path) => rm(join(place, path))))
}

/**
 * Writes the node image under a name of its own, unless it is there: `docker load` loses a name with a digest, and kind
 * pulls an image whose name Docker does not know.
 */
const writeNodeImage = async (
  { nodeImage, limits }: Config,
  folder: string,
  previous: Previous,
): Promise<Contents['nodeImage']> => {
  const source = nodeImage ?? (await pinnedNodeImage())
  const id = await findNodeImage(source, limits)
  const version = /:(v\d+\.\d+\.\d+)/.exec(source)?.[1] ?? 'unknown'
  const reference = `observability-e2e/bundled-node:${version}-${id.replace(/^sha256:/, '').slice(0, 12)}`
  await run('docker', ['tag', id, reference], { within: limits.command })

  const listed = previous?.files[nodeImageArchive]
  const found = (await checksumsOf(folder, [nodeImageArchive]))[nodeImageArchive]
  const isThere = previous?.nodeImage.reference === reference && listed !== undefined
  if (isThere && found?.sha256 === listed.sha256) return { source, reference }

  const archive = join(folder, nodeImageArchive)
  await rm(dirname(archive), { recursive: true, force: true })
  await mkdir(dirname(archive))
  await run('docker', ['save', '--output', archive, reference], { within: limits.cluster })
  return { source, reference }
}

type Request = Readonly<{
  config: Config
  tools: Tools
  /** Absolute path. */
  folder: string
  /** Folder of this machine's image cache. */
  imageCache: string
  /** What a run installs. */
  stacks: readonly Stack[]
  /** Further charts, each with every values file that it may be installed with. */
  alternatives: readonly (readonly Stack[])[]
  timings: StepTimings
}>

const incomplete = (folder: string, error: unknown): BundleError => {
  const text = messageOf(error)
  const remedy = /ENOSPC|no space left/i.test(text)
    ? `free some space: \`df -h ${folder} /var/lib/docker\` shows which disk is full`
    : 'reach the hosts above (HTTPS_PROXY is respected), or set E2E_REGISTRY_MIRROR, E2E_CHARTS and E2E_NODE_IMAGE'
  return new BundleError(
    `${text}\nthe bundle in ${folder} is incomplete\n  remedy: ${remedy}; the same command continues where this one ended`,
  )
}

/**
 * Writes everything that runs need into a folder. What an earlier bundle in the folder has is kept if it is right and
 * needed. An interrupted bundle is marked as incomplete.
 * @throws BundleError
 */
export const writeBundle = async (request: Request): Promise<Contents> => {
  const previous = await beginBundle(request.folder)
  return fillBundle(request, previous).catch((error: unknown) => {
    throw incomplete(request.folder, error)
  })
}

const fillBundle = async (request: Request, previous: Previous): Promise<Contents> => {
  const { config, tools, folder, stacks, alternatives, timings } = request
  const platform = platformOf()
  const all = [...stacks, ...alternatives.flat()].flatMap(({ chart }) => chart ?? [])
  const charts = [...new Map(all.map((chart) => [archiveName(chart), chart])).values()]
  const imagesWritten = async () => {
    await timings.step('charts', () => writeCharts(config, tools, charts, folder))
    const images = await findImages(config, tools, stacks, alternatives)
    await timings.step('images', () => writeImages(request, images))
    return images
  }
  const [images, versions, nodeImage] = await allOf([
    imagesWritten(),
    timings.step('kind and helm', () => writeTools(tools, folder, config.limits.command)),
    timings.step('node image', () => writeNodeImage(config, folder, previous)),
  ])
  const files = await timings.step('checksums', async () =>
    checksumsOf(folder, await filesOf(folder, ['images', 'charts', 'tools', 'node-image'])),
  )
  const contents: Contents = {
    formatVersion,
    platform,
    createdAt: new Date().toISOString(),
    nodeImage,
    tools: versions,
    charts: charts.map(({ name, version }) => ({ name, version })),
    images,
    files: files as Readonly<Record<string, Checksum>>,
  }
  await writeFile(incompleteFile(folder), `${JSON.stringify(contents, null, 2)}\n`)
  await rename(incompleteFile(folder), contentsFile(folder))
  return contents
}
