import { createHash } from 'node:crypto'
import type { Limits } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { interruption, run } from '../lib/run.ts'

// What a node has pulled and unpacked is kept in a Docker volume of its own, which the node mounts here. Two nodes
// never share one: containerd locks its database.
export const storePath = '/var/lib/containerd'

const storeLabel = 'observability-e2e.node-store'
const preparationLabel = 'observability-e2e.prepares-store'

/** Present in a store that is complete: Docker fills an empty volume from the image, and can be interrupted. */
const completeMark = `${storePath}/.complete`

// Before the node starts, its containerd runs on the store alone and removes what the last cluster's pods left: the
// kubelet would take their containers for its own. Versions from 2 on keep a list of sandboxes besides.
const preparation = `
set -e
if [ "$1" = kept ] && [ ! -e ${completeMark} ]; then echo 'it was not filled completely' >&2; exit 1; fi
containerd >/tmp/containerd.log 2>&1 &
daemon=$!
until ctr version >/dev/null 2>&1; do
  kill -0 $daemon 2>/dev/null || { tail -n 3 /tmp/containerd.log >&2; exit 1; }
  sleep 0.1
done
export CONTAINERD_NAMESPACE=k8s.io
ctr containers list --quiet | xargs --no-run-if-empty ctr containers remove
ctr leases list --quiet | xargs --no-run-if-empty ctr leases remove
ctr sandboxes list 2>/dev/null | awk 'NR > 1 { print $1 }' | xargs --no-run-if-empty ctr sandboxes remove --force || true
kill $daemon
wait $daemon || true
touch ${completeMark}
`

// On a slow disk, containerd takes a few seconds to open a store of several gigabytes.
const preparationSeconds = 60

const docker = async (args: readonly string[], within: number): Promise<readonly string[]> => {
  const { stdout } = await run('docker', args, { within, evenWhenInterrupted: true })
  return stdout.split('\n').filter(Boolean)
}

/** Names of the volumes with the stores of a cluster's nodes, or of every cluster's. */
export const findStores = (within: number, cluster?: string): Promise<readonly string[]> => {
  const filter = `label=${storeLabel}${cluster === undefined ? '' : `=${cluster}`}`
  return docker(['volume', 'ls', '--quiet', '--filter', filter], within)
}

export const removeStores = async (stores: readonly string[], within: number): Promise<void> => {
  if (stores.length > 0) await docker(['volume', 'rm', '--force', ...stores], within)
}

/** Ends what an interrupted run still does to the stores of a cluster. */
export const endPreparations = async (cluster: string, within: number): Promise<void> => {
  const filter = `label=${preparationLabel}=${cluster}`
  const containers = await docker(['ps', '--all', '--quiet', '--filter', filter], within)
  if (containers.length > 0) await docker(['rm', '--force', ...containers], within)
}

type NodesToStore = Readonly<{ cluster: string; nodeImage: string; nodes: number; limits: Limits }>

const imageId = async ({ nodeImage, limits }: NodesToStore): Promise<string> => {
  const inspect = async () =>
    (await docker(['image', 'inspect', '--format', '{{.Id}}', nodeImage], limits.command))[0]
  const id = await inspect().catch(async () => {
    await run('docker', ['pull', '--quiet', nodeImage], { within: limits.cluster })
    return inspect()
  })
  return id ?? nodeImage
}

/** Fills a new store from the node image, or makes one that was kept fit for a new cluster. */
const prepareStore = async (store: string, kept: boolean, options: NodesToStore): Promise<void> => {
  const { cluster, nodeImage, limits } = options
  await docker(['volume', 'create', '--label', `${storeLabel}=${cluster}`, store], limits.command)
  const flags = ['--rm', '--privileged', '--network=none', `--label=${preparationLabel}=${cluster}`]
  const command = [`${preparationSeconds}`, 'bash', '-c', preparation, 'prepare', kept ? 'kept' : 'new']
  try {
    await run(
      'docker',
      ['run', ...flags, `--volume=${store}:${storePath}`, '--entrypoint=timeout', nodeImage, ...command],
      { within: limits.cluster },
    )
  } catch (error) {
    if (interruption.signal.aborted) throw error
    await removeStores([store], limits.command)
    if (!kept) throw error
    await prepareStore(store, false, options)
  }
}

/** The folder of each node's store on Docker's host, in the order of the nodes; or why there are none. */
export type NodeStores = Readonly<{ folders: readonly string[]; kept: number } | { absentBecause: string }>

/**
 * Makes the nodes' stores ready for a cluster that is about to be created: those that the last cluster of that name
 * and node image filled, or new ones. A store that cannot be used is made anew; without any, nodes start from the image.
 */
export const prepareNodeStores = async (options: NodesToStore): Promise<NodeStores> => {
  // Elsewhere Docker runs in a virtual machine, whose folders kind cannot name.
  if (process.platform !== 'linux')
    return { absentBecause: `Docker's volumes cannot be mounted on ${process.platform}` }
  const { cluster, nodes, limits } = options
  try {
    const [id, existing] = await Promise.all([
      imageId(options),
      findStores(limits.command, cluster),
      endPreparations(cluster, limits.command),
    ])
    const digest = createHash('sha256').update(id).digest('hex').slice(0, 12)
    const stores = Array.from({ length: nodes }, (_, node) => `${cluster}-${digest}-${node}`)
    await Promise.all(stores.map((store) => prepareStore(store, existing.includes(store), options)))
    const folders = await docker(
      ['volume', 'inspect', '--format', '{{.Mountpoint}}', ...stores],
      limits.command,
    )
    return { folders, kept: stores.filter((store) => existing.includes(store)).length }
  } catch (error) {
    if (interruption.signal.aborted) throw error
    return { absentBecause: messageOf(error) }
  }
}

/** `kept from the last cluster`, `4 new`, `none: E2E_FRESH_NODES is set` */
export const describeStores = (stores: NodeStores): string => {
  if ('absentBecause' in stores) return `none: ${stores.absentBecause}`
  const created = stores.folders.length - stores.kept
  return created === 0
    ? 'kept from the last cluster'
    : `${created} new, ${stores.kept} kept from the last cluster`
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

/** Bytes of a size as Docker prints it, such as `504.1MB`. */
export const parseSize = (text: string): number => {
  const [, value = '0', unit = 'B'] = /^([\d.]+)([kMGT]?B)$/.exec(text) ?? []
  return Number(value) * (units[unit] ?? 1)
}

/** Bytes that these stores take. */
export const storeBytes = async (stores: readonly string[], within: number): Promise<number> => {
  const lines = await docker(['system', 'df', '--verbose', '--format', '{{json .Volumes}}'], within)
  const volumes = JSON.parse(lines.join('')) as readonly Readonly<{ Name: string; Size: string }>[]
  return volumes
    .filter(({ Name }) => stores.includes(Name))
    .reduce((sum, { Size }) => sum + parseSize(Size), 0)
}
