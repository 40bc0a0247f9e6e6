import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import axios, { isAxiosError } from 'axios'
import type { Limits } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { CommandError, interruption, run } from '../lib/run.ts'

/** What was fetched once. Not in node_modules: `npm ci` empties that, and a kept cluster mounts files from here. */
export const cacheFolder = resolve(import.meta.dirname, '..', '.cache')

/** Paths or names to run. */
export type Tools = Readonly<{ kind: string; helm: string }>

export type Tool = Readonly<{
  name: string
  /** The version that is fetched. */
  version: string
  /** What one on PATH may be: `0.33` stands for every 0.33.x. */
  series: string
  versionArgs: readonly string[]
  /** URL of the official release for a platform such as `linux-amd64`; its SHA-256 is at `<URL>.sha256sum`. */
  release: (version: string, platform: string) => string
  /** Path within the release, where that is an archive. */
  member?: (platform: string) => string
  goPackage: string
}>

/** Bump a version here and nowhere else. */
export const tools: Readonly<Record<keyof Tools, Tool>> = {
  kind: {
    name: 'kind',
    version: '0.33.0',
    series: '0.33',
    versionArgs: ['version'],
    release: (version, platform) =>
      `https://github.com/kubernetes-sigs/kind/releases/download/v${version}/kind-${platform}`,
    goPackage: 'sigs.k8s.io/kind',
  },
  helm: {
    name: 'helm',
    version: '4.3.1',
    series: '4',
    versionArgs: ['version', '--short'],
    release: (version, platform) => `https://get.helm.sh/helm-v${version}-${platform}.tar.gz`,
    member: (platform) => `${platform}/helm`,
    goPackage: 'helm.sh/helm/v4/cmd/helm',
  },
}

/** Neither found nor fetched: each way that was tried, and why it did not work. */
export class ToolsError extends Error {
  override name = 'ToolsError'
}

/** The version in what `kind version` and `helm version` print, without the v. */
export const parseVersion = (output: string): string | undefined =>
  /\bv(\d+(?:\.\d+)+(?:-[\w.]+)?)/.exec(output)?.[1]

/** Whether a version belongs to a series; a pre-release belongs to none. */
export const belongsTo = (series: string, version: string): boolean =>
  version.startsWith(`${series}.`) && !version.includes('-')

const isNotFound = (error: unknown) =>
  error instanceof CommandError && error.message.includes('\n  was not found on PATH')

/** @throws Error that says why the command is not the tool that is wanted */
const checkedVersion = async (tool: Tool, command: string, within: number): Promise<string> => {
  const { stdout } = await run(command, tool.versionArgs, { within })
  const version = parseVersion(stdout)
  if (version === undefined) throw new Error(`\`${tool.name} version\` printed ${stdout.trim()}`)
  if (!belongsTo(tool.series, version)) {
    throw new Error(`${tool.name} ${version} is there, ${tool.series}.x is needed`)
  }
  return version
}

/** `linux-amd64` and the like, as the releases of both tools are named. */
const platformOf = (): string => {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
  if (!arch || !['linux', 'darwin'].includes(process.platform)) {
    throw new Error(`no release for ${process.platform}/${process.arch}`)
  }
  return `${process.platform}-${arch}`
}

/** @throws Error with the URL and why nothing came from it */
const download = async (url: string, within: number): Promise<Buffer> => {
  const late = AbortSignal.timeout(within)
  try {
    const signal = AbortSignal.any([late, interruption.signal])
    return Buffer.from((await axios.get<ArrayBuffer>(url, { responseType: 'arraybuffer', signal })).data)
  } catch (error) {
    // Where several addresses were tried, axios has a code and no message.
    const said = isAxiosError(error) ? error.message || error.code : String(error)
    throw new Error(`${url}: ${late.aborted ? `did not arrive within ${within / 1000} s` : said}`, {
      cause: error,
    })
  }
}

