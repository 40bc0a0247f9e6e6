import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { nodeCause } from '../diagnosis/nodes.ts'
import { connectKubernetes, type Kubernetes } from '../clients/kubernetes.ts'
import { cleanCommand, type Config } from '../config/config.ts'
import { eventually, GiveUpError, withLimit } from '../lib/eventually.ts'
import { messageOf } from '../lib/messages.ts'
import { writeMirrorFiles } from './mirror.ts'
import { describeStores, prepareNodeStores, storePath, type NodeStores } from './nodeStores.ts'
import { pullDaemonSetImages } from './pullImages.ts'
import { interruption, run } from '../lib/run.ts'
import type { StepTimings } from '../lib/steps.ts'
import { cacheFolder, type Tools } from './tools.ts'
import { describeCause } from '../diagnosis/remedies.ts'

export type Cluster = Readonly<{
  name: string
  /** Path of its kubeconfig. */
  kubeconfig: string
  /** It already existed when this run began. */
  reused: boolean
}>

type KindNode = Readonly<{ role: string; image: string }>
type KindConfig = Readonly<{ nodes: KindNode[] }>

const kindConfig = async () => parse(await readFile('kind-config.yaml', 'utf8')) as KindConfig

export const nodeCount = async () => (await kindConfig()).nodes.length
const pinnedImage = ({ nodes }: KindConfig) => nodes[0]?.image ?? ''
export const pinnedNodeImage = async () => pinnedImage(await kindConfig())

const clustersFolder = resolve(cacheFolder, 'clusters')
/** The folder of the files of a cluster. The nodes mount the mirror files from it, so it must live as long as the cluster. */
export const folderOf = (name: string) => join(clustersFolder, name)
export const kubeconfigOf = (name: string) => join(folderOf(name), 'kubeconfig')
// Marks a cluster whose nodes did not become Ready. Contains the volumes of their stores, which are deleted with it.
export const failedFileOf = (name: string) => join(folderOf(name), 'failed')
// Marks a cluster whose nodes' folders become stores when it is deleted. Contains the digest of the node image.
export const keepStoresFileOf = (name: string) => join(folderOf(name), 'keep-stores')
// Marks a cluster as ours: written before the first container is created, removed after the last is deleted.
const configFileOf = (name: string) => join(folderOf(name), 'kind-config.yaml')
const keptFileOf = (name: string) => join(folderOf(name), 'kept')

/** A cluster that this checkout created or began to create. */
export type OurCluster = Readonly<{
  name: string
  /** It came up completely and is kept; otherwise a run is creating it, or was interrupted. */
  kept: boolean
}>

export const ourClusters = async (): Promise<readonly OurCluster[]> => {
  const names = await readdir(clustersFolder).catch(() => [])
  return names
    .filter((name) => existsSync(configFileOf(name)))
    .map((name) => ({ name, kept: existsSync(keptFileOf(name)) }))
}
export const ourCluster = async (name: string) => (await ourClusters()).find((one) => one.name === name)
/** Call it once the cluster is complete: the next run cannot use an incomplete one. */
export const keepCluster = (name: string) => writeFile(keptFileOf(name), '')

/** Names of the node containers, running or not. */
export const nodeContainers = async (name: string, within: number): Promise<readonly string[]> => {
  const filter = `label=io.x-k8s.kind.cluster=${name}`
  const { stdout } = await run('docker', ['ps', '--all', '--filter', filter, '--format', '{{.Names}}'], {
    within,
    evenWhenInterrupted: true,
  })
  return stdout.split('\n').filter(Boolean)
}

/** What to do if Docker no longer answers. */
const dockerRemedy = (name: string) =>
  `  remedy: make sure that \`docker ps\` answers, then run \`${cleanCommand(name)}\``

// An API server that is busy installing answers within a second or two.
const apiPatience = 10_000

/**
 * Checks that the API server answers or, if it does not, that the containers of the cluster exist.
 * @throws GiveUpError if Docker does not answer either or the containers are gone: waiting does not bring them back
 */
export const checkClusterExists = async (
  name: string,
  { core }: Kubernetes,
  within: number,
): Promise<void> => {
  const answers = withLimit(core.readNamespace({ name: 'kube-system' }), apiPatience)
  if (
    await answers.then(
      () => true,
      () => false,
    )
  )
    return
  const containers = await nodeContainers(name, within).catch((error: unknown) => {
    throw new GiveUpError(
      `neither the API server nor Docker answers: ${messageOf(error)}\n${dockerRemedy(name)}`,
    )
  })
  if (containers.length === 0)
    throw new GiveUpError(
      `the containers of cluster ${name} are gone: something outside this run deleted them\n  remedy: run again on a new cluster`,
    )
}

const mirrorFolder = (folder: string) => join(folder, 'certs.d')

