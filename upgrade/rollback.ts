import { connectDashboards } from '../clients/dashboards.ts'
import { apiStatus, connectKubernetes, type Kubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus } from '../clients/prometheus.ts'
import { endpoints } from '../config/endpoints.ts'
import { stackNames, stackOf, type Releases, type Stack, type StackName } from '../config/stacks.ts'
import { namespaceReader, workloadsReady } from '../diagnosis/workloads.ts'
import { GiveUpError, watch } from '../lib/eventually.ts'
import { messageOf } from '../lib/messages.ts'
import { now } from '../lib/progress.ts'
import { isChartStack, rollBackChart } from '../setup/helm.ts'
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
import { explainRefusal, rollbackCause } from './rollbackCauses.ts'
import {
  changedDefinitions,
  judgeRollbacks,
  lostHoldings,
  lostWorking,
  type Attempt,
  type Holdings,
  type Left,
} from './rollbackVerdict.ts'
import { countOlderData } from './traffic.ts'

// The samples of a scrape are stored only once it has ended.
const longestScrapeSeconds = 30

/** Counts what there is to lose, and returns a function that counts what is left. */
const countHoldings = async (): Promise<Readonly<{ had: Holdings; left: () => Promise<Left> }>> => {
  const dashboards = connectDashboards(endpoints.dashboards)
  const titles = async () => (await dashboards.indexPatterns()).map(({ title }) => title)
  const [olderData, patterns] = await Promise.all([
    countOlderData(
      connectOpenSearch(endpoints.opensearch),
      connectPrometheus(endpoints.prometheus),
      new Date().toISOString(),
      Date.now() / 1000 - longestScrapeSeconds,
    ),
    titles(),
  ])
  const { documents, series } = await olderData()
  const had = { documents: documents.before, series: series.before, patterns }
  return {
    had,
    left: async () => {
      const [data, patternsLeft] = await Promise.all([olderData(), titles().catch(messageOf)])
      return { documents: data.documents.after, series: data.series.after, patterns: patternsLeft }
    },
  }
}

const logLines = 400

/** The logs of the pods of a stack that are not ready: of their previous run if there was one. */
const logOfFailing = async ({ core }: Kubernetes, { namespace, workloads }: Stack): Promise<string> => {
  const names = workloads.map((workload) => workload.split('/')[1] ?? '')
  const { items } = await core.listNamespacedPod({ namespace })
  const failing = items.flatMap(({ metadata, status }) =>
    names.some((name) => metadata?.name?.startsWith(`${name}-`))
      ? (status?.containerStatuses ?? [])
          .filter(({ ready }) => !ready)
          .map(({ name, restartCount }) => ({
            name: metadata?.name ?? '',
            container: name,
            previous: restartCount > 0,
          }))
      : [],
  )
  const logs = failing.map((one) =>
    core
      .readNamespacedPodLog({ ...one, namespace, tailLines: logLines })
      // 400 if the container has not started.
      .catch((error: unknown) => (apiStatus(error) === 400 ? '' : messageOf(error))),
  )
  return (await Promise.all(logs)).join('\n')
}

type Outcome = Readonly<{ failure?: Attempt['failure']; seconds: number }>

// Milliseconds between two looks at the logs of pods that are not ready.
const lookEveryMs = 5000

/** Waits for the workloads of a stack, but no longer than until a log says why the old version cannot start. */
const oldVersionReady = async (kubernetes: Kubernetes, stack: Stack, within: number): Promise<void> => {
  // Without this, the crashes count as a rollout under way, which may take minutes.
  const refused = watch(async () => {
    const known = explainRefusal(await logOfFailing(kubernetes, stack).catch(messageOf))
    if (known) throw new GiveUpError(known.cause)
  }, lookEveryMs)
  const readNamespace = namespaceReader(kubernetes)
  const read: typeof readNamespace = (namespace, notBefore) =>
    Promise.race([readNamespace(namespace, notBefore), refused.failed])
  try {
    await workloadsReady(kubernetes, stack, { within, read, allNodesSince: () => 0 })
  } finally {
    refused.stop()
  }
}

/** Rolls one release back, until its workloads are ready. */
const rollBackOne = async (
  { config, tools, timings, suite, from }: Check,
  kubernetes: Kubernetes,
  name: StackName,
  revision: number,
): Promise<Outcome> => {
  const stack = stackOf(name, from)
  if (!isChartStack(stack)) return { seconds: 0 }
  const began = now()
  try {
    await timings.step(`${name}: helm rollback`, async () => {
      await rollBackChart(config, tools, suite.run, stack, revision)
      await oldVersionReady(kubernetes, stack, config.limits.ready)
    })
    return { seconds: now() - began }
  } catch (error) {
    const log = await logOfFailing(kubernetes, stack).catch(messageOf)
    return { failure: rollbackCause(messageOf(error), log), seconds: now() - began }
  }
}

