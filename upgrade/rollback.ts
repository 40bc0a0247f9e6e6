import { connectDashboards } from '../clients/dashboards.ts'
import { connectKubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus } from '../clients/prometheus.ts'
import { serverIn, type Servers } from '../config/endpoints.ts'
import { stackNames, stackOf, type Releases, type StackName } from '../config/stacks.ts'
import { eventually } from '../lib/eventually.ts'
import { firstLine, messageOf } from '../lib/messages.ts'
import type { Checked } from './check.ts'
import {
  claimsAgain,
  helmOf,
  installReleases,
  observeAfter,
  prometheusReloaded,
  type Check,
} from './checkSteps.ts'
import { claimDifferences, rollbackDiagnosticsFolder } from './claims.ts'
import { compare } from './compare.ts'
import { observeHelm } from './facts/helm.ts'
import type { Rollback } from './result.ts'
import { findingsAbout, groupByRootCause, type Difference } from './rootCauses.ts'
import { rollBackAll } from './rollbackSteps.ts'
import {
  changedDefinitions,
  judgeRollbacks,
  lostHoldings,
  lostWorking,
  type Attempt,
} from './rollbackVerdict.ts'
import { countOlderData } from './traffic.ts'

// Prometheus stores the samples of a scrape only once it has ended.
const longestScrapeSeconds = 30

/** Counts what the rollback may lose, and returns functions that count what is left of it. */
const countHoldings = async (servers: Servers, within: number) => {
  const dashboards = connectDashboards(serverIn(servers, 'dashboards'))
  const titles = async () => (await dashboards.indexPatterns()).map(({ title }) => title)
  const olderData = countOlderData(
    connectOpenSearch(serverIn(servers, 'opensearch')),
    connectPrometheus(serverIn(servers, 'prometheus')),
    new Date().toISOString(),
    Date.now() / 1000 - longestScrapeSeconds,
  )
  // A server may not answer after a failed upgrade. What cannot be counted now does not count as lost later.
  const count = await olderData.catch(() => undefined)
  const [data, patterns] = await Promise.all([count?.(), titles().catch(() => [])])
  return {
    had: { documents: data?.documents.before ?? 0, series: data?.series.before ?? 0, patterns },
    patternsLeft: () =>
      eventually('OpenSearch Dashboards lists its index patterns', titles, { within }).catch(messageOf),
    dataLeft: async () => {
      const after = await count?.()
      return { documents: after?.documents.after ?? 0, series: after?.series.after ?? 0 }
    },
  }
}

const pick = (releases: Releases, names: readonly StackName[]): Releases =>
  Object.fromEntries(names.map((name) => [name, releases[name]]))

const commandFor = (stack: StackName, revision: number | undefined): string | undefined =>
  revision === undefined ? undefined : `helm -n ${stackOf(stack).namespace} rollback ${stack} ${revision}`

const failureDifference = (stack: string, cause: string): Difference =>
  findingsAbout(`rollback/${stack}`, `helm:${stack}`)('new', 'high', `${stack} does not go back: ${cause}`)

/**
 * Rolls the upgraded releases back, checks the claims again, and compares with the observation from before the upgrade.
 * A release that does not go back is upgraded again, so that the others can be judged.
 */
export const checkRollback = async (check: Check, checked: Checked): Promise<readonly Rollback[]> => {
  const { config, timings, suite, upgrades, from, to, before } = check
  const kubernetes = await connectKubernetes(suite.run.kubeconfig)
  const { servers } = suite.run
  const prometheus = connectPrometheus(serverIn(servers, 'prometheus'))
  const { releases } = await observeHelm(helmOf(check))
  const upgraded = stackNames.filter(
    (name) => name in to && (releases[name]?.revision ?? 0) > (before.releases[name]?.revision ?? 0),
  )
  const revisions = new Map(upgraded.map((name) => [name, before.releases[name]?.revision ?? 1]))

  const { had, patternsLeft, dataLeft } = await countHoldings(servers, config.limits.query)
  const outcomes = await timings.step('rollback', () => rollBackAll(check, kubernetes, revisions))
  const failed = upgraded.filter((name) => outcomes.get(name)?.failure !== undefined)
  const back = { ...check, to: { ...from, ...pick(to, failed) } }
  const forward =
    failed.length > 0
      ? await timings.step('upgraded again', () => installReleases(back, kubernetes, back.to))
      : { id: suite.run.id, failures: {} }
  await prometheusReloaded(back, kubernetes)
  const settledAt = Date.now()
  // Before the logs are renewed for the claims, which creates the index pattern again.
  const patterns = await patternsLeft()
  const [claims, after] = await Promise.all([
    timings.step('claims after the rollback', () => claimsAgain(back, kubernetes, forward)),
    observeAfter(back, kubernetes, prometheus, settledAt),
  ])
  // Counted last, because a node that has just started may not have opened all its shards yet.
  const lost = lostHoldings(had, { ...(await dataLeft()), patterns })

  const others = [
    ...claimDifferences(claims, rollbackDiagnosticsFolder),
    ...failed.map((name) => failureDifference(name, outcomes.get(name)?.failure?.cause ?? '')),
  ]
  const findings = typeof after === 'string' ? groupByRootCause(others) : compare(before, after, others)
  const attempts = stackNames.flatMap((stack): readonly Attempt[] => {
    const change = upgrades.find(({ chart }) => chart === stackOf(stack).chart?.name)
    if (!change) return []
    const own = checked.definitions.filter(({ chart }) => chart === change.chart).map(({ name }) => name)
    const definitions = typeof after === 'string' ? [] : changedDefinitions(own, before, after)
    const outcome = outcomes.get(stack) ?? { seconds: 0 }
    return [{ change, stack, command: commandFor(stack, revisions.get(stack)), definitions, ...outcome }]
  })
  const unobserved =
    typeof after === 'string'
      ? [
          {
            stacks: [],
            sentence: `the state after the rollback could not be compared with the one before the upgrade: ${firstLine(after)}`,
            remedy: `see the evidence in ${rollbackDiagnosticsFolder}/index.md`,
          },
        ]
      : []
  // A release that was upgraded again has the regressions of its new version, not of the rollback.
  const known = new Set(
    failed.length === 0
      ? []
      : [...failed.map((name) => `rollback/${name}`), ...checked.findings.map(({ id }) => id)],
  )
  return judgeRollbacks(attempts, [...lost, ...lostWorking(findings, known), ...unobserved])
}
