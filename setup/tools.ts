import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import axios, { isAxiosError } from 'axios'
import type { Config, Limits } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { CommandError, interruption, run } from '../lib/run.ts'

/** Downloads. Not in node_modules: `npm ci` empties that, and a kept cluster mounts files from here. */
export const cacheFolder = resolve(import.meta.dirname, '..', '.cache')

/** Paths or names to run. */
export type Tools = Readonly<{ kind: string; helm: string }>

export type Tool = Readonly<{
  name: string
  /** The version to download. */
  version: string
  /** Which versions on PATH are accepted: `0.33` means any 0.33.x. */
  series: string
  versionArgs: readonly string[]
  /** URL of the official release for a platform such as `linux-amd64`; its SHA-256 is at `<URL>.sha256sum`. */
  release: (version: string, platform: string) => string
  /** Path within the release if that is an archive. */
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

/** A tool could be neither found nor installed; the message says why each way failed. */
export class ToolsError extends Error {
  override name = 'ToolsError'
}

/** The version in the output of `kind version` or `helm version`, without the v. */
export const parseVersion = (output: string): string | undefined =>
  /\bv(\d+(?:\.\d+)+(?:-[\w.]+)?)/.exec(output)?.[1]

/** Whether a version belongs to a series. A pre-release never does. */
export const belongsTo = (series: string, version: string): boolean =>
  version.startsWith(`${series}.`) && !version.includes('-')

const isNotFound = (error: unknown) =>
  error instanceof CommandError && error.message.includes('\n  was not found on PATH')

/** @throws Error that says why the command cannot be used as the tool */
const checkedVersion = async (tool: Tool, command: string, within: number): Promise<string> => {
  const { stdout } = await run(command, tool.versionArgs, { within })
  const version = parseVersion(stdout)
  if (version === undefined) throw new Error(`\`${tool.name} version\` printed ${stdout.trim()}`)
  if (!belongsTo(tool.series, version)) {
    throw new Error(`found ${tool.name} ${version}, but ${tool.series}.x is needed`)
  }
  return version
}

/** Such as `linux-amd64`, as in the names of the releases of both tools. */
export const platformOf = (): string => {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
  if (!arch || !['linux', 'darwin'].includes(process.platform)) {
    throw new Error(`no release for ${process.platform}/${process.arch}`)
  }
  return `${process.platform}-${arch}`
}

/** @throws Error with the URL and why the download failed */
const download = async (url: string, within: number): Promise<Buffer> => {
  const late = AbortSignal.timeout(within)
  try {
    const signal = AbortSignal.any([late, interruption.signal])
    return Buffer.from((await axios.get<ArrayBuffer>(url, { responseType: 'arraybuffer', signal })).data)
  } catch (error) {
    // If axios tried several addresses, its error has a code but no message.
    const said = isAxiosError(error) ? error.message || error.code : String(error)
    throw new Error(`${url}: ${late.aborted ? `did not arrive within ${within / 1000} s` : said}`, {
      cause: error,
    })
  }
}

/**
 * Makes a tool in a temporary folder, checks its version and moves it to its place.
 * @returns the version
 */
export const keepTool = async (
  tool: Tool,
  place: string,
  within: number,
  make: (folder: string) => Promise<string>,
): Promise<string> => {
  await mkdir(dirname(place), { recursive: true })
  const folder = await mkdtemp(join(dirname(place), `arriving-${process.pid}-`))
  try {
    const made = await make(folder)
    await chmod(made, 0o755)
    const version = await checkedVersion(tool, made, within)
    // Atomic: another run finds the complete file or none.
    await rename(made, place)
    return version
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const fromRelease = async (tool: Tool, limits: Limits, folder: string): Promise<string> => {
  const platform = platformOf()
  const url = tool.release(tool.version, platform)
  // The small file first: if the host cannot be reached, we know within the short limit.
  const sums = await download(`${url}.sha256sum`, limits.command)
  const released = await download(url, limits.ready)
  const expected = sums.toString().trim().split(/\s/, 1)[0]
  const seen = createHash('sha256').update(released).digest('hex')
  if (seen !== expected) throw new Error(`${url}: the SHA-256 is ${seen}, but ${expected} is published`)

  const file = join(folder, basename(url))
  await writeFile(file, released)
  if (tool.member) {
    await run('tar', ['-xzf', file, '-C', folder], { within: limits.command })
    return join(folder, tool.member(platform))
  }
  // A child process that was forked meanwhile may still hold the file open for writing, and the kernel does not execute
  // such a file (ETXTBSY).
  const copy = join(folder, tool.name)
  await run('cp', [file, copy], { within: limits.command })
  return copy
}

const fromSource = async (tool: Tool, limits: Limits, folder: string): Promise<string> => {
  await run('env', [`GOBIN=${folder}`, 'go', 'install', `${tool.goPackage}@v${tool.version}`], {
    within: limits.ready,
  }).catch((error: unknown) => {
    throw isNotFound(error) ? new Error('go is not on PATH', { cause: error }) : error
  })
  return join(folder, tool.name)
}

/** A tool and its origin, such as `kind 0.33.0 (PATH)`. */
export type Found = Readonly<{ path: string; origin: string }>

/**
 * Finds a tool on PATH or in the cache; otherwise downloads it or builds it with Go.
 * @param folder the cache
 * @throws ToolsError that says why each way failed
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
    (error: unknown) => (isNotFound(error) ? 'not found' : messageOf(error)),
  )
  if (typeof onPath !== 'string') return onPath

  // If the cached one does not run, for example because it is for another platform, it is replaced.
  const cached = await checkedVersion(tool, place, limits.command).catch(() => undefined)
  if (cached) return fetched('cache')

  const made = (make: (folder: string) => Promise<string>) =>
    keepTool(tool, place, limits.command, make).then(() => undefined, messageOf)
  const download = await made((at) => fromRelease(tool, limits, at))
  if (download === undefined) return fetched('download')

  const goInstall = await made((at) => fromSource(tool, limits, at))
  if (goInstall === undefined) return fetched('go install')

  throw new ToolsError(describeMissing(tool, { path: onPath, download, goInstall }))
}

/**
 * kind and helm, and their origins in one line.
 * @throws ToolsError that lists every missing tool
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

/** Paths of the tools in an offline bundle. */
export const bundledTools = (bundle: string): Tools => ({
  kind: join(bundle, 'tools', tools.kind.name),
  helm: join(bundle, 'tools', tools.helm.name),
})

/**
 * Like `findTools`, but prints the missing tools and ends the process with exit code 2. With a bundle, returns the tools in
 * it; `openBundleOrExit` verifies them.
 */
export const findToolsOrExit = async (
  { bundle, limits }: Config,
  print: (line: string) => void,
): Promise<Tools> => {
  if (bundle !== undefined) return bundledTools(bundle)
  try {
    const { origins, ...tools } = await findTools(limits)
    print(`  tools:           ${origins}`)
    return tools
  } catch (error) {
    // After an interruption, the clean-up ends the process.
    if (!(error instanceof ToolsError) || interruption.signal.aborted) throw error
    print(`${error.message}\nnothing was created`)
    process.exit(2)
  }
}

type Ways = Readonly<{ path: string; download: string; goInstall: string }>

/** Why each way to find or install a tool failed, and the remedy. */
const describeMissing = (tool: Tool, { path, download, goInstall }: Ways): string => {
  const indent = (text: string) => text.trimEnd().replaceAll('\n', '\n              ')
  const { host } = new URL(tool.release(tool.version, ''))
  return [
    `${tool.name} ${tool.series}.x could not be found or installed:`,
    `  PATH:       ${indent(path)}`,
    `  download:   ${indent(download)}`,
    `  go install: ${indent(goInstall)}`,
    `  remedy:     put ${tool.name} ${tool.version} on PATH, or reach ${host} (HTTPS_PROXY is respected), or install Go`,
  ].join('\n')
}
