import type { ClaimOutcome } from '../specs/support/claim.ts'
import { connectKubernetes, type Kubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus, type Prometheus } from '../clients/prometheus.ts'
import type { Config } from '../config/config.ts'
import { endpoints } from '../config/endpoints.ts'
import { newRunId } from '../setup/global.ts'
import { installStacks } from '../setup/install.ts'
import type { StepTimings, Step } from '../lib/steps.ts'
import { messageOf } from '../lib/messages.ts'
import { now } from '../lib/progress.ts'
import { reloadPrometheus, removeStamp } from '../setup/reloadPrometheus.ts'
import { stackOf, type Releases } from '../config/stacks.ts'
import type { Tools } from '../setup/tools.ts'
import { namespaceReader, workloadsReady } from '../diagnosis/workloads.ts'
import type { Suite } from '../specs/support/suite.ts'
import { compareCharts, type ChartChanges } from './charts.ts'
import { claimDifferences, crdDifferences } from './claims.ts'
import { compare } from './compare.ts'
import { applyCrds } from './crds.ts'
import type { Finding } from './findings.ts'
import { groupByRootCause, type Difference } from './rootCauses.ts'
import type { Observation } from './observation.ts'
import { observe } from './observe.ts'
import { allFound, helmRuns, lineCounter, olderData, trafficDifferences, scrapeGaps } from './traffic.ts'
import { startProbes } from './probes.ts'
import type { VersionChange, Traffic } from './result.ts'
import {
  longWindowSeconds,
  rulesEvaluated,
  scrapedSince,
  observeUntilRecovered,
  observeUntilStable,
} from './stability.ts'

type OnCluster = Readonly<{ config: Config; tools: Tools; timings: StepTimings; suite: Suite }>
type Check = OnCluster &
  Readonly<{
    upgrades: readonly VersionChange[]
    from: Releases
    to: Releases
    applyCrds: boolean
    /** The old versions, which are passed. */
    before: Observation
    /** Of the whole run, as they are through. */
    steps: readonly Step[]
  }>

/** What came of the upgrade. */
export type Checked = ChartChanges &
  Readonly<{
    /** Undefined if the new versions could not be observed. */
    after: Observation | undefined
    claims: readonly ClaimOutcome[]
    findings: readonly Finding[]
    traffic: Traffic
  }>

const unobserved = (why: string): Difference => ({
  id: 'observation',
  about: 'observation',
  verdict: 'new',
  severity: 'high',
  sentence: `the new versions could not be observed: ${why}`,
  remedy: 'out/diagnostics/index.md has the evidence',
})

// Where they are not, the step says so, and what is there counts.
const allRulesEvaluated = (timings: StepTimings, prometheus: Prometheus) =>
  timings.step('rules evaluated', () => rulesEvaluated(prometheus)).catch(() => {})

const observer = ({ config, tools, suite }: OnCluster, kubernetes: Kubernetes) => {
  const { kubeconfig } = suite.run
  const helm = { helm: tools.helm, kubeconfig, within: config.limits.command }
  /** @param window seconds that count as now */
  return (window: number) => observe({ kubernetes, helm }, Math.ceil(window))
}

const refusedCrds = (error: unknown): Difference => ({
  id: 'crds-applied',
  about: 'crds',
  verdict: 'new',
  severity: 'high',
  sentence: messageOf(error),
  remedy: 'leave out --apply-crds to see what the upgrade does without them',
})

/** What the old versions do, once the observation is stable. */
export const observeBefore = async (cluster: OnCluster): Promise<Observation> => {
  const { config, timings, suite } = cluster
  const look = observer(cluster, await connectKubernetes(suite.run.kubeconfig))
  return timings.step('observed before', async () => {
    await allRulesEvaluated(timings, connectPrometheus(endpoints.prometheus))
    return observeUntilStable(() => look(longWindowSeconds), config.limits.query)
  })
}

