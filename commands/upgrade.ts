import { loadConfigOrExit } from '../config/config.ts'
import { exitWith } from '../lib/exit.ts'
import { messageOf } from '../lib/messages.ts'
import { now } from '../lib/progress.ts'
import { onStep, startStepTimings, type Step } from '../lib/steps.ts'
import { showProgress } from '../report/live.ts'
import { findToolsOrExit } from '../setup/tools.ts'
import type { UpgradeArguments } from '../upgrade/arguments.ts'
import { bisect, judgeVersion } from '../upgrade/bisect.ts'
import { describeTrial } from '../upgrade/bisectReport.ts'
import { readArguments, readQuestion } from '../upgrade/question.ts'
import { releasesOf } from '../upgrade/releases.ts'
import { describeUpgrade } from '../upgrade/report.ts'
import { hasRegressions, type Bisection, type Trial, type UpgradeResult } from '../upgrade/result.ts'
import { runUpgrade, type UpgradeRun } from '../upgrade/run.ts'
import { writeUpgrade } from '../upgrade/write.ts'

const print = (line: string) => console.log(line)
const exitWithReason = (error: unknown): never => {
  exitWith(`${messageOf(error)}\nnothing was created`)
}

showProgress(print)
const config = loadConfigOrExit(process.env)
const argumentsOrExit = (): UpgradeArguments => {
  try {
    return readArguments(config, process.argv.slice(2))
  } catch (error) {
    return exitWithReason(error)
  }
}
// Before helm is looked for, which may be a download.
const asked = argumentsOrExit()
const tools = await findToolsOrExit(config, print)
const question = await readQuestion(config, tools, asked).catch(exitWithReason)
const { upgrades, newestAlready, range } = question
if (newestAlready.length > 0) print(`already on the newest version: ${newestAlready.join(', ')}`)
if (upgrades.length === 0) process.exit(0)

const steps: Step[] = []
onStep((step) => steps.push(step))
const timings = startStepTimings(print)
const setting = { config, tools, timings, steps, question }

const write = ({ before, after }: UpgradeRun, result: UpgradeResult, jobSummary?: string) =>
  writeUpgrade(result, { before, after }, jobSummary)

/** Finds the first version that breaks what the last one breaks; each version gets a new cluster. */
const bisectRange = async (last: UpgradeResult, lastSeconds: number): Promise<Bisection> => {
  const { chart = '', from = '', to = '' } = upgrades[0] ?? {}
  const judge = (version: string, result: UpgradeResult, seconds: number): Trial => {
    const trial = judgeVersion({ version: to, result: last }, version, result, seconds)
    print(`\n${describeTrial(chart, trial)}\n`)
    return trial
  }
  const tryVersion = async (version: string): Promise<Trial> => {
    const began = now()
    print(`\ntrying ${chart} ${version}`)
    const releases = releasesOf([{ chart, from, to: version }], config.overlay)
    const { result } = await runUpgrade({ ...setting, question: { ...question, ...releases }, isTrial: true })
    return judge(version, result, now() - began)
  }
  return bisect({ chart, versions: range, trials: [judge(to, last, lastSeconds)] }, tryVersion)
}

const began = now()
// So that a version that the bundle lacks is reported before anything is created.
const later = range
  .slice(1)
  .flatMap((to) => upgrades.map((one) => releasesOf([{ ...one, to }], config.overlay).to))
const run = await runUpgrade({ ...setting, later })
const isBisected = range.length > 0 && run.result.invalid === undefined
// A later version may end the process: what is known by now is not lost.
if (isBisected) await write(run, run.result)
const result = isBisected
  ? { ...run.result, bisection: await bisectRange(run.result, now() - began) }
  : run.result

await write(run, result, process.env['GITHUB_STEP_SUMMARY'])
print(`\n${describeUpgrade(result)}`)
for (const path of run.evidence) print(`evidence:  ${path}`)
process.exit(result.invalid !== undefined ? 3 : hasRegressions(result) ? 1 : 0)
