import { existsSync } from 'node:fs'
import { connectKubernetes } from '../clients/kubernetes.ts'
import { kubeconfigOf } from '../setup/cluster.ts'
import { describeConfig, type Config } from '../config/config.ts'
import { withLimit } from '../lib/eventually.ts'
import type { StepTimings, Step } from '../lib/steps.ts'
import { collectDiagnostics, diagnosticsFolder } from './diagnostics.ts'
import { endOf } from './page/clock.ts'
import { readPodTimelines } from './pods.ts'
import type { RunResult } from './result.ts'
import { readClusterVersions, readToolVersions } from './versions.ts'

/** What is known of the claims once they are decided, or the run is cut short. */
export type Decided = Pick<RunResult, 'outcomes' | 'errors' | 'interruptedBy'>

type Gathering = Readonly<{
  config: Config
  decided: Decided
  /** Of the whole run, this gathering included. */
  steps: readonly Step[]
  timings: StepTimings
  /** Whether evidence is to be collected. */
  evidence: boolean
  /** Milliseconds. */
  within: Readonly<{ facts: number; evidence: number }>
}>

type ClusterFacts = Pick<RunResult, 'pods' | 'versions'>

const readCluster = async (name: string): Promise<ClusterFacts> => {
  const kubeconfig = kubeconfigOf(name)
  if (!existsSync(kubeconfig)) return { pods: [], versions: {} }
  const kubernetes = await connectKubernetes(kubeconfig)
  const [pods, versions] = await Promise.all([readPodTimelines(kubernetes), readClusterVersions(kubernetes)])
  return { pods, versions }
}

/** The whole result, with what the cluster tells while it still stands; what does not answer in time is left out. */
export const gatherResult = async ({
  config,
  decided,
  steps,
  timings,
  evidence,
  within,
}: Gathering): Promise<RunResult> => {
  const nothing: ClusterFacts = { pods: [], versions: {} }
  const [tools, cluster] = await Promise.all([
    withLimit(readToolVersions(config), within.facts).catch(() => ({})),
    withLimit(readCluster(config.cluster), within.facts).catch(() => nothing),
  ])
  const versions = { ...tools, ...cluster.versions }
  const collect = () =>
    collectDiagnostics({ ...decided, config, folder: diagnosticsFolder, versions, within: within.evidence })
  const collected = evidence ? await timings.step('evidence', collect) : undefined
  // Where the disk is full there is a sentence in the place of the path.
  const written = collected === undefined || existsSync(collected)
  return {
    ...decided,
    errors: written ? decided.errors : [...decided.errors, collected],
    evidence: written ? collected : undefined,
    steps: [...steps],
    settings: describeConfig(config),
    versions,
    pods: cluster.pods,
    // Steps are counted from the start of the process, pods by the clock.
    finishedAt: new Date(performance.timeOrigin + endOf(steps) * 1000).toISOString(),
  }
}
