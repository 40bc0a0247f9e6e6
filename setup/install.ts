import { clusterStands, type StartingCluster } from './cluster.ts'
import { connectDashboards } from '../clients/dashboards.ts'
import { connectOpenSearch, logIndices } from '../clients/opensearch.ts'
import type { Config } from '../config/config.ts'
import { endpoints } from '../config/endpoints.ts'
import { eventually, watch } from '../lib/eventually.ts'
import { installChart, isChartStack } from './helm.ts'
import type { StepTimings } from '../lib/steps.ts'
import { applyObjects, buildPrograms, readManifest } from './manifests.ts'
import { messageOf } from '../lib/messages.ts'
import { namespaceReader, workloadsReady } from '../diagnosis/workloads.ts'
import { stackOf, type Stack, type StackName } from '../config/stacks.ts'
import type { Tools } from './tools.ts'

/** What a claim can depend on: a stack, or one of the steps that are no stack. */
export type Part = StackName | 'cluster' | 'index-pattern'
/** For each part that did not come about, why. */
export type Failures = Partial<Record<Part, string>>

type Installation = Readonly<{
  config: Config
  tools: Tools
  timings: StepTimings
  starting: StartingCluster
  runId: string
}>

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

// Milliseconds between two looks whether the cluster is there at all.
const lookEvery = 5000

/** Fields that the log queries of the checklist name. */
export const loggedFields = [
  '@timestamp',
  'message',
  'kubernetes.namespace_name',
  'kubernetes.pod_name',
  'kubernetes.container_name',
  'kubernetes.labels.app',
] as const

const putLogTemplate = (config: Config) =>
  eventually(
    'OpenSearch takes the index template for logs',
    connectOpenSearch(endpoints.opensearch).putLogTemplate,
    {
      within: config.limits.query,
      every: 500,
    },
  )

/** The index pattern is made of the fields that the indices have by then, so there must be logs first. */
const createIndexPattern = async (config: Config): Promise<void> => {
  const dashboards = connectDashboards(endpoints.dashboards)
  const fields = await eventually(
    `OpenSearch Dashboards sees the fields of ${logIndices}`,
    async () => {
      const found = await dashboards.fields(logIndices)
      const missing = loggedFields.filter((name) => !found.some((field) => field.name === name))
      if (missing.length > 0)
        throw new Error(`${found.length} fields, and not among them: ${missing.join(', ')}`)
      return found
    },
    { within: config.limits.logs, every: 500 },
  )
  await dashboards.saveIndexPattern({ id: 'logs', title: logIndices, timeField: '@timestamp', fields })
}

/**
 * Installs the stacks side by side, each as soon as those it comes after are usable, while the nodes still join.
 * Never throws: what did not come about is told, with the reason.
 */
export const installStacks = async (installation: Installation): Promise<Failures> => {
  const { config, tools, timings, starting, runId } = installation
  const { cluster, kubernetes } = starting
  const failures: Failures = {}
  const reused = cluster.reused
  // Every wait below would go on for minutes, and helm longest.
  const standing = watch(() => clusterStands(cluster.name, kubernetes, config.limits.command), lookEvery)
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
  await part('cluster', 'namespace', () => apply([namespace('monitoring')]))
  if (failures.cluster) {
    standing.stop()
    return failures
  }

  const readNamespace = namespaceReader(kubernetes)
  // What still waits for workloads ends as well, and does not keep the process.
  const read = (namespace: string, notBefore: number) =>
    Promise.race([readNamespace(namespace, notBefore), standing.failed])
  const programs = buildPrograms()
  const ready = new Map<string, Promise<void>>()

  const needed = async ({ installAfter }: Stack) => {
    await Promise.all(installAfter.flatMap((name) => ready.get(name) ?? []))
    const failed = installAfter.filter((name) => failures[name as StackName] !== undefined)
    if (failed.length > 0) throw new Error(`not installed, since ${failed.join(', ')} failed`)
  }
  const manifests = async (stack: Stack) => {
    const { configMaps, digest } = await programs
    const replacements = { RUN_ID: runId, PROGRAMS: digest }
    const files = await Promise.all(stack.manifests.map((file) => readManifest(file, replacements)))
    await apply([...(stack.name === 'custom-metrics-app' ? configMaps : []), ...files.flat()])
  }
  const chart = async (stack: Stack) => {
    if (!isChartStack(stack)) return
    await timings.step(`${stack.name}: helm`, () => installChart(config, tools, cluster, stack))
  }
  for (const name of config.stacks) {
    const stack = stackOf(name, config.releases)
    const install = async () => {
      await needed(stack)
      const allReady = () =>
        workloadsReady(kubernetes, stack, { within: config.limits.ready, read, allNodesSince })
      // What a pod of before cannot bring through, as a Vector that is being mended, is not to be written while it runs.
      if (reused && isChartStack(stack)) {
        await chart(stack)
        await allReady()
        await manifests(stack)
      } else {
        await Promise.all([manifests(stack), chart(stack)])
        await allReady()
      }
      if (name === 'opensearch') await putLogTemplate(config)
    }
    ready.set(name, part(name, name, install))
  }

  const parts = [allNodes, ...ready.values()]
  if (config.stacks.includes('opensearch-dashboards') && config.stacks.includes('vector')) {
    const pattern = async () => {
      const needs = ['opensearch-dashboards', 'vector'] as const
      await Promise.all(needs.flatMap((name) => ready.get(name) ?? []))
      const failed = needs.filter((name) => failures[name] !== undefined)
      if (failed.length > 0) throw new Error(`not created, since ${failed.join(', ')} failed`)
      await createIndexPattern(config)
    }
    parts.push(part('index-pattern', 'index pattern', pattern))
  }
  await Promise.all(parts)
  standing.stop()
  return failures
}
