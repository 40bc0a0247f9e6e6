import { existsSync } from 'node:fs'
import { connectKubernetes } from '../clients/kubernetes.ts'
import { describeConfig, type Config } from '../config/config.ts'
import { overlayName } from '../config/overlayFolder.ts'
import { withLimit } from '../lib/eventually.ts'
import type { Step, StepTimings } from '../lib/steps.ts'
import { kubeconfigOf } from '../setup/cluster.ts'
import type { Transfer } from '../setup/imageCache.ts'
import { collectDiagnostics, diagnosticsFolder, type RunCluster } from './diagnostics.ts'
import { imageUses } from './images.ts'
import { endOf } from './page/clock.ts'
import { podTimelines } from './podTimelines.ts'
import type { Decided, RunResult } from './result.ts'
import { imageVersions, nodeVersions, readToolVersions } from './versions.ts'

type Gathering = Readonly<{
  config: Config
  cluster: RunCluster
  decided: Decided
  /** All steps of the run; this one is added while it is gathered. */
  steps: readonly Step[]
  /** Of image manifests and layers, during the run. */
  transfers: readonly Transfer[]
  timings: StepTimings
  /** Whether to collect evidence. */
  evidence: boolean
  /** Milliseconds. */
  within: Readonly<{ facts: number; evidence: number }>
}>

type ClusterFacts = Pick<RunResult, 'pods' | 'versions' | 'images'>
const nothing: ClusterFacts = { pods: [], versions: {}, images: [] }

const readCluster = async (
  name: string,
  { context, kubeconfig = '' }: RunCluster,
  transfers: readonly Transfer[],
): Promise<ClusterFacts> => {
  const file = kubeconfigOf(name)
  if (!context && !existsSync(file)) return nothing
  const { core } = await connectKubernetes(context ? kubeconfig : file)
  const [nodes, pods, events] = await Promise.all([
    core.listNode(),
    core.listPodForAllNamespaces(),
    core.listEventForAllNamespaces({ fieldSelector: 'involvedObject.kind=Pod,reason=Pulled' }),
  ])
  // A kept cluster has the events of the last hour. The API server counts whole seconds.
  const sinceStart = events.items.filter(
    ({ lastTimestamp }) => new Date(lastTimestamp ?? 0).getTime() >= performance.timeOrigin - 1000,
  )
  return {
    pods: podTimelines(pods.items, events.items),
    images: imageUses(sinceStart, transfers),
    versions: { ...nodeVersions(nodes.items), ...imageVersions(pods.items) },
  }
}

/** The result of the run, with facts from the cluster while it exists. Facts that take too long are left out. */
export const gatherResult = async ({
  config,
  cluster: runCluster,
  decided,
  steps,
  transfers,
  timings,
  evidence,
  within,
}: Gathering): Promise<RunResult> => {
  const [tools, cluster] = await Promise.all([
    withLimit(readToolVersions(config), within.facts).catch(() => ({})),
    withLimit(readCluster(config.cluster, runCluster, transfers), within.facts).catch(() => nothing),
  ])
  const versions = { ...tools, ...cluster.versions }
  const collect = () =>
    collectDiagnostics({
      ...decided,
      ...{ config, cluster: runCluster, folder: diagnosticsFolder, versions },
      within: within.evidence,
    })
  const collected = evidence ? await timings.step('evidence', collect) : undefined
  // On a full disk, collectDiagnostics() returns a sentence instead of a path.
  const isPath = collected === undefined || existsSync(collected)
  return {
    ...decided,
    errors: isPath ? decided.errors : [...decided.errors, collected],
    evidence: isPath ? collected : undefined,
    steps: [...steps],
    ...(config.overlay && { overlay: overlayName(config.overlay) }),
    settings: describeConfig(config),
    versions,
    pods: cluster.pods,
    images: cluster.images,
    // Steps count from the start of the process, pods have wall-clock times.
    finishedAt: new Date(performance.timeOrigin + endOf(steps) * 1000).toISOString(),
  }
}