/** Makes a tool in a folder of its own, and moves it to its place in the cache once it has told its version. */
const keep = async (tool: Tool, place: string, within: number, make: (folder: string) => Promise<string>) => {
  await mkdir(dirname(place), { recursive: true })
  const folder = await mkdtemp(join(dirname(place), `arriving-${process.pid}-`))
  try {
    const made = await make(folder)
    await chmod(made, 0o755)
    await checkedVersion(tool, made, within)
    // In one move, so that another run finds the whole file or none.
    await rename(made, place)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const fromRelease = async (tool: Tool, limits: Limits, folder: string): Promise<string> => {
  const platform = platformOf()
  const url = tool.release(tool.version, platform)
  // The small file first: where the host cannot be reached, that is known within the short limit.
  const sums = await download(`${url}.sha256sum`, limits.command)
  const released = await download(url, limits.ready)
  const expected = sums.toString().trim().split(/\s/, 1)[0]
  const seen = createHash('sha256').update(released).digest('hex')
  if (seen !== expected) throw new Error(`${url}: its SHA-256 is ${seen}, published is ${expected}; not used`)

  const file = join(folder, basename(url))
  await writeFile(file, released)
  if (!tool.member) return file
  await run('tar', ['-xzf', file, '-C', folder], { within: limits.command })
  return join(folder, tool.member(platform))
}

const fromSource = async (tool: Tool, limits: Limits, folder: string): Promise<string> => {
  await run('env', [`GOBIN=${folder}`, 'go', 'install', `${tool.goPackage}@v${tool.version}`], {
    within: limits.ready,
  }).catch((error: unknown) => {
    throw isNotFound(error) ? new Error('go is not on PATH', { cause: error }) : error
  })
  return join(folder, tool.name)
}

/** A tool to run, and where it came from: `kind 0.33.0 (PATH)`. */
export type Found = Readonly<{ path: string; origin: string }>

/**
 * The tool on PATH, else in the cache, else downloaded into the cache, else built into it.
 * @param folder the cache
 * @throws ToolsError that says of each way why it did not work
 */
export const findTool = async (
  tool: Tool,
  limits: Limits,
  folder = join(cacheFolder, 'bin'),
): Promise<Found> => {
  const place = join(folder, `${tool.name}-${tool.version}`)
  const fetched = (way: string): Found => ({ path: place, origin: `${tool.name} ${tool.version} (${way})` })

  const onPath = await checkedVersion(tool, tool.name, limits.command).then(
    (version) => ({ path: tool.name, origin: `${tool.name} ${version} (PATH)` }),
    (error: unknown) => (isNotFound(error) ? 'there is none' : messageOf(error)),
  )
  if (typeof onPath !== 'string') return onPath

  // One that does not run, as of another platform, is replaced.
  const cached = await checkedVersion(tool, place, limits.command).catch(() => undefined)
  if (cached) return fetched('cache')

  const download = await keep(tool, place, limits.command, (at) => fromRelease(tool, limits, at)).catch(
    messageOf,
  )
  if (download === undefined) return fetched('download')

  const goInstall = await keep(tool, place, limits.command, (at) => fromSource(tool, limits, at)).catch(
    messageOf,
  )
  if (goInstall === undefined) return fetched('go install')

  throw new ToolsError(describeMissing(tool, { path: onPath, download, goInstall }))
}

/**
 * kind and helm to run, and where they came from, as one line.
 * @throws ToolsError with every tool that is missing
 */
export const findTools = async (limits: Limits): Promise<Tools & Readonly<{ origins: string }>> => {
  const both = await Promise.allSettled([findTool(tools.kind, limits), findTool(tools.helm, limits)])
  const [foundKind, foundHelm] = both
  if (foundKind.status === 'fulfilled' && foundHelm.status === 'fulfilled') {
    const origins = `${foundKind.value.origin}, ${foundHelm.value.origin}`
    return { kind: foundKind.value.path, helm: foundHelm.value.path, origins }
  }
  const missing = both.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []))
  throw new ToolsError(missing.join('\n'))
}

/** As `findTools`; prints what is missing and ends the process with exit code 2 where a tool is. */
export const findToolsOrExit = async (limits: Limits, print: (line: string) => void): Promise<Tools> => {
  try {
    const { origins, ...tools } = await findTools(limits)
    print(`  tools:           ${origins}`)
    return tools
  } catch (error) {
    // Whoever cleans up after an interruption ends the process.
    if (!(error instanceof ToolsError) || interruption.signal.aborted) throw error
    print(`${error.message}\nnothing was created`)
    process.exit(2)
  }
}

type Ways = Readonly<{ path: string; download: string; goInstall: string }>

/** Why a tool could not be found or installed: each way, and why it failed. */
export const describeMissing = (tool: Tool, { path, download, goInstall }: Ways): string => {
  const indent = (text: string) => text.trimEnd().replaceAll('\n', '\n              ')
  const { host } = new URL(tool.release(tool.version, ''))
  return [
    `${tool.name} ${tool.series}.x could not be found or installed in any of three ways:`,
    `  PATH:       ${indent(path)}`,
    `  download:   ${indent(download)}`,
    `  go install: ${indent(goInstall)}`,
    `  remedy:     put ${tool.name} ${tool.version} on PATH, or reach ${host} (HTTPS_PROXY is honoured), or install Go`,
  ].join('\n')
}
