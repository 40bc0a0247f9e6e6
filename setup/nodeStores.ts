import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { Limits } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { interruption, run } from '../lib/run.ts'

// The images that a node has pulled and unpacked stay in a Docker volume of its own. Two nodes never share one, because
// containerd locks its database. The first cluster starts without volumes: filling them first would double what the disk
// writes during the boot. Instead, its nodes' folders become the volumes when the nodes are deleted.
export const storePath = '/var/lib/containerd'

const storeLabel = 'observability-e2e.node-store'
const workLabel = 'observability-e2e.works-on-node-stores'

/** Exists only in a complete store, not in one that an interrupted removal left. */
const completeMark = '.complete'

// Before the node starts, the containerd of its image removes the containers of the last cluster from the store: the
// kubelet would take them for its own. containerd 2 also keeps a list of sandboxes.
const preparation = `
set -e
[ -e ${storePath}/${completeMark} ] || { echo 'the store is not complete' >&2; exit 1; }
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
`

// The folder of a node's volume becomes that of its store: nothing is copied.
const moving = `
set -e
while [ $# -gt 0 ]; do
  rmdir /volumes/$2/_data
  mv /volumes/$1/_data/lib/containerd /volumes/$2/_data
  touch /volumes/$2/_data/${completeMark}
  shift 2
done
`

// On a slow disk, containerd takes a few seconds to open a store of several gigabytes.
const preparationSeconds = 60

const docker = async (args: readonly string[], within: number): Promise<readonly string[]> => {
  const { stdout } = await run('docker', args, { within, evenWhenInterrupted: true })
  return stdout.split('\n').filter(Boolean)
}

/** The volume of a node's store, and the cluster it belongs to. */
export type Store = Readonly<{ volume: string; cluster: string }>

/** The stores of all clusters of all checkouts on this machine. */
export const findStores = async (within: number): Promise<readonly Store[]> => {
  const format = `{{.Name}}\t{{.Label "${storeLabel}"}}`
  const lines = await docker(['volume', 'ls', '--filter', `label=${storeLabel}`, '--format', format], within)
  return lines.map((line) => {
    const [volume = '', cluster = ''] = line.split('\t')
    return { volume, cluster }
  })
}

export const removeStores = async (volumes: readonly string[], within: number): Promise<void> => {
  if (volumes.length > 0) await docker(['volume', 'rm', '--force', ...volumes], within)
}

/** Removes the images that were derived from node images, except those that nodes use. They take no space of their own. */
export const removeDerivedImages = async (within: number): Promise<void> => {
  const format = '{{.Repository}}:{{.Tag}}'
  const images = await docker(['image', 'ls', '--format', format, derivedImages], within)
  await Promise.all(images.map((image) => docker(['image', 'rm', image], within).catch(() => {})))
}

/** Removes the containers with which an interrupted run still works on the stores of a cluster. */
export const endStoreWork = async (cluster: string, within: number): Promise<void> => {
  const filter = `label=${workLabel}=${cluster}`
  const containers = await docker(['ps', '--all', '--quiet', '--filter', filter], within)
  if (containers.length > 0) await docker(['rm', '--force', ...containers], within)
}

type NodesToStore = Readonly<{ cluster: string; nodeImage: string; nodes: readonly string[]; limits: Limits }>

const storeName = (node: string, digest: string) => `${node}-${digest}`

/** The ID of the node image in Docker, which pulls it if needed. */
export const findNodeImage = async (nodeImage: string, limits: Limits): Promise<string> => {
  const inspect = async () =>
    (await docker(['image', 'inspect', '--format', '{{.Id}}', nodeImage], limits.command))[0]
  const id = await inspect().catch(async () => {
    await run('docker', ['pull', '--quiet', nodeImage], { within: limits.cluster })
    return inspect()
  })
  return id ?? nodeImage
}

const imageDigest = async ({ nodeImage, limits }: NodesToStore): Promise<string> =>
  createHash('sha256')
    .update(await findNodeImage(nodeImage, limits))
    .digest('hex')
    .slice(0, 12)

const prepareStore = (volume: string, { cluster, nodeImage, limits }: NodesToStore) =>
  run(
    'docker',
    [
      'run',
      '--rm',
      '--privileged',
      '--network=none',
      `--label=${workLabel}=${cluster}`,
      `--volume=${volume}:${storePath}`,
      '--entrypoint=timeout',
      nodeImage,
      ...[`${preparationSeconds}`, 'bash', '-c', preparation],
    ],
    { within: limits.cluster },
  )

// The repository of the images that `derivedImage` builds.
const derivedImages = 'observability-e2e/node'

// kind's entrypoint asks for host.docker.internal, and where no name server answers, waits five seconds for it.
const briefLookups = 'ENV RES_OPTIONS="timeout:1 attempts:1"'

/**
 * The node image, changed by a command and with brief lookups of names. Made once for a node image; if that fails, the
 * image itself.
 */
const derivedImage = async (
  tag: string,
  [entrypoint, ...args]: readonly [string, ...string[]],
  { cluster, nodeImage, limits }: NodesToStore,
): Promise<string> => {
  const name = `${derivedImages}:${tag}`
  const make = async () => {
    const format = 'ENTRYPOINT {{json .Config.Entrypoint}}\nCMD {{json .Config.Cmd}}'
    const changes = await docker(['image', 'inspect', '--format', format, nodeImage], limits.command)
    const running = ['run', '--detach', '--network=none', `--label=${workLabel}=${cluster}`]
    const command = [`--entrypoint=${entrypoint}`, nodeImage, ...args]
    const [container = ''] = await docker([...running, ...command], limits.cluster)
    const [status] = await docker(['wait', container], limits.cluster)
    if (status !== '0') throw new Error(`${entrypoint} ended with ${status}`)
    const changed = [...changes, briefLookups].flatMap((change) => ['--change', change])
    await docker(['commit', ...changed, container, name], limits.cluster)
    await docker(['rm', container], limits.command)
  }
  const exists = docker(['image', 'inspect', '--format', '{{.Id}}', name], limits.command)
  return exists.catch(make).then(
    () => name,
    () => nodeImage,
  )
}