/** kind-config.yaml with the settings merged in, and with each node's store. */
const mergeKindConfig = async (config: Config, folder: string, stores: NodeStores): Promise<string> => {
  const base = await kindConfig()
  const mirrorMount = {
    hostPath: mirrorFolder(folder),
    containerPath: '/etc/containerd/certs.d',
    readOnly: true,
  }
  const { folders, image = config.nodeImage } = { folders: [], ...stores }
  const storeMounts = folders.map((hostPath) => ({ hostPath, containerPath: storePath }))
  const nodes = base.nodes
    .map((node) => ({ ...node, image: image ?? node.image }))
    .map((node, index) => ({
      ...node,
      extraMounts: [mirrorMount, ...storeMounts.slice(index, index + 1)],
    }))
  return stringify({ ...base, nodes })
}

/** Throws if it is known that the nodes will not come up. */
type StillStarting = () => void

/**
 * Waits until the API server knows the administrator. The control plane has the kubeconfig before the server runs, so
 * there is one wait for each: asking the server is cheap, asking kind costs two processes.
 */
const waitForApiServer = async (
  { cluster, limits }: Config,
  tools: Tools,
  kubeconfig: string,
  stillStarting: StillStarting,
): Promise<Kubernetes> => {
  await eventually(
    'the control plane has a kubeconfig',
    async () => {
      stillStarting()
      const { stdout } = await run(tools.kind, ['get', 'kubeconfig', '--name', cluster], {
        within: limits.command,
      })
      await writeFile(kubeconfig, stdout, { mode: 0o600 })
    },
    { within: limits.cluster, every: 2000 },
  )
  const kubernetes = await connectKubernetes(kubeconfig)
  await eventually(
    'the API server answers the administrator',
    async () => {
      stillStarting()
      await kubernetes.core.readNamespace({ name: 'kube-system' })
    },
    { within: limits.cluster, every: 500 },
  )
  return kubernetes
}

/**
 * Nodes that are not Ready, and a wrong number of nodes.
 * @param isOurs whether kind-config.yaml says how many there are
 */
export const nodeShortfalls = async ({ core }: Kubernetes, isOurs = true): Promise<readonly string[]> => {
  const { items } = await core.listNode()
  const expected = isOurs ? await nodeCount() : items.length
  const notReady = items.flatMap((node) => {
    const trouble = nodeCause(node)
    return trouble ? [describeCause(trouble)] : []
  })
  return items.length === expected ? notReady : [`${items.length} nodes, ${expected} expected`, ...notReady]
}

const waitForNodes = async (
  config: Config,
  kubernetes: Kubernetes,
  stillStarting: StillStarting,
): Promise<void> => {
  await eventually(
    'all nodes are Ready',
    async () => {
      stillStarting()
      const shortfalls = await nodeShortfalls(kubernetes).catch(async (error: unknown) => {
        await checkClusterExists(config.cluster, kubernetes, config.limits.command)
        throw error
      })
      if (shortfalls.length > 0) throw new Error(shortfalls.join('\n'))
    },
    { within: config.limits.cluster, every: 500 },
  )
}

/** Remedies by a part of kind's own message. */
const kindRemedies: Readonly<Record<string, string>> = {
  'failed to pull image':
    'let this machine reach the registry of the node image, or set E2E_NODE_IMAGE to one that it has',
  'no space left on device': '`df -h . /var/lib/docker` shows which disk is full; free some of it',
}

/** Why kind failed. Docker first: if it stops, kind reports a failed command in a node. */
const kindFailure = async (error: unknown, { cluster, limits }: Config): Promise<Error> => {
  const text = messageOf(error)
  const silence = await nodeContainers(cluster, limits.command).then(() => undefined, messageOf)
  if (silence !== undefined)
    return new Error(`Docker no longer answers: ${silence}\n${dockerRemedy(cluster)}\n${text}`)
  const [, remedy] = Object.entries(kindRemedies).find(([said]) => text.includes(said)) ?? []
  return new Error(remedy === undefined ? text : `${text}\n  remedy: ${remedy}`)
}

type Surroundings = Readonly<{
  timings: StepTimings
  print: (line: string) => void
  /** URL of this machine's image cache, if there is one. */
  imageCache: string | undefined
}>

/** Leaves the cache out if no node reaches it: containerd would try for half a minute at each pull. */
const checkImageCache = async (
  { cluster, registryMirror, bundle, limits }: Config,
  { imageCache, print }: Surroundings,
): Promise<void> => {
  if (imageCache === undefined) return
  const { hostname, port } = new URL(imageCache)
  const connect = ['timeout', '3', 'bash', '-c', `</dev/tcp/${hostname}/${port}`]
  try {
    await run('docker', ['exec', `${cluster}-control-plane`, ...connect], { within: limits.command })
  } catch {
    if (interruption.signal.aborted) return
    const seen = `no node reaches ${hostname}:${port} on this machine`
    const remedy = "remedy: let the firewall pass connections from Docker's networks"
    if (bundle !== undefined)
      throw new Error(`the nodes cannot pull the images of the bundle: ${seen}\n  ${remedy}`)
    print(`  image cache:     not used: ${seen}; each node pulls for itself\n                   ${remedy}`)
    await writeMirrorFiles(
      mirrorFolder(folderOf(cluster)),
      [registryMirror].flatMap((host) => host ?? []),
    )
  }
}

