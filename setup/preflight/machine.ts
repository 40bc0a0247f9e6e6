import { readdir, readFile, statfs } from 'node:fs/promises'
import { hostname, release, totalmem } from 'node:os'
import axios, { isAxiosError } from 'axios'
import { pinnedNodeImage, ourClusters, type OurCluster } from '../cluster.ts'
import type { Config } from '../../config/config.ts'
import { messageOf } from '../../lib/messages.ts'
import { parseHostPorts, usesOf, type PortUse } from './ports.ts'
import { CommandError, run } from '../../lib/run.ts'
import { findLockHolder, type LockHolder } from '../runLock.ts'

/** Kernel settings that kind nodes and OpenSearch depend on. */
export type Sysctl = 'fs.inotify.max_user_instances' | 'vm.max_map_count'

/** The machine that Docker runs on; a value that cannot be read from here is undefined. */
export type DockerHost = Readonly<{
  operatingSystem: string
  /** Bytes. */
  memory: number
  /** 1 or 2. */
  cgroup: number
  /** The data folder of Docker. */
  folder: string
  /** Bytes free in Docker's data folder. */
  freeDisk: number | undefined
  sysctls: Readonly<Record<Sysctl, number | undefined>>
}>

export type DockerTrouble = Readonly<{
  trouble: 'not installed' | 'not running' | 'no permission' | 'no answer'
  /** The error message of the client. */
  said: string
}>

export type Container = Readonly<{
  name: string
  /** `running`, `exited` and so on. */
  state: string
  /** The kind cluster that it is a node of, or empty. */
  cluster: string
  networks: readonly string[]
  hostPorts: readonly number[]
}>

/** The state of this machine before a run. */
export type Facts = Readonly<{
  /** As in `process.platform`. */
  platform: string
  /** The node image that the run would use. */
  nodeImage: string
  docker: DockerHost | DockerTrouble
  containers: readonly Container[]
  clusters: readonly OurCluster[]
  /** Another run that is active. */
  holder: LockHolder | 'an unknown program' | undefined
  ports: readonly PortUse[]
  /** The answer of the mirror to `GET /v2/` from this machine: `HTTP 200`, or why there was none. */
  mirror: string | undefined
  /** Names of the files in the chart folder, or why it cannot be read. */
  charts: readonly string[] | string | undefined
}>

type DockerInfo = Readonly<{
  MemTotal: number
  CgroupVersion?: string
  KernelVersion: string
  Name: string
  DockerRootDir: string
  OperatingSystem: string
  ServerErrors?: readonly string[]
}>

/** Why the Docker client failed. */
export const parseTrouble = (error: unknown): DockerTrouble => {
  const message = messageOf(error)
  if (message.includes('\n  was not found on PATH'))
    return { trouble: 'not installed', said: 'no `docker` on PATH' }
  const said = error instanceof CommandError ? error.stderr.trim() : message
  if (/permission denied/i.test(said)) return { trouble: 'no permission', said }
  if (/daemon (is )?running/i.test(said)) return { trouble: 'not running', said }
  return { trouble: 'no answer', said: message }
}

/** Parses `docker ps` lines in `containerFormat`. */
export const parseContainers = (text: string): readonly Container[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', state = '', cluster = '', networks = '', ports = ''] = line.split('\t')
      // 127.0.0.1:30090->30090/tcp, and 0.0.0.0:8000-8002->8000-8002/tcp for a range.
      const hostPorts = [...ports.matchAll(/:(\d+)(?:-(\d+))?->/g)].flatMap(([, first, last = first]) =>
        Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
      )
      return { name, state, cluster, networks: networks.split(','), hostPorts: [...new Set(hostPorts)] }
    })
const containerFormat =
  '{{.Names}}\t{{.State}}\t{{.Label "io.x-k8s.kind.cluster"}}\t{{.Networks}}\t{{.Ports}}'

const findContainers = async (within: number): Promise<readonly Container[]> => {
  const command = ['ps', '--all', '--format', containerFormat]
  const { stdout } = await run('docker', command, { within }).catch(() => ({ stdout: '' }))
  return parseContainers(stdout)
}

const readSysctl = async (name: Sysctl): Promise<number | undefined> => {
  const text = await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => '')
  return text === '' ? undefined : Number(text)
}

const findDocker = async (within: number): Promise<DockerHost | DockerTrouble> => {
  try {
    const { stdout } = await run('docker', ['info', '--format', '{{json .}}'], { within })
    const info = JSON.parse(stdout) as DockerInfo
    // Older clients exit with code 0 even if the daemon does not answer.
    if (info.ServerErrors?.length) return parseTrouble(new Error(info.ServerErrors.join('\n')))

    // In a virtual machine or on another host, Docker has its own kernel. If we run in a container, we have our own disk.
    const kernelIsHere = info.KernelVersion === release() && info.MemTotal === totalmem()
    const diskIsHere = kernelIsHere && info.Name === hostname()
    const disk = diskIsHere ? await statfs(info.DockerRootDir).catch(() => undefined) : undefined
    const sysctl = async (name: Sysctl) => (kernelIsHere ? readSysctl(name) : undefined)
    return {
      operatingSystem: info.OperatingSystem,
      memory: info.MemTotal,
      // Docker before 20.10 does not report it, and supports only version 1.
      cgroup: Number(info.CgroupVersion || 1),
      folder: info.DockerRootDir,
      freeDisk: disk && disk.bavail * disk.bsize,
      sysctls: {
        'fs.inotify.max_user_instances': await sysctl('fs.inotify.max_user_instances'),
        'vm.max_map_count': await sysctl('vm.max_map_count'),
      },
    }
  } catch (error) {
    return parseTrouble(error)
  }
}

const askMirror = async (url: string, within: number): Promise<string> => {
  try {
    const { status } = await axios.get(`${url}/v2/`, {
      signal: AbortSignal.timeout(within),
      validateStatus: () => true,
    })
    return `HTTP ${status}`
  } catch (error) {
    if (!isAxiosError(error)) return messageOf(error)
    return error.code === 'ERR_CANCELED'
      ? `no answer within ${within / 1000} s`
      : error.message || String(error.code)
  }
}

const listCharts = async (folder: string): Promise<readonly string[] | string> => {
  try {
    return await readdir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const words: Readonly<Record<string, string>> = {
      ENOENT: 'no such folder',
      ENOTDIR: 'not a folder',
      EACCES: 'permission denied',
    }
    return words[code] ?? messageOf(error)
  }
}

/** Inspects Docker, the kernel, the ports, the mirror and the folders in parallel, each for at most `limits.command`. */
export const collectFacts = async (config: Config): Promise<Facts> => {
  const within = config.limits.command
  const ports = parseHostPorts(await readFile('kind-config.yaml', 'utf8'))
  const [docker, containers, clusters, holder, portUses, mirror, charts] = await Promise.all([
    findDocker(within),
    findContainers(within),
    ourClusters(),
    findLockHolder(),
    usesOf(ports, within),
    config.registryMirror && askMirror(config.registryMirror, within),
    config.chartFolder && listCharts(config.chartFolder),
  ])
  return {
    platform: process.platform,
    nodeImage: config.nodeImage ?? (await pinnedNodeImage()),
    docker,
    containers,
    clusters,
    holder: holder === 'an unknown program' || holder?.process !== process.pid ? holder : undefined,
    ports: portUses,
    mirror,
    charts,
  }
}