/** Rolls releases back in parallel, each once the stacks that were installed after it are back. */
const rollBackAll = async (
  check: Check,
  kubernetes: Kubernetes,
  revisions: ReadonlyMap<StackName, number>,
): Promise<ReadonlyMap<StackName, Outcome>> => {
  const ends = new Map<StackName, Promise<Outcome>>()
  for (const name of stackNames.toReversed()) {
    const revision = revisions.get(name)
    if (revision === undefined) continue
    const later = [...ends].filter(([other]) => stackOf(other).installAfter.includes(name))
    ends.set(
      name,
      Promise.all(later.map(([, end]) => end)).then(() => rollBackOne(check, kubernetes, name, revision)),
    )
  }
  const done = [...ends].map(async ([name, end]) => [name, await end] as const)
  return new Map(await Promise.all(done))
}

const pick = (releases: Releases, names: readonly StackName[]): Releases =>
  Object.fromEntries(names.map((name) => [name, releases[name]]))

const failureDifference = (stack: string, cause: string): Difference =>
  findingsAbout(`rollback/${stack}`, `helm:${stack}`)('new', 'high', `${stack} does not go back: ${cause}`)

/**
 * Rolls the upgraded releases back, states the claims again, and compares with the observation before the upgrade.
 * A release that does not go back is upgraded again, so that the others can be judged.
 */
export const checkRollback = async (check: Check, checked: Checked): Promise<readonly Rollback[]> => {
  const { timings, suite, upgrades, from, to, before } = check
  const kubernetes = await connectKubernetes(suite.run.kubeconfig)
  const prometheus = connectPrometheus(endpoints.prometheus)
  const { releases } = await observeHelm(helmOf(check))
  const upgraded = stackNames.filter(
    (name) => name in to && (releases[name]?.revision ?? 0) > (before.releases[name]?.revision ?? 0),
  )
  const revisions = new Map(upgraded.map((name) => [name, before.releases[name]?.revision ?? 1]))

  const { had, left } = await countHoldings()
  const outcomes = await timings.step('rollback', () => rollBackAll(check, kubernetes, revisions))
  const failed = upgraded.filter((name) => outcomes.get(name)?.failure !== undefined)
  const back = { ...check, to: { ...from, ...pick(to, failed) } }
  const forward =
    failed.length === 0
      ? {}
      : await timings.step('upgraded again', () => installReleases(back, kubernetes, back.to, suite.run.id))
  await prometheusReloaded(back, kubernetes)
  const settledAt = Date.now()
  // Before the claims, whose manifests and steps create some of it again.
  const lost = lostHoldings(had, await left())
  const [claims, after] = await Promise.all([
    timings.step('claims after the rollback', () => claimsAgain(back, kubernetes, forward)),
    observeAfter(back, kubernetes, prometheus, settledAt),
  ])

  const others = [
    ...claimDifferences(claims, rollbackDiagnosticsFolder),
    ...failed.map((name) => failureDifference(name, outcomes.get(name)?.failure?.cause ?? '')),
  ]
  const findings = typeof after === 'string' ? groupByRootCause(others) : compare(before, after, others)
  const attempts = stackNames.flatMap((stack): readonly Attempt[] => {
    const change = upgrades.find(({ chart }) => chart === stackOf(stack).chart?.name)
    if (!change) return []
    const { failure, seconds = 0 } = outcomes.get(stack) ?? {}
    const revision = revisions.get(stack)
    const own = checked.definitions.filter(({ chart }) => chart === change.chart).map(({ name }) => name)
    return [
      {
        change,
        stack,
        command:
          revision === undefined
            ? undefined
            : `helm -n ${stackOf(stack).namespace} rollback ${stack} ${revision}`,
        ...(failure && { failure }),
        definitions: typeof after === 'string' ? [] : changedDefinitions(own, before, after),
        seconds,
      },
    ]
  })
  const unobserved =
    typeof after === 'string'
      ? [
          {
            stacks: [],
            sentence: `nothing could be compared with before the upgrade: ${after.split('\n', 1)[0]}`,
            remedy: `${rollbackDiagnosticsFolder}/index.md has the evidence`,
          },
        ]
      : []
  // A release that was upgraded again has the regressions of its new version.
  const known = new Set(
    failed.length === 0
      ? []
      : [...failed.map((name) => `rollback/${name}`), ...checked.findings.map(({ id }) => id)],
  )
  return judgeRollbacks(attempts, [...lost, ...lostWorking(findings, known), ...unobserved])
}