/** The image for nodes without a store. */
const imageAlone = (digest: string, options: NodesToStore): Promise<string> =>
  derivedImage(digest, ['true'], options)

/**
 * The image for nodes with a store, without the folder over which the store is mounted: Docker copies the image's /var to
 * each node, with hundreds of megabytes that the mount would hide.
 */
const bareImage = (digest: string, options: NodesToStore): Promise<string> =>
  derivedImage(`${digest}-bare`, ['rm', '-rf', storePath], options)

/**
 * The volume of each node and its folder on Docker's host, in the order of the nodes, or why there are none; and the image
 * to start the nodes from, if it is not the node image itself. With `keepAs`, the digest of the node image, the new
 * nodes' folders can become stores: see `keepStores`.
 */
export type NodeStores =
  | Readonly<{ volumes: readonly string[]; folders: readonly string[]; image: string }>
  | Readonly<{ absentBecause: string; keepAs?: string; image?: string }>

/**
 * Prepares the stores of the last cluster of this name and node image for a new one. If one of them cannot be used, all
 * are deleted and the nodes start from the image alone.
 */
export const prepareNodeStores = async (options: NodesToStore): Promise<NodeStores> => {
  // Elsewhere Docker runs in a virtual machine, whose folders kind cannot name.
  if (process.platform !== 'linux')
    return { absentBecause: `Docker's volumes cannot be mounted on ${process.platform}` }
  const { cluster, nodes, limits } = options
  try {
    const [digest, existing] = await Promise.all([
      imageDigest(options),
      findStores(limits.command),
      endStoreWork(cluster, limits.command),
    ])
    const volumes = nodes.map((node) => storeName(node, digest))
    const kept = volumes.filter((name) => existing.some(({ volume }) => volume === name))
    try {
      if (kept.length < volumes.length) throw new Error('no earlier cluster had this name and node image')
      const inspect = ['volume', 'inspect', '--format', '{{.Mountpoint}}', ...volumes]
      const [image, folders] = await Promise.all([
        bareImage(digest, options),
        docker(inspect, limits.command),
        ...volumes.map((volume) => prepareStore(volume, options)),
      ])
      return { volumes, folders, image }
    } catch (error) {
      if (interruption.signal.aborted) throw error
      await endStoreWork(cluster, limits.command)
      await removeStores(kept, limits.command)
      const image = await imageAlone(digest, options)
      return { absentBecause: messageOf(error), keepAs: digest, image }
    }
  } catch (error) {
    if (interruption.signal.aborted) throw error
    return { absentBecause: messageOf(error) }
  }
}

/**
 * Kills nodes that are about to be deleted, and turns their folders into the stores of the next cluster. Keeps nothing if
 * that fails.
 */
export const keepStores = async (
  cluster: string,
  nodes: readonly string[],
  digest: string,
  within: number,
): Promise<void> => {
  const stores = nodes.map((node) => storeName(node, digest))
  try {
    const volume = '{{range .Mounts}}{{if eq .Destination "/var"}}{{.Source}}{{end}}{{end}}'
    const [folders, [image = '']] = await Promise.all([
      docker(['inspect', '--format', volume, ...nodes], within),
      docker(['inspect', '--format', '{{.Image}}', ...nodes], within),
      docker(['kill', ...nodes], within),
      ...stores.map((store) =>
        docker(['volume', 'create', '--label', `${storeLabel}=${cluster}`, store], within),
      ),
    ])
    // <Docker's folder>/volumes/<name>/_data
    const volumes = folders.map((folder) => basename(dirname(folder)))
    const root = dirname(dirname(folders[0] ?? ''))
    const label = `--label=${workLabel}=${cluster}`
    const command = ['-c', moving, 'move', ...volumes.flatMap((name, node) => [name, stores[node] ?? ''])]
    await docker(
      [
        'run',
        '--rm',
        '--network=none',
        label,
        `--volume=${root}:/volumes`,
        '--entrypoint=bash',
        image,
        ...command,
      ],
      within,
    )
  } catch {
    await removeStores(stores, within)
  }
}

/** `kept from the last cluster`, `none: E2E_FRESH_NODES is set` */
export const describeStores = (stores: NodeStores): string =>
  'folders' in stores ? 'kept from the last cluster' : `none: ${stores.absentBecause}`

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

/** Bytes of a size as Docker prints it, such as `504.1MB`. */
export const parseSize = (text: string): number => {
  const [, value = '0', unit = 'B'] = /^([\d.]+)([kMGT]?B)$/.exec(text) ?? []
  return Number(value) * (units[unit] ?? 1)
}

/** Bytes that these volumes take. */
export const volumeBytes = async (volumes: readonly string[], within: number): Promise<number> => {
  const lines = await docker(['system', 'df', '--verbose', '--format', '{{json .Volumes}}'], within)
  const all = JSON.parse(lines.join('')) as readonly Readonly<{ Name: string; Size: string }>[]
  return all.filter(({ Name }) => volumes.includes(Name)).reduce((sum, { Size }) => sum + parseSize(Size), 0)
}
