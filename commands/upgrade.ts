import { collectDiagnostics, diagnosticsFolder } from '../report/diagnostics.ts'
import { showProgress } from '../report/live.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { nodeContainers } from '../setup/cluster.ts'
import { cleanCommand, loadConfigOrExit } from '../config/config.ts'
import { unlessInterrupted } from '../lib/interrupt.ts'
import { onStep, startStepTimings, type Step } from '../lib/steps.ts'
import { messageOf } from '../lib/messages.ts'
import { stackNames } from '../config/stacks.ts'
import { findToolsOrExit } from '../setup/tools.ts'
import { startSuite, type Suite } from '../specs/support/suite.ts'
import { checkUpgrade, observeBefore } from '../upgrade/check.ts'
import { freshDiagnosticsFolder, freshDifferences } from '../upgrade/claims.ts'
import { acceptExpected, ExpectedError, readExpected } from '../upgrade/expected.ts'
import { groupByRootCause } from '../upgrade/rootCauses.ts'
import { describeUpgrade } from '../upgrade/report.ts'
import { hasRegressions, type UpgradeResult } from '../upgrade/result.ts'
import { releasesOf } from '../upgrade/releases.ts'
import { parseUpgradeArguments, UsageError } from '../upgrade/arguments.ts'
import { resolveVersions } from '../upgrade/versions.ts'
import { writeUpgrade } from '../upgrade/write.ts'

const print = (line: string) => console.log(line)
const usage = (problem: string): never => {
  console.error(`${problem}\nnothing was created`)
  process.exit(2)
}

showProgress(print)
const config = loadConfigOrExit(process.env)
const tools = await findToolsOrExit(config.limits, print)
/** Everything that can be wrong with the question, before anything is created. */
const readQuestion = async () => {
  const asked = parseUpgradeArguments(process.argv.slice(2))
  if (config.stacks.length < stackNames.length)
    throw new UsageError('an upgrade is checked with all stacks: E2E_STACKS must not be set')
  if (config.keep && asked.fresh)
    throw new UsageError('--fresh makes a second cluster in place of the first: E2E_KEEP must not be set')
  const expected = await readExpected()
  const upgrades = await resolveVersions(config, tools, asked)
  const still = Object.keys(asked.to).filter((chart) => !(chart in upgrades.to))
  if (still.length > 0) print(`on the newest version already: ${still.join(', ')}`)
  if (Object.keys(upgrades.to).length === 0) process.exit(0)
  if ((await nodeContainers(config.cluster, config.limits.command)).length > 0)
    throw new UsageError(
      `cluster ${config.cluster} already exists, but the old versions need an empty one: ${cleanCommand(config.cluster)}`,
    )
  return { ...upgrades, ...releasesOf(upgrades), expected }
}
const { upgrades, from, to, fresh, applyCrds, expected } = await readQuestion().catch((error: unknown) => {
  if (error instanceof UsageError || error instanceof ExpectedError) return usage(error.message)
  throw error
})

const steps: Step[] = []
onStep((step) => steps.push(step))
const timings = startStepTimings(print)

const suite = await unlessInterrupted(startSuite({ ...config, releases: from }))
const inVain = (error: unknown) => `${messageOf(error)}\nremedy: see the evidence, and run the check again`
// Side by side, since both wait for time to pass; where a stack did not come up there is nothing to observe.
const isUp = Object.keys(suite.run.failures).length === 0
const [before, observed] = await unlessInterrupted(
  Promise.all([
    suite.tryClaims(),
    isUp ? observeBefore({ config, tools, timings, suite }).catch(inVain) : 'not every stack came up',
  ]),
)
/** What came of the check, or why nothing can be concluded. */
const check = async () => {
  const failing = before.filter(({ verdict }) => verdict !== 'holds').length
  if (failing > 0) {
    const start = upgrades.map((upgrade) => `${upgrade.chart} ${upgrade.from}`).join(', ')
    return (
      `with ${start}, ${failing} of ${before.length} claims do not hold\n` +
      'remedy: fix the claims below, or choose a start that passes with --from <chart>@<version>'
    )
  }
  if (typeof observed === 'string') return observed
  const question = { upgrades, from, to, applyCrds, before: observed }
  return checkUpgrade({ config, tools, timings, suite, ...question, steps }).catch(inVain)
}
const outcome = await unlessInterrupted(check())
const [invalid, checked] = typeof outcome === 'string' ? [outcome] : [undefined, outcome]
const evidence: string[] = []
/** The last of a cluster: its evidence, where something is worse on it, and then it is deleted. */
const finish = async (
  { close }: Suite,
  outcomes: readonly ClaimOutcome[],
  folder: string,
  isWorse: boolean,
) => {
  const collect = () =>
    collectDiagnostics({ config, folder, versions: {}, outcomes, errors: [], within: 60_000 })
  if (isWorse) evidence.push(await unlessInterrupted(timings.step('evidence', collect)))
  await unlessInterrupted(close())
}
const isWorse = checked === undefined || hasRegressions(checked)
await finish(suite, checked?.claims ?? before, diagnosticsFolder, isWorse)

const freshSuite =
  checked && fresh ? await unlessInterrupted(startSuite({ ...config, releases: to })) : undefined
const freshClaims = await unlessInterrupted(freshSuite?.tryClaims() ?? Promise.resolve(undefined))
const freshFindings = groupByRootCause(freshDifferences(freshClaims ?? []))
if (freshSuite && freshClaims)
  await finish(freshSuite, freshClaims, freshDiagnosticsFolder, freshFindings.length > 0)
const findings = [...(checked?.findings ?? []), ...freshFindings]

const result: UpgradeResult = {
  upgrades,
  ...(invalid === undefined ? {} : { invalid }),
  claims: {
    before,
    ...(checked ? { after: checked.claims } : {}),
    ...(freshClaims ? { fresh: freshClaims } : {}),
  },
  ...acceptExpected(findings, expected),
  ...(checked ? { traffic: checked.traffic } : {}),
  manifests: checked?.manifests ?? [],
  definitions: checked?.definitions ?? [],
  steps,
  finishedAt: new Date().toISOString(),
}
await writeUpgrade(
  result,
  { before: typeof observed === 'string' ? undefined : observed, after: checked?.after },
  process.env['GITHUB_STEP_SUMMARY'],
)
print(`\n${describeUpgrade(result)}`)
for (const path of evidence) print(`evidence:  ${path}`)
process.exit(invalid !== undefined ? 3 : hasRegressions(result) ? 1 : 0)
