import { connectKubernetes } from '../clients/kubernetes.ts'
import type { Config } from '../config/config.ts'
import { overlayName } from '../config/overlayFolder.ts'
import type { Releases } from '../config/stacks.ts'
import { unlessInterrupted } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import type { Step, StepTimings } from '../lib/steps.ts'
import { collectDiagnostics, diagnosticsFolder } from '../report/diagnostics.ts'
import { nodeCount } from '../setup/cluster.ts'
import { startWriters } from '../setup/logWriters.ts'
import type { Tools } from '../setup/tools.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { startSuite, type Suite } from '../specs/support/suite.ts'
import { checkUpgrade, type Checked } from './check.ts'
import { observeBefore, optionalStep } from './checkSteps.ts'
import { linesPerSecond } from './lines.ts'
import { freshDiagnosticsFolder, freshDifferences, rollbackDiagnosticsFolder } from './claims.ts'
import { acceptExpected } from './expected.ts'
import type { Observation } from './observation.ts'
import type { Question } from './question.ts'
import { hasRegressions, type Rollback, type UpgradeResult } from './result.ts'
import { checkRollback } from './rollback.ts'
import { notTried } from './rollbackVerdict.ts'
import { withReleases } from './releases.ts'
import { groupByRootCause } from './rootCauses.ts'
import { notCheckedIn } from './uncovered.ts'

type Setting = Readonly<{
  config: Config
  tools: Tools
  timings: StepTimings
  /** All finished steps of the process; the list grows while the check runs. */
  steps: readonly Step[]
  question: Question
  /** Other versions that this process will upgrade to, on later clusters. */
  later?: readonly Releases[]
  /** Collects no evidence. */
  isTrial?: boolean
}>

export type UpgradeRun = Readonly<{
  result: UpgradeResult
  before: Observation | undefined
  after: Observation | undefined
  /** Paths of what was collected before the clusters were deleted. */
  evidence: readonly string[]
}>

const inconclusive = (error: unknown) =>
  `${messageOf(error)}\nremedy: see the evidence, and run the check again`

/** Starts the writers whose lines are counted. Without them, the report says that lines were not counted. */
const startCountedWriters = async ({ config, timings }: Setting, { run }: Suite): Promise<void> => {
  const kubernetes = await connectKubernetes(run.kubeconfig)
  const nodes = await nodeCount()
  await optionalStep(timings, 'log writers', () =>
    startWriters(kubernetes, run.id, linesPerSecond, nodes, config.limits.query),
  )
}

/** The claims on the old versions, and an observation of them or why there is none. */
const checkOldVersions = async (
  setting: Setting,
  suite: Suite,
): Promise<[readonly ClaimOutcome[], Observation | string]> => {
  const { config, tools, timings } = setting
  const isInstalled = Object.keys(suite.run.failures).length === 0
  if (isInstalled) await startCountedWriters(setting, suite)
  return Promise.all([
    suite.tryClaims(),
    isInstalled
      ? observeBefore({ config, tools, timings, suite }).catch(inconclusive)
      : 'not every stack was installed',
  ])
}

/** The result of the check, or why nothing can be concluded. */
const checkNewVersions = async (
  { question, ...setting }: Setting,
  suite: Suite,
  claims: readonly ClaimOutcome[],
  before: Observation | string,
): Promise<Checked | string> => {
  const failing = claims.filter(({ verdict }) => verdict === 'broken').length
  if (failing > 0) {
    const start = question.upgrades.map((upgrade) => `${upgrade.chart} ${upgrade.from}`).join(', ')
    return (
      `with ${start}, ${failing} of ${claims.length} claims do not hold\n` +
      'remedy: fix the claims below, or choose a start that passes with --from <chart>@<version>'
    )
  }
  if (typeof before === 'string') return before
  return checkUpgrade({ ...question, ...setting, suite, before }).catch(inconclusive)
}