/** The names that kind gives the nodes, in the order of kind-config.yaml. */
const nodeNames = ({ nodes }: KindConfig, cluster: string): readonly string[] =>
  nodes.map(({ role }, index) => {
    const earlier = nodes.slice(0, index).filter((node) => node.role === role).length
    return `${cluster}-${role}${earlier === 0 ? '' : earlier + 1}`
  })

const findNodeStores = async (config: Config, { timings, print }: Surroundings): Promise<NodeStores> => {
  const base = await kindConfig()
  const { cluster, limits, nodeImage = pinnedImage(base), freshNodes } = config
  const nodes = nodeNames(base, cluster)
  const stores = freshNodes
    ? { absentBecause: 'E2E_FRESH_NODES is set' }
    : await timings.step('node stores', () => prepareNodeStores({ cluster, nodeImage, nodes, limits }))
  print(`  node stores:     ${describeStores(stores)}`)
  return stores
}

/** A cluster whose API server answers; the workers may still be joining. */
export type StartingCluster = Readonly<{
  cluster: Cluster
  kubernetes: Kubernetes
  nodesReady: Promise<void>
}>

/**
 * Creates the cluster or reuses an existing one. Returns as soon as the API server answers, so that stacks can be
 * installed while the workers join; `nodesReady` resolves once every node is Ready, which kind does not wait for.
 * @throws WaitError or CommandError; what exists by then is left for the diagnostics and for `removeCluster`
 */
export const startCluster = async (
  config: Config,
  tools: Tools,
  surroundings: Surroundings,
): Promise<StartingCluster> => {
  const folder = folderOf(config.cluster)
  const kubeconfig = kubeconfigOf(config.cluster)
  const reused = (await nodeContainers(config.cluster, config.limits.command)).length > 0
  const cluster = { name: config.cluster, kubeconfig, reused }

  const mirrors = [surroundings.imageCache, config.registryMirror].flatMap((host) => host ?? [])
  const onlyMirror = config.bundle === undefined ? undefined : surroundings.imageCache

  if (reused) {
    await mkdir(folder, { recursive: true })
    await writeMirrorFiles(mirrorFolder(folder), mirrors, onlyMirror)
    const kubernetes = await waitForApiServer(config, tools, kubeconfig, () => {})
    await checkImageCache(config, surroundings)
    return { cluster, kubernetes, nodesReady: waitForNodes(config, kubernetes, () => {}) }
  }

  // Deleting a cluster by hand leaves its files behind.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const configFile = configFileOf(config.cluster)
  await writeMirrorFiles(mirrorFolder(folder), mirrors, onlyMirror)
  // Marks the cluster as ours before the first container exists.
  await writeFile(configFile, '')
  const stores = await findNodeStores(config, surroundings)
  await writeFile(configFile, await mergeKindConfig(config, folder, stores))
  // --retain: otherwise kind deletes the evidence of a failed start.
  const created = run(
    tools.kind,
    [
      'create',
      'cluster',
      '--name',
      config.cluster,
      '--config',
      configFile,
      '--retain',
      '--kubeconfig',
      join(folder, 'kind'),
    ],
    // A signal to its `docker run` too would leave a node that Docker creates after everything else is removed:
    // removeCluster() kills only kind, and waits for `docker run`.
    { within: config.limits.cluster, evenWhenInterrupted: true },
  ).catch(async (error: unknown) => {
    throw await kindFailure(error, config)
  })
  let failure: Error | undefined
  created.catch((error: unknown) => (failure = error as Error))
  const stillStarting = () => {
    if (failure) throw new GiveUpError(failure.message)
  }
  // Nothing waits for it. If an image cannot be pulled, the pods' own pulls say why.
  if (!('volumes' in stores)) {
    const nodes = nodeNames(await kindConfig(), config.cluster)
    void pullDaemonSetImages(config, tools, nodes, stillStarting).catch(() => {})
  }
  const markFailed = async (error: unknown): Promise<never> => {
    if (!interruption.signal.aborted && 'volumes' in stores)
      await writeFile(failedFileOf(config.cluster), stores.volumes.join('\n'))
    throw error
  }
  const kubernetes = await waitForApiServer(config, tools, kubeconfig, stillStarting).catch(markFailed)
  await checkImageCache(config, surroundings)
  const ready = Promise.all([created, waitForNodes(config, kubernetes, stillStarting)])
  const markReady = async () => {
    if ('keepAs' in stores) await writeFile(keepStoresFileOf(config.cluster), stores.keepAs)
  }
  return { cluster, kubernetes, nodesReady: ready.then(markReady, markFailed) }
}
