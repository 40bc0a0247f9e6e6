import { connectKubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus } from '../clients/prometheus.ts'
import { serverIn } from '../config/endpoints.ts'
import { messageOf } from '../lib/messages.ts'
import { now } from '../lib/progress.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { compareCharts, type ChartChanges } from './charts.ts'
import {
  applyNewCrds,
  claimsAgain,
  installReleases,
  observeAfter,
  optionalStep,
  prometheusReloaded,
  type Check,
} from './checkSteps.ts'
import { claimDifferences, crdDifferences } from './claims.ts'
import { compare } from './compare.ts'
import type { Finding } from './findings.ts'
import { lineCounter, linesFound, linesPerSecond, linesSettled } from './lines.ts'
import type { Observation } from './observation.ts'
import { watchDrops } from './drops.ts'
import { startProbes } from './probes.ts'
import type { Traffic } from './result.ts'
import { findingsAbout, groupByRootCause } from './rootCauses.ts'
import { countOlderData, helmRuns, scrapeGaps, trafficDifferences } from './traffic.ts'

export type Checked = ChartChanges &
  Readonly<{
    /** Undefined if the new versions could not be observed. */
    after: Observation | undefined
    claims: readonly ClaimOutcome[]
    findings: readonly Finding[]
    traffic: Traffic
  }>

/** Upgrades while probes run, tries the claims again, observes again and compares. */
export const checkUpgrade = async (check: Check): Promise<Checked> => {
  const { config, timings, suite, upgrades, to, before, steps } = check
  const kubernetes = await connectKubernetes(suite.run.kubeconfig)
  const { servers } = suite.run
  const opensearch = connectOpenSearch(serverIn(servers, 'opensearch'))
  const prometheus = connectPrometheus(serverIn(servers, 'prometheus'))

  const changes = await timings.step('charts compared', () => compareCharts({ ...check, kubernetes }))
  const beganAt = Date.now() / 1000
  const beganAfter = now()
  const olderData = await countOlderData(opensearch, prometheus, before.takenAt, beganAt)
  const lineSource = { kubernetes, opensearch, runId: suite.run.id, timeField: 'event.ingested' } as const
  const baseline = await linesSettled(lineSource, linesPerSecond, config.limits.logs).catch(messageOf)
  const endProbes = startProbes(servers)
  const endDrops = watchDrops(kubernetes, suite.run.components, servers)
  const refused = check.applyCrds ? await applyNewCrds(timings, kubernetes, changes.crds) : []
  // An upgrade to the same version with the same values is asked for on purpose, so it must not be skipped.
  const installed = await timings.step('upgrade', () =>
    installReleases(check, kubernetes, to, Object.keys(to)),
  )
  await prometheusReloaded(check, kubernetes)
  const settledAt = Date.now()
  const duringUpgrade = {
    seconds: settledAt / 1000 - beganAt,
    helm: helmRuns(upgrades, installed.failures, steps, beganAfter),
    endpoints: endProbes(),
    gaps: await scrapeGaps(prometheus, beganAt).catch(messageOf),
  }

  const countLines =
    typeof baseline === 'string' ? baseline : await lineCounter(lineSource, baseline).catch(messageOf)
  const allFound = async () => {
    if (typeof countLines === 'string') return
    // Vector sends a request again after request.timeout_secs without an answer, 60 s by default. Later lines are counted
    // at the end.
    const within = (config.limits.logs * 2) / 3
    await optionalStep(timings, 'lines found', () => linesFound(countLines, within))
  }
  const [claims, after] = await Promise.all([
    // In this order: a Vector that still sends what it held would delay the new sample lines.
    allFound().then(() => timings.step('claims again', () => claimsAgain(check, kubernetes, installed))),
    observeAfter(check, kubernetes, prometheus, settledAt),
  ])
  const traffic: Traffic = {
    ...duringUpgrade,
    lines: typeof countLines === 'string' ? countLines : await countLines().catch(messageOf),
    drops: await endDrops(),
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