/** Upgrades while probes run, states the claims again, observes again and compares. */
export const checkUpgrade = async (check: Check): Promise<Checked> => {
  const { config, tools, timings, suite, upgrades, from, to, before, steps } = check
  const { kubeconfig, id } = suite.run
  const kubernetes = await connectKubernetes(kubeconfig)
  const opensearch = connectOpenSearch(endpoints.opensearch)
  const prometheus = connectPrometheus(endpoints.prometheus)
  const look = observer(check, kubernetes)
  const install = (releases: Releases, runId: string) => {
    const cluster = { name: config.cluster, kubeconfig, reused: true }
    const starting = { cluster, kubernetes, nodesReady: Promise.resolve() }
    return installStacks({ config: { ...config, releases }, tools, timings, starting, runId })
  }

  const changes = await timings.step('charts compared', () =>
    compareCharts({ config, tools, kubernetes, from, to, applyCrds: check.applyCrds }),
  )
  const [begun, began] = [Date.now() / 1000, now()]
  const older = olderData(opensearch, prometheus, before.takenAt, begun)
  const [documents, series] = await Promise.all([older.documents(), older.series()])
  const endProbes = startProbes()
  const apply = () => Promise.all(changes.crds.map((text) => applyCrds(kubernetes, text)))
  const refused = check.applyCrds
    ? await timings.step('CRDs applied', apply).then(
        () => [],
        (error: unknown) => [refusedCrds(error)],
      )
    : []
  const failures = await timings.step('upgrade', () => install(to, id))
  const failed = Object.keys(failures).length > 0
  // What the operator makes of new monitors and rules would reach Prometheus minutes later; and where helm changes nothing
  // but its custom resource, a new Prometheus is yet to come.
  const waiting = {
    within: config.limits.query,
    read: namespaceReader(kubernetes),
    allNodesSince: () => 0,
  }
  await timings
    .step('Prometheus reloaded', async () => {
      await reloadPrometheus(kubernetes, config.limits.query)
      await workloadsReady(kubernetes, stackOf('kube-prometheus-stack', to), waiting)
    })
    // Where it does not run, the claims tell why.
    .catch(() => {})
  await removeStamp(kubernetes).catch(() => {})
  const settledAt = Date.now()
  const passed = {
    seconds: settledAt / 1000 - begun,
    helm: helmRuns(upgrades, failures, steps, began),
    endpoints: endProbes(),
    gaps: await scrapeGaps(prometheus, begun).catch(messageOf),
  }
  const countLines = await lineCounter(kubernetes, opensearch, id).catch(messageOf)

  const claimsAgain = async () => {
    // New emitters: no line of theirs is older than the new versions.
    const newId = failed ? id : newRunId()
    if (!failed) await install(to, newId)
    const { limits } = suite.run
    // All is up by now, and what does not come back is waited for in vain.
    return suite.tryClaims({ id: newId, failures, limits: { ...limits, query: limits.query / 2 } })
  }
  const linesThenClaims = async () => {
    // First, since the pods of the old emitters go with them. Vector gives up a request that has no answer after 60 s, and
    // sends it again; what is later is counted at the end.
    const within = (config.limits.logs * 2) / 3
    if (typeof countLines !== 'string')
      await timings.step('lines found', () => allFound(countLines, within)).catch(() => {})
    return timings.step('claims again', claimsAgain)
  }
  const allScraped = () =>
    timings
      .step('all scraped', () => scrapedSince(prometheus, settledAt, config.limits.query))
      .catch(() => {})
  // What was before the reload is not now.
  const window = () => Math.min((Date.now() - settledAt) / 1000, longWindowSeconds)
  const [claims, after] = await Promise.all([
    linesThenClaims(),
    timings.step('observed after', async () => {
      await Promise.all([allRulesEvaluated(timings, prometheus), allScraped()])
      return observeUntilRecovered(before, () => look(window()), config.limits.query)
    }),
  ])
  const traffic: Traffic = {
    ...passed,
    lines: typeof countLines === 'string' ? countLines : await countLines().catch(messageOf),
    documents: { before: documents, after: await older.documents().catch(messageOf) },
    series: { before: series, after: await older.series().catch(messageOf) },
  }
  const others = [
    ...trafficDifferences(traffic, changes.manifests),
    ...claimDifferences(claims),
    ...crdDifferences(changes.definitions),
    ...refused,
  ]
  const findings =
    typeof after === 'string'
      ? groupByRootCause([...others, unobserved(after)])
      : compare(before, after, others)
  return {
    ...changes,
    after: typeof after === 'string' ? undefined : after,
    claims,
    findings,
    traffic,
  }
}
