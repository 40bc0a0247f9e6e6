import { loadConfigOrExit } from '../config/config.ts'
import { stackNames } from '../config/stacks.ts'
import { runDrills } from '../drills/arena.ts'
import { readArguments, type DrillsArguments } from '../drills/arguments.ts'
import { describeDrill, describeDrills } from '../drills/report.ts'
import type { DrillResult, DrillsResult, NotRun } from '../drills/result.ts'
import { isPassed } from '../drills/summary.ts'
import { writeDrills } from '../drills/write.ts'
import { undoOnInterruption } from '../faults/currentInjection.ts'
import { exitWith } from '../lib/exit.ts'
import { startStepTimings } from '../lib/steps.ts'
import { showProgress } from '../report/live.ts'
import { UsageError } from '../upgrade/arguments.ts'
import { findToolsOrExit } from '../setup/tools.ts'

const print = (line: string) => console.log(line)
const usage = (problem: string): never => exitWith(`${problem}\nnothing was created`)
const argumentsOrExit = (): DrillsArguments => {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    if (error instanceof UsageError) return usage(error.message)
    throw error
  }
}

const config = loadConfigOrExit(process.env)
if (config.stacks.length < stackNames.length) usage('drills are for all stacks: E2E_STACKS must not be set')
const given = argumentsOrExit()
if (config.keep && new Set(given.chosen.map(({ threeNodes }) => threeNodes)).size > 1)
  usage('E2E_KEEP keeps one cluster, and the drills named three-nodes-… need another: name some of one kind')

if (config.keep && given.chosen.some(({ threeNodes }) => threeNodes))
  usage('OpenSearch cannot go back from three nodes to one on the same volumes: unset E2E_KEEP')

showProgress(print)
if (config.keep) undoOnInterruption(print)
const tools = await findToolsOrExit(config, print)
const started = performance.now()
const resultOf = (drills: readonly DrillResult[], notRun: readonly NotRun[]): DrillsResult => ({
  rate: given.rate,
  seed: given.seed,
  drills,
  notRun,
  seconds: (performance.now() - started) / 1000,
  finishedAt: new Date().toISOString(),
})
const ended: DrillResult[] = []
// Written after each drill, so that an interrupted run keeps its measurements.
const report = async (drill: DrillResult) => {
  ended.push(drill)
  print(describeDrill(drill))
  const left = given.chosen.map(({ name }) => name).filter((name) => !ended.some((one) => one.name === name))
  const notRun = left.length === 0 ? [] : [{ names: left, why: 'not reached yet' }]
  await writeDrills(resultOf(ended, notRun), undefined)
}
const { results, notRun } = await runDrills(given, {
  config,
  tools,
  timings: startStepTimings(print),
  report,
})
const result = resultOf(results, notRun)
await writeDrills(result, process.env['GITHUB_STEP_SUMMARY'])
print(`\n${describeDrills(result)}`)
process.exit(isPassed(result) ? 0 : 1)
