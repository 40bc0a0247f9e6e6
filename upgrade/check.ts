import { connectKubernetes, type Kubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus, type Prometheus } from '../clients/prometheus.ts'
import type { Config } from '../config/config.ts'
import { endpoints } from '../config/endpoints.ts'
import { stackOf, type Releases } from '../config/stacks.ts'
import { namespaceReader, workloadsReady } from '../diagnosis/workloads.ts'
import { messageOf } from '../lib/messages.ts'
import { now } from '../lib/progress.ts'
import type { Step, StepTimings } from '../lib/steps.ts'
import { newRunId } from '../setup/global.ts'
import { installStacks, type Failures } from '../setup/install.ts'
import { reloadPrometheus, removeStamp } from '../setup/reloadPrometheus.ts'
import type { Tools } from '../setup/tools.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { Suite } from '../specs/support/suite.ts'
import { compareCharts, type ChartChanges } from './charts.ts'
import { claimDifferences, crdDifferences } from './claims.ts'
import { compare } from './compare.ts'
import { applyCrds } from './crds.ts'
import type { Finding } from './findings.ts'
import type { Observation } from './observation.ts'
import { observe } from './observe.ts'
import { startProbes } from './probes.ts'
import type { Traffic } from './result.ts'
import type { UpgradeReleases } from './releases.ts'
import { findingsAbout, groupByRootCause, type Difference } from './rootCauses.ts'
import {
  longWindowSeconds,
  observeUntilRecovered,
  observeUntilStable,
  rulesEvaluated,
  scrapedSince,
} from './stability.ts'
import { allFound, countOlderData, helmRuns, lineCounter, scrapeGaps, trafficDifferences } from './traffic.ts'

type OnCluster = Readonly<{ config: Config; tools: Tools; timings: StepTimings; suite: Suite }>
type Check = OnCluster &
  UpgradeReleases &
  Readonly<{
    applyCrds: boolean
    /** The observation of the old versions. */
    before: Observation
    /** All finished steps of the run; it grows while the check runs. */
    steps: readonly Step[]
  }>

export type Checked = ChartChanges &
  Readonly<{
    /** Undefined if the new versions could not be observed. */
    after: Observation | undefined
    claims: readonly ClaimOutcome[]
    findings: readonly Finding[]
    traffic: Traffic
  }>

/** A step whose failure does not end the check: the step's line says so, and the observation counts as it is. */
const optionalStep = (timings: StepTimings, name: string, work: () => Promise<unknown>): Promise<void> =>
  timings.step(name, work).then(
    () => {},
    () => {},
  )

const observer = ({ config, tools, suite }: OnCluster, kubernetes: Kubernetes) => {
  const { kubeconfig } = suite.run
  const helm = { helm: tools.helm, kubeconfig, within: config.limits.command }
  return (windowSeconds: number) => observe({ kubernetes, helm }, Math.ceil(windowSeconds))
}

/** Observes the old versions until nothing new appears. */
export const observeBefore = async (cluster: OnCluster): Promise<Observation> => {
  const { config, timings, suite } = cluster
  const observeWindow = observer(cluster, await connectKubernetes(suite.run.kubeconfig))
  return timings.step('observed before', async () => {
    const prometheus = connectPrometheus(endpoints.prometheus)
    await optionalStep(timings, 'rules evaluated', () => rulesEvaluated(prometheus))
    return observeUntilStable(() => observeWindow(longWindowSeconds), config.limits.query)
  })
}

const installReleases = (
  { config, tools, timings, suite }: OnCluster,
  kubernetes: Kubernetes,
  releases: Releases,
  runId: string,
): Promise<Failures> => {
  const cluster = { name: config.cluster, kubeconfig: suite.run.kubeconfig, reused: true }
  const starting = { cluster, kubernetes, nodesReady: Promise.resolve() }
  return installStacks({ config: { ...config, releases }, tools, timings, starting, runId })
}

