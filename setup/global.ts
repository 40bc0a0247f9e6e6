import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { deleteCluster, nodeContainers, startCluster } from './cluster.ts'
import { describeConfig, loadConfig, type Limits } from './config.ts'
import { installStacks, type Failures } from './install.ts'
import { cleanUpOnSignal } from './interrupt.ts'
import { describeSteps, outFolder, readTimeline, startLedger, writeTimeline } from './ledger.ts'
import { messageOf } from './messages.ts'
import { preflightOrExit } from './preflight.ts'
import { interruption } from './run.ts'
import type { StackName } from './stacks.ts'
import { findTools, findToolsOrExit } from './tools.ts'

/** All that the specs know of the run. */
export type Run = Readonly<{
  /** Marks the lines that this run's emitters and plants write. */
  id: string
  kubeconfig: string
  stacks: readonly StackName[]
  failures: Failures
  limits: Limits
}>

declare module 'vitest' {
  interface ProvidedContext {
    run: Run
  }
}

const print = (line: string) => console.log(line)

/** From the settings to a cluster with every stack on it. A part that fails is no error here: its claims fail with it. */
export const setup = async (project: TestProject): Promise<void> => {
  const config = loadConfig(process.env)
  const ledger = startLedger(print)
  await rm(outFolder, { recursive: true, force: true })
  await mkdir(outFolder, { recursive: true })
  print(`settings\n${describeConfig(config)}`)

  const tools = await ledger.step('tools', () => findToolsOrExit(config.limits, print))
  await ledger.step('preflight', () => preflightOrExit(config, print))
  // A cluster that is to be kept is left once it is whole; half of one is of no use to the next run.
  let whole = (await nodeContainers(config.cluster, config.limits.command)).length > 0
  cleanUpOnSignal(async (signal) => {
    if (config.keep && whole) {
      print(`${signal}: cluster ${config.cluster} is kept`)
      return
    }
    print(`${signal}: deleting cluster ${config.cluster}`)
    await deleteCluster(config.cluster, tools, config.limits.cluster)
    print(`${signal}: nothing is left behind`)
  })

  // A letter first, and no dashes: the id is one word to every log analyser.
  const id = `r${randomBytes(5).toString('hex')}`
  const run = { id, stacks: config.stacks, limits: config.limits }
  try {
    const starting = await ledger.step('API server', () => startCluster(config, tools))
    const failures = await installStacks({ config, tools, ledger, starting, runId: id })
    whole = failures.cluster === undefined
    project.provide('run', { ...run, kubeconfig: starting.cluster.kubeconfig, failures })
  } catch (error) {
    project.provide('run', { ...run, kubeconfig: '', failures: { cluster: messageOf(error) } })
  }
  await writeTimeline(ledger.steps)
  // The specs have nothing to look at any more; the process ends when the cleaning up has.
  if (interruption.signal.aborted) await new Promise(() => {})
}

/** Deletes the cluster, unless it is to be kept, and prints how long everything took. */
export const teardown = async (): Promise<void> => {
  const config = loadConfig(process.env)
  const ledger = startLedger(print, await readTimeline())
  if (config.keep) print(`cluster ${config.cluster} is kept; \`npm run clean\` deletes it`)
  else {
    const tools = await findTools(config.limits)
    await ledger.step('cluster deleted', () => deleteCluster(config.cluster, tools, config.limits.cluster))
  }
  await writeTimeline(ledger.steps)
  print(`\n${describeSteps(ledger.steps)}\n\nwhole run: ${(performance.now() / 1000).toFixed(1)} s`)
}
