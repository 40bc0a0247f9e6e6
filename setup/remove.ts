import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { failedFileOf, folderOf, keepStoresFileOf, nodeContainers } from './cluster.ts'
import { cleanCommand, type Limits } from '../config/config.ts'
import { eventually } from '../lib/eventually.ts'
import { messageOf } from '../lib/messages.ts'
import { findProcesses, startingNodes, workingOn } from './processes.ts'
import { imageFolder } from './imageStore.ts'
import { endStoreWork, keepStores, removeStores } from './nodeStores.ts'
import { run } from '../lib/run.ts'
import { cacheFolder } from './tools.ts'

/** What still exists of a cluster, and what interrupted runs left behind. */
export type Remains = Readonly<{
  /** Names of node containers. */
  containers: readonly string[]
  /** kind and helm processes that work on it, such as `kind create cluster (process 4711)`. */
  processes: readonly string[]
  folders: readonly string[]
}>

/** `4 node containers (…), kind create cluster (process 4711) and .cache/clusters/e2e`; empty if nothing is left. */
export const describeRemains = ({ containers, processes, folders }: Remains): string => {
  const nodes = `${containers.length} node containers (${containers.join(', ')})`
  const all = [...(containers.length > 0 ? [nodes] : []), ...processes, ...folders]
  return new Intl.ListFormat('en-GB').format(all)
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Downloads whose process, which their name contains, has ended. */
const abandonedIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  return names
    .filter((name) => {
      const pid = /(?:^|\/)arriving-(\d+)-\w+$/.exec(name)?.[1]
      return pid !== undefined && !isAlive(Number(pid))
    })
    .map((name) => join(folder, name))
}
const abandonedDownloads = async () => (await Promise.all([cacheFolder, imageFolder].map(abandonedIn))).flat()

const findRunning = async (name: string, within: number) =>
  workingOn(folderOf(name), await findProcesses(within))

/** Everything that exists of a cluster. Hold the run lock when you call it, so that no other run is active. */
export const findRemains = async (name: string, { command }: Limits): Promise<Remains> => {
  const [containers, running, abandoned] = await Promise.all([
    nodeContainers(name, command),
    findRunning(name, command),
    abandonedDownloads(),
  ])
  return {
    containers,
    processes: running.map(({ pid, args }) => `${args.slice(0, 3).join(' ')} (process ${pid})`),
    folders: [...(existsSync(folderOf(name)) ? [folderOf(name)] : []), ...abandoned],
  }
}

// A node starts within two or three seconds.
const startsWithin = 10_000
/** Waits for the `docker run` commands of kind: Docker creates the node even when kind is killed. */
const waitForNodeStarts = (name: string, within: number): Promise<void> =>
  eventually(
    'no node is being started',
    async () => {
      const { length } = startingNodes(name, await findProcesses(within))
      if (length > 0) throw new Error(`${length} nodes are starting`)
    },
    { within: startsWithin, every: 200, evenWhenInterrupted: true },
    // A command that hangs does not prevent the removal.
  ).catch(() => {})

const remove = async (name: string, { command }: Limits): Promise<void> => {
  // Removing four containers takes seconds. A Docker that hangs does not recover.
  const within = 2 * command
  const removeContainers = async () => {
    const containers = await nodeContainers(name, within)
    if (containers.length === 0) return
    const args = ['rm', '--force', '--volumes', ...containers]
    await run('docker', args, { within, evenWhenInterrupted: true })
  }
  try {
    for (const { pid } of await findRunning(name, within)) process.kill(pid, 'SIGKILL')
    await waitForNodeStarts(name, within)
    const digest = await readFile(keepStoresFileOf(name), 'utf8').catch(() => undefined)
    if (digest !== undefined) await keepStores(name, await nodeContainers(name, within), digest, within)
    await removeContainers()
    // A container that Docker was still creating may show up only now.
    await removeContainers()
    await endStoreWork(name, within)
    const distrusted = await readFile(failedFileOf(name), 'utf8').catch(() => '')
    await removeStores(distrusted.split('\n').filter(Boolean), within)
    const folders = [folderOf(name), ...(await abandonedDownloads())]
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  } catch (error) {
    throw new Error(
      `cluster ${name} could not be removed: ${messageOf(error)}\n` +
        `  remedy: make sure that \`docker ps\` answers, then run \`${cleanCommand(name)}\``,
      { cause: error },
    )
  }
}

const underWay = new Map<string, Promise<void>>()

/**
 * Removes the cluster and its files, and kills kind and helm processes that still work on it. Does nothing if there is
 * no such cluster. Concurrent calls share one removal.
 * @throws Error that says how to remove the rest
 */
export const removeCluster = (name: string, limits: Limits): Promise<void> => {
  const removal = underWay.get(name) ?? remove(name, limits).finally(() => underWay.delete(name))
  underWay.set(name, removal)
  return removal
}