const tryRollback = (
  { question, ...setting }: Setting,
  suite: Suite,
  before: Observation,
  checked: Checked,
): Promise<readonly Rollback[]> =>
  checkRollback({ ...question, ...setting, suite, before }, checked).catch((error: unknown) =>
    question.upgrades.map((change) =>
      notTried(
        change,
        messageOf(error),
        'fix the regressions of the upgrade first: the rollback needs a cluster that answers',
      ),
    ),
  )

const collectEvidence = (
  { config, timings }: Setting,
  cluster: Suite['run'],
  outcomes: readonly ClaimOutcome[],
  folder: string,
): Promise<string> => {
  const collect = () =>
    collectDiagnostics({ config, cluster, folder, versions: {}, outcomes, errors: [], within: 60_000 })
  return unlessInterrupted(timings.step('evidence', collect))
}

/** The claims on the new versions, installed on an empty cluster, and the evidence if some do not hold. */
const checkFreshInstall = async (
  setting: Setting,
): Promise<Readonly<{ claims: readonly ClaimOutcome[]; evidence: readonly string[] }>> => {
  const suite = await unlessInterrupted(startSuite(withReleases(setting.config, setting.question.to)))
  const claims = await unlessInterrupted(suite.tryClaims())
  const isWorse = freshDifferences(claims).length > 0
  const evidence = isWorse ? [await collectEvidence(setting, suite.run, claims, freshDiagnosticsFolder)] : []
  await unlessInterrupted(suite.close())
  return { claims, evidence }
}

/** Answers the question on a new cluster, and with --fresh on a second one. Collects evidence if something is worse. */
export const runUpgrade = async (setting: Setting): Promise<UpgradeRun> => {
  const { config, question, steps, later = [], isTrial = false } = setting
  const { upgrades, from, to } = question
  const suite = await unlessInterrupted(startSuite(withReleases(config, from), [to, ...later]))
  const [claimsBefore, before] = await unlessInterrupted(checkOldVersions(setting, suite))
  const outcome = await unlessInterrupted(checkNewVersions(setting, suite, claimsBefore, before))
  const [checked, invalid] = typeof outcome === 'string' ? [undefined, outcome] : [outcome, undefined]

  const isWorse = checked === undefined || hasRegressions(checked)
  const evidence =
    isWorse && !isTrial
      ? [await collectEvidence(setting, suite.run, checked?.claims ?? claimsBefore, diagnosticsFolder)]
      : []
  const rollbacks =
    question.rollback && checked && typeof before !== 'string'
      ? await unlessInterrupted(tryRollback(setting, suite, before, checked))
      : undefined
  const isStuck = rollbacks?.some(({ verdict }) => verdict !== 'goes back') ?? false
  const rollbackEvidence = isStuck
    ? [await collectEvidence(setting, suite.run, [], rollbackDiagnosticsFolder)]
    : []
  await unlessInterrupted(suite.close())
  const fresh = checked && question.fresh ? await checkFreshInstall(setting) : undefined

  const findings = [...(checked?.findings ?? []), ...groupByRootCause(freshDifferences(fresh?.claims ?? []))]
  return {
    result: {
      upgrades,
      ...(config.overlay && { overlay: overlayName(config.overlay) }),
      ...(invalid === undefined ? {} : { invalid }),
      claims: {
        before: claimsBefore,
        ...(checked ? { after: checked.claims } : {}),
        ...(fresh ? { fresh: fresh.claims } : {}),
      },
      ...acceptExpected(findings, question.expected),
      ...(checked
        ? {
            traffic: checked.traffic,
            notChecked: notCheckedIn({ ...checked, stacks: config.stacks }),
          }
        : {}),
      manifests: checked?.manifests ?? [],
      definitions: checked?.definitions ?? [],
      ...(rollbacks ? { rollbacks } : {}),
      steps,
      finishedAt: new Date().toISOString(),
    },
    before: typeof before === 'string' ? undefined : before,
    after: checked?.after,
    evidence: [...evidence, ...rollbackEvidence, ...(fresh?.evidence ?? [])],
  }
}
