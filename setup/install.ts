import type { V1StorageClassList } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { checkClusterExists, type StartingCluster } from './cluster.ts'
import type { Config } from '../config/config.ts'
import { eventually, watch } from '../lib/eventually.ts'
import { afterReadySteps } from './afterReady.ts'
import { installChart, isChartStack } from './helm.ts'
import type { StepTimings } from '../lib/steps.ts'
import { applyObjects, buildPrograms, readManifest } from './manifests.ts'
import { installOverlay, recordedObjects } from './overlay.ts'
import { messageOf } from '../lib/messages.ts'
import { namespaceReader, waitForWorkloads } from '../diagnosis/workloads.ts'
import { stackOf, type AfterReady, type Stack, type StackName } from '../config/stacks.ts'
import { ourConfiguredServers } from '../diagnosis/configuredServers.ts'
import type { Tools } from './tools.ts'

/** What a claim can depend on: the cluster, a stack, a step after stacks are ready, or the manifests of the overlay. */
export type Part = StackName | 'cluster' | AfterReady['step'] | 'overlay'
/** Why each part failed; a part that did not fail has no entry. */
export type Failures = Partial<Record<Part, string>>

type Installation = Readonly<{
  config: Config
  tools: Tools
  timings: StepTimings
  starting: StartingCluster
  runId: string
  /** Stacks whose release gets a new revision on a reused cluster even if nothing about it changed. */
  renewed?: readonly string[]
}>

/** The namespaces of the stacks, except the one that every cluster has. */
const namespacesOf = ({ stacks }: Config) =>
  [...new Set(stacks.map((name) => stackOf(name).namespace))]
    .filter((name) => name !== 'default')
    .map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))

const defaultClass = 'storageclass.kubernetes.io/is-default-class'

/**
 * A PersistentVolumeClaim that is older than the default StorageClass gets it later, but the scheduler looks at its pod
 * again only after five minutes.
 */
const waitForDefaultStorageClass = (kubernetes: Kubernetes, within: number) =>
  eventually(
    'the cluster has a default StorageClass',
    async () => {
      const path = '/apis/storage.k8s.io/v1/storageclasses'
      const { items } = (await kubernetes.get(path)) as V1StorageClassList
      const names = items.map(({ metadata }) => metadata?.name).join(', ')
      if (!items.some(({ metadata }) => metadata?.annotations?.[defaultClass] === 'true'))
        throw new Error(`no StorageClass is annotated ${defaultClass}; there are: ${names || 'none'}`)
    },
    { within, every: 250 },
  )

// Milliseconds between two checks that the cluster still exists.
const checkEveryMs = 5000

/**
 * Installs the stacks in parallel while the nodes still join, each as soon as the stacks it depends on are ready.
 * Never throws: returns what failed, with the reason.
 */
export const installStacks = async (installation: Installation): Promise<Failures> => {
  const { config, tools, timings, starting, runId, renewed = [] } = installation
  const { cluster, kubernetes } = starting
  const failures: Failures = {}
  const reused = cluster.reused
  // Without this, every wait below would continue for minutes after the cluster is gone.
  const standing = watch(
    () => checkClusterExists(cluster.name, kubernetes, config.limits.command),
    checkEveryMs,
  )
  standing.failed.catch((error: unknown) => (failures.cluster = messageOf(error)))
  const part = async (name: Part, label: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await timings.step(label, () => Promise.race([work(), standing.failed]))
    } catch (error) {
      failures[name] = messageOf(error)
    }
  }
  const apply = (objects: Parameters<typeof applyObjects>[1]) =>
    applyObjects(kubernetes, objects, { within: config.limits.install, reused })

  let nodesSince = Infinity
  const allNodesSince = () => nodesSince
  const allNodes = part('cluster', 'all nodes Ready', async () => {
    await starting.nodesReady
    nodesSince = Date.now()
  })
  await part('cluster', 'namespace', () => apply(namespacesOf(config)))
  if (failures.cluster) {
    standing.stop()
    return failures
  }

  const readNamespace = namespaceReader(kubernetes)
  // Also ends the waits for workloads, which would otherwise keep the process alive.
  const read = (namespace: string, notBefore: number) =>
    Promise.race([readNamespace(namespace, notBefore), standing.failed])
  const ready = new Map<string, Promise<void>>()

  /** @throws Error if one of these stacks failed */
  const stacksReady = async (names: readonly string[], verb: string) => {
    await Promise.all(names.flatMap((name) => ready.get(name) ?? []))
    const failed = names.filter((name) => failures[name as StackName] !== undefined)
    if (failed.length > 0) throw new Error(`not ${verb}, since ${failed.join(', ')} failed`)
  }
  const manifests = async (stack: Stack) => {
    const { configMaps, digest } = await buildPrograms(stack)
    const replacements = { RUN_ID: runId, PROGRAMS: digest }
    const selected = Object.entries(stack.manifestsWith ?? {}).filter(([name]) =>
      config.stacks.some((other) => other === name),
    )
    const paths = [...stack.manifests, ...selected.flatMap(([, more]) => more)]
    const files = await Promise.all(paths.map((file) => readManifest(file, replacements)))
    await apply([...configMaps, ...files.flat()])
  }
  const chart = async (stack: Stack) => {
    if (!isChartStack(stack)) return
    const isRenewed = renewed.includes(stack.name)
    await timings.step(`${stack.name}: helm`, () => installChart(config, tools, cluster, stack, isRenewed))
  }
  const afterReady = async (name: StackName, step: AfterReady['step']) => {
    const { servers, obstacles } = await ourConfiguredServers(config, kubernetes)
    // No claim that needs the stack is run, so nothing needs the step.
    if (obstacles[name] === undefined) await afterReadySteps[step](config, servers)
  }
  for (const name of config.stacks) {
    const stack = stackOf(name, config.releases)
    const install = async () => {
      await stacksReady(stack.installAfter, 'installed')
      if (stack.claimsVolumes) await waitForDefaultStorageClass(kubernetes, config.limits.cluster)
      const allReady = () =>
        waitForWorkloads(kubernetes, stack, { within: config.limits.ready, read, allNodesSince })
      // On a kept cluster the old pods still run: an old Vector, for example, would lose the lines of the new sample logs.
      if (reused && isChartStack(stack)) {
        await chart(stack)
        await allReady()
        await manifests(stack)
      } else {
        await Promise.all([manifests(stack), chart(stack)])
        await allReady()
      }
      for (const { step, needs } of stack.afterReady ?? [])
        if (needs.length === 0) await afterReady(name, step)
    }
    ready.set(name, part(name, name, install))
  }

  const laterSteps = config.stacks.flatMap((name) =>
    (stackOf(name).afterReady ?? [])
      .filter(({ needs }) => needs.length > 0 && needs.every((need) => ready.has(need)))
      .map(({ step, needs }) =>
        part(step, step.replaceAll('-', ' '), async () => {
          await stacksReady([name, ...needs], 'created')
          await afterReady(name, step)
        }),
      ),
  )
  const { install, ready: readyLimit } = config.limits
  const within = { install, ready: readyLimit }
  const waiting = { read, allNodesSince }
  // A kept cluster may have the objects of an overlay that is no longer set.
  const former = reused ? await recordedObjects(kubernetes).catch(() => []) : []
  const installing = { kubernetes, reused, within, waiting }
  const overlay =
    config.overlay || former.length > 0
      ? part('overlay', 'overlay', () => installOverlay(installing, config.overlay, former))
      : undefined
  await Promise.all([allNodes, ...ready.values(), ...laterSteps, overlay])
  standing.stop()
  return failures
}
