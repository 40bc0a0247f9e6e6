import { connectDashboards } from '../clients/dashboards.ts'
import { connectKubernetes, type Kubernetes } from '../clients/kubernetes.ts'
import { connectPrometheus, type Prometheus } from '../clients/prometheus.ts'
import type { Config } from '../config/config.ts'
import { serverIn } from '../config/endpoints.ts'
import { stackOf, type Releases } from '../config/stacks.ts'
import { namespaceReader, waitForWorkloads } from '../diagnosis/workloads.ts'
import { messageOf } from '../lib/messages.ts'
import type { Step, StepTimings } from '../lib/steps.ts'
import { readBeginning } from '../setup/beginning.ts'
import { newRunId, type Run } from '../setup/global.ts'
import { installStacks } from '../setup/install.ts'
import { reloadPrometheus, removeStamp } from '../setup/reloadPrometheus.ts'
import type { Tools } from '../setup/tools.ts'
import type { Suite } from '../specs/support/suite.ts'
import { applyCrds } from './crds.ts'
import { barePattern } from './facts/dashboards.ts'
import type { Helm } from './facts/helm.ts'
import type { Observation } from './observation.ts'
import { observe } from './observe.ts'
import { withReleases, type UpgradeReleases } from './releases.ts'
import { findingsAbout, type Difference } from './rootCauses.ts'
import {
  longWindowSeconds,
  observeUntilRecovered,
  observeUntilStable,
  rulesEvaluated,
  scrapedSince,
} from './stability.ts'

export type OnCluster = Readonly<{ config: Config; tools: Tools; timings: StepTimings; suite: Suite }>
export type Check = OnCluster &
  UpgradeReleases &
  Readonly<{
    applyCrds: boolean
    /** The observation of the old versions. */
    before: Observation
    /** All finished steps of the run; it grows while the check runs. */
    steps: readonly Step[]
  }>

/** A step whose failure does not end the check: the step's line says so, and the observation counts as it is. */
export const optionalStep = (
  timings: StepTimings,
  name: string,
  work: () => Promise<unknown>,
): Promise<void> =>
  timings.step(name, work).then(
    () => {},
    () => {},
  )

export const helmOf = ({ config, tools, suite }: OnCluster): Helm => ({
  helm: tools.helm,
  kubeconfig: suite.run.kubeconfig,
  within: config.limits.command,
})

const observer = (cluster: OnCluster, kubernetes: Kubernetes) => {
  const { components, servers } = cluster.suite.run
  const observed = { kubernetes, helm: helmOf(cluster), components, servers }
  return (windowSeconds: number, before?: Observation) => observe(observed, Math.ceil(windowSeconds), before)
}

/** Observes the old versions until nothing new appears. */
export const observeBefore = async (cluster: OnCluster): Promise<Observation> => {
  const { config, timings, suite } = cluster
  const observeWindow = observer(cluster, await connectKubernetes(suite.run.kubeconfig))
  return timings.step('observed before', async () => {
    const { servers } = suite.run
    const prometheus = connectPrometheus(serverIn(servers, 'prometheus'))
    const { saveIndexPattern } = connectDashboards(serverIn(servers, 'dashboards'))
    await Promise.all([
      optionalStep(timings, 'rules evaluated', () => rulesEvaluated(prometheus)),
      optionalStep(timings, 'index pattern saved', () => saveIndexPattern(barePattern)),
    ])
    return observeUntilStable(() => observeWindow(longWindowSeconds), config.limits.query)
  })
}

/**
 * Installs these versions, and then starts new log emitters and sample pods under a new run id.
 * @param renewed stacks to upgrade even if neither version nor values differ
 */
export const installReleases = async (
  { config, tools, timings, suite }: OnCluster,
  kubernetes: Kubernetes,
  releases: Releases,
  renewed: readonly string[] = [],
): Promise<Pick<Run, 'id' | 'failures'>> => {
  const id = newRunId()
  const cluster = { name: config.cluster, kubeconfig: suite.run.kubeconfig, reused: true }
  const starting = { cluster, kubernetes, nodesReady: Promise.resolve() }
  const installing = { config: withReleases(config, releases), tools, timings, starting, runId: id, renewed }
  return { id, failures: await installStacks(installing) }
}

export const applyNewCrds = async (
  timings: StepTimings,
  kubernetes: Kubernetes,
  crds: readonly string[],
): Promise<readonly Difference[]> => {
  try {
    await timings.step('CRDs applied', () => Promise.all(crds.map((text) => applyCrds(kubernetes, text))))
    return []
  } catch (error) {
    const remedy = 'leave out --apply-crds to see what the upgrade does without them'
    return [findingsAbout('crds-applied', 'crds')('new', 'high', messageOf(error), remedy)]
  }
}

// The operator's changes to monitors and rules would reach Prometheus minutes later. If helm changed only the Prometheus
// custom resource, the operator has yet to start the new Prometheus. If this fails, the claims say why.
export const prometheusReloaded = async (
  { config, timings, to }: Check,
  kubernetes: Kubernetes,
): Promise<void> => {
  const within = config.limits.query
  await optionalStep(timings, 'Prometheus reloaded', async () => {
    await reloadPrometheus(kubernetes, within)
    const waiting = { within, read: namespaceReader(kubernetes), allNodesSince: () => 0 }
    await waitForWorkloads(kubernetes, stackOf('kube-prometheus-stack', to), waiting)
  })
  await removeStamp(kubernetes).catch(() => {})
}

/** @param installed what failed, and the run id of the logs that were written meanwhile */
export const claimsAgain = async (
  check: Check,
  kubernetes: Kubernetes,
  installed: Pick<Run, 'id' | 'failures'>,
) => {
  const { limits, servers } = check.suite.run
  const failed = Object.keys(installed.failures).length > 0
  // Vector may still have had a connection to a pod that was replaced when the upgrade wrote its sample lines.
  const current = failed ? installed : await installReleases(check, kubernetes, check.to)
  // Everything has started by now, so what is missing is unlikely to recover: half the time is enough.
  const began = await readBeginning(servers)
  return check.suite.tryClaims({ ...current, began, limits: { ...limits, query: limits.query / 2 } })
}

export const observeAfter = (
  check: Check,
  kubernetes: Kubernetes,
  prometheus: Prometheus,
  settledAt: number,
): Promise<Observation | string> => {
  const { timings, before } = check
  const within = check.config.limits.query
  const observeWindow = observer(check, kubernetes)
  // Samples from before the reload belong to the old versions.
  const windowSeconds = () => Math.min((Date.now() - settledAt) / 1000, longWindowSeconds)
  return timings.step('observed after', async () => {
    await Promise.all([
      optionalStep(timings, 'rules evaluated', () => rulesEvaluated(prometheus)),
      optionalStep(timings, 'all scraped', () => scrapedSince(prometheus, settledAt, within)),
    ])
    return observeUntilRecovered(before, () => observeWindow(windowSeconds(), before), within)
  })
}