const applyNewCrds = async (
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
const prometheusReloaded = async ({ config, timings, to }: Check, kubernetes: Kubernetes): Promise<void> => {
  const within = config.limits.query
  await optionalStep(timings, 'Prometheus reloaded', async () => {
    await reloadPrometheus(kubernetes, within)
    const waiting = { within, read: namespaceReader(kubernetes), allNodesSince: () => 0 }
    await workloadsReady(kubernetes, stackOf('kube-prometheus-stack', to), waiting)
  })
  await removeStamp(kubernetes).catch(() => {})
}

const claimsAgain = async (check: Check, kubernetes: Kubernetes, failures: Failures) => {
  const { id, limits } = check.suite.run
  const failed = Object.keys(failures).length > 0
  // A new id means new emitters, so every log line of this run passed through the new versions.
  const newId = failed ? id : newRunId()
  if (!failed) await installReleases(check, kubernetes, check.to, newId)
  // Everything has started by now, so what is missing is unlikely to recover: half the time is enough.
  return check.suite.tryClaims({ id: newId, failures, limits: { ...limits, query: limits.query / 2 } })
}

const observeAfter = (
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
    return observeUntilRecovered(before, () => observeWindow(windowSeconds()), within)
  })
}

/** Upgrades while probes run, tries the claims again, observes again and compares. */
export const checkUpgrade = async (check: Check): Promise<Checked> => {
  const { config, timings, suite, upgrades, to, before, steps } = check
  const kubernetes = await connectKubernetes(suite.run.kubeconfig)
  const opensearch = connectOpenSearch(endpoints.opensearch)
  const prometheus = connectPrometheus(endpoints.prometheus)

  const changes = await timings.step('charts compared', () => compareCharts({ ...check, kubernetes }))
  const beganAt = Date.now() / 1000
  const beganAfter = now()
  const olderData = await countOlderData(opensearch, prometheus, before.takenAt, beganAt)
  const endProbes = startProbes()
  const refused = check.applyCrds ? await applyNewCrds(timings, kubernetes, changes.crds) : []
  const failures = await timings.step('upgrade', () => installReleases(check, kubernetes, to, suite.run.id))
  await prometheusReloaded(check, kubernetes)
  const settledAt = Date.now()
  const duringUpgrade = {
    seconds: settledAt / 1000 - beganAt,
    helm: helmRuns(upgrades, failures, steps, beganAfter),
    endpoints: endProbes(),
    gaps: await scrapeGaps(prometheus, beganAt).catch(messageOf),
  }

  const countLines = await lineCounter(kubernetes, opensearch, suite.run.id).catch(messageOf)
  const linesFound = async () => {
    if (typeof countLines === 'string') return
    // Vector sends a request again if it has had no answer for 60 s. Later lines are counted at the end.
    const within = (config.limits.logs * 2) / 3
    await optionalStep(timings, 'lines found', () => allFound(countLines, within))
  }
  const [claims, after] = await Promise.all([
    // In this order, because the claims replace the pods of the old emitters.
    linesFound().then(() => timings.step('claims again', () => claimsAgain(check, kubernetes, failures))),
    observeAfter(check, kubernetes, prometheus, settledAt),
  ])
  const traffic: Traffic = {
    ...duringUpgrade,
    lines: typeof countLines === 'string' ? countLines : await countLines().catch(messageOf),
    ...(await olderData()),
  }
  const others = [
    ...trafficDifferences(traffic, changes.manifests),
    ...claimDifferences(claims),
    ...crdDifferences(changes.definitions),
    ...refused,
  ]
  const unobserved = findingsAbout('observation', 'observation')
  return typeof after === 'string'
    ? {
        ...changes,
        after: undefined,
        claims,
        findings: groupByRootCause([
          ...others,
          unobserved(
            'new',
            'high',
            `the new versions could not be observed: ${after}`,
            'out/diagnostics/index.md has the evidence',
          ),
        ]),
        traffic,
      }
    : { ...changes, after, claims, findings: compare(before, after, others), traffic }
}
