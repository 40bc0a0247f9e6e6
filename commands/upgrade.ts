import { loadConfigOrExit } from '../config/config.ts'
import { unlessInterrupted } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import { onStep, startStepTimings, type Step } from '../lib/steps.ts'
import { collectDiagnostics, diagnosticsFolder } from '../report/diagnostics.ts'
import { showProgress } from '../report/live.ts'
import { findToolsOrExit } from '../setup/tools.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { startSuite, type Suite } from '../specs/support/suite.ts'
import { UsageError } from '../upgrade/arguments.ts'
import { checkUpgrade, type Checked } from '../upgrade/check.ts'
import { observeBefore } from '../upgrade/checkSteps.ts'
import { freshDiagnosticsFolder, freshDifferences } from '../upgrade/claims.ts'
import { acceptExpected, ExpectedError } from '../upgrade/expected.ts'
import type { Observation } from '../upgrade/observation.ts'
import { readQuestion } from '../upgrade/question.ts'
import { describeUpgrade } from '../upgrade/report.ts'
import { hasRegressions, type UpgradeResult } from '../upgrade/result.ts'
import { groupByRootCause } from '../upgrade/rootCauses.ts'
import { notCheckedIn } from '../upgrade/uncovered.ts'
import { writeUpgrade } from '../upgrade/write.ts'

const print = (line: string) => console.log(line)
const exitOnUsageError = (error: unknown): never => {
  if (!(error instanceof UsageError || error instanceof ExpectedError)) throw error
  console.error(`${error.message}\nnothing was created`)
  process.exit(2)
}

showProgress(print)
const config = loadConfigOrExit(process.env)
const tools = await findToolsOrExit(config, print)
const question = await readQuestion(config, tools, process.argv.slice(2)).catch(exitOnUsageError)
const { upgrades, from, to, newestAlready } = question
if (newestAlready.length > 0) print(`already on the newest version: ${newestAlready.join(', ')}`)
if (upgrades.length === 0) process.exit(0)

const steps: Step[] = []
onStep((step) => steps.push(step))
const timings = startStepTimings(print)
const evidence: string[] = []

const inconclusive = (error: unknown) =>
  `${messageOf(error)}\nremedy: see the evidence, and run the check again`

/** The claims on the old versions, and their observation or why there is none. */
const checkOldVersions = (suite: Suite): Promise<[readonly ClaimOutcome[], Observation | string]> => {
  const isInstalled = Object.keys(suite.run.failures).length === 0
  return Promise.all([
    suite.tryClaims(),
    isInstalled
      ? observeBefore({ config, tools, timings, suite }).catch(inconclusive)
      : 'not every stack was installed',
  ])
}

/** The result of the check, or why nothing can be concluded. */
const checkNewVersions = async (
  suite: Suite,
  claims: readonly ClaimOutcome[],
  before: Observation | string,
): Promise<Checked | string> => {
  const failing = claims.filter(({ verdict }) => verdict !== 'holds').length
  if (failing > 0) {
    const start = upgrades.map((upgrade) => `${upgrade.chart} ${upgrade.from}`).join(', ')
    return (
      `with ${start}, ${failing} of ${claims.length} claims do not hold\n` +
      'remedy: fix the claims below, or choose a start that passes with --from <chart>@<version>'
    )
  }
  if (typeof before === 'string') return before
  return checkUpgrade({ ...question, config, tools, timings, suite, before, steps }).catch(inconclusive)
}

/** Collects evidence if something is worse on the cluster, then deletes the cluster. */
const close = async (
  suite: Suite,
  outcomes: readonly ClaimOutcome[],
  folder: string,
  isWorse: boolean,
): Promise<void> => {
  const collect = () =>
    collectDiagnostics({ config, folder, versions: {}, outcomes, errors: [], within: 60_000 })
  if (isWorse) evidence.push(await unlessInterrupted(timings.step('evidence', collect)))
  await unlessInterrupted(suite.close())
}

/** The claims on the new versions, installed on an empty cluster. */
const checkFreshInstall = async (): Promise<readonly ClaimOutcome[]> => {
  const suite = await unlessInterrupted(startSuite({ ...config, releases: to }))
  const claims = await unlessInterrupted(suite.tryClaims())
  await close(suite, claims, freshDiagnosticsFolder, freshDifferences(claims).length > 0)
  return claims
}

const suite = await unlessInterrupted(startSuite({ ...config, releases: from }, [to]))
const [claimsBefore, before] = await unlessInterrupted(checkOldVersions(suite))
const outcome = await unlessInterrupted(checkNewVersions(suite, claimsBefore, before))
const [checked, invalid] = typeof outcome === 'string' ? [undefined, outcome] : [outcome, undefined]
const isWorse = checked === undefined || hasRegressions(checked)
await close(suite, checked?.claims ?? claimsBefore, diagnosticsFolder, isWorse)
const freshClaims = checked && question.fresh ? await checkFreshInstall() : undefined

const findings = [...(checked?.findings ?? []), ...groupByRootCause(freshDifferences(freshClaims ?? []))]
const result: UpgradeResult = {
  upgrades,
  ...(invalid === undefined ? {} : { invalid }),
  claims: {
    before: claimsBefore,
    ...(checked ? { after: checked.claims } : {}),
    ...(freshClaims ? { fresh: freshClaims } : {}),
  },
  ...acceptExpected(findings, question.expected),
  ...(checked
    ? { traffic: checked.traffic, notChecked: notCheckedIn({ ...checked, stacks: config.stacks }) }
    : {}),
  manifests: checked?.manifests ?? [],
  definitions: checked?.definitions ?? [],
  steps,
  finishedAt: new Date().toISOString(),
}
await writeUpgrade(
  result,
  { before: typeof before === 'string' ? undefined : before, after: checked?.after },
  process.env['GITHUB_STEP_SUMMARY'],
)
print(`\n${describeUpgrade(result)}`)
for (const path of evidence) print(`evidence:  ${path}`)
process.exit(invalid !== undefined ? 3 : hasRegressions(result) ? 1 : 0)
