import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { readBeginning, type Beginning } from './beginning.ts'
import { keepCluster, ourCluster, startCluster } from './cluster.ts'
import { ourComponents, type Components } from '../config/components.ts'
import { cleanCommand, describeConfig, loadConfig, type Config, type Limits } from '../config/config.ts'
import { ourServers, type Servers } from '../config/endpoints.ts'
import type { Overlay } from '../config/overlay.ts'
import { loadNodeImage, openBundleOrExit } from './bundle/open.ts'
import { startImages } from './images.ts'
import { closeContext, openContextRun, type ContextFacts } from './context/run.ts'
import { installStacks, type Failures } from './install.ts'
import { cleanUpOnSignal, unlessInterrupted } from '../lib/interrupt.ts'
import { outFolder, startStepTimings } from '../lib/steps.ts'
import { messageOf } from '../lib/messages.ts'
import { preflightOrExit } from './preflight/preflight.ts'
import { removeCluster } from './remove.ts'
import { interruption } from '../lib/run.ts'
import type { Releases, StackName } from '../config/stacks.ts'
import { ourConfiguredServers, type Obstacles } from '../diagnosis/configuredServers.ts'
import { findToolsOrExit } from './tools.ts'
import { acquireRunLockOrExit } from './runLock.ts'

/** Everything that the specs know about the run. */
export type Run = Readonly<{
  /** Marks the lines that this run's emitters and sample pods write. */
  id: string
  /** The path of a file; with a context, its content. */
  kubeconfig: string
  stacks: readonly StackName[]
  components: Components
  servers: Servers
  /** Why the claims of a stack are not run, although it came up. */
  obstacles: Obstacles
  failures: Failures
  limits: Limits
  /** Claims about what must not have happened look back until then. */
  began: Beginning
  overlay?: Overlay
  /** Present if the cluster already ran and the harness has not set it up. */
  context?: ContextFacts
  /** Each claim is tried only once: waiting changes nothing on a recording, and a fault repeats whole rounds of claims. */
  once?: true
}>

declare module 'vitest' {
  interface ProvidedContext {
    run: Run
  }
}

const print = (line: string) => console.log(line)

/** Starts with a letter and has no dashes, so that every log analyzer treats it as one word. */
export const newRunId = (): string => `r${randomBytes(5).toString('hex')}`

/** Finds the stack on a cluster that already runs. It uses no fixed port of this machine, so it needs no lock. */
const setUpContext = async (given: Config): Promise<Run> => {
  cleanUpOnSignal(async () => closeContext())
  await rm(outFolder, { recursive: true, force: true })
  await mkdir(outFolder, { recursive: true })
  print(`settings\n${describeConfig(given)}`)
  const id = newRunId()
  const { kubeconfig, stacks, components, servers, context } = await openContextRun(given, id, {
    ...{ timings: startStepTimings(print), print },
  })
  const began = servers.opensearch ? await readBeginning(servers) : { at: Date.now(), rejected: 0 }
  const found = { kubeconfig, stacks, components, servers, context, obstacles: {} }
  const { limits, overlay } = given
  return { ...found, id, failures: {}, limits, began, ...(overlay && { overlay }) }
}

/**
 * From the settings to a cluster with every stack on it. A part that fails throws no error: the claims that need it fail
 * with its reason.
 * @param later what the run will upgrade the stacks to
 */
export const setUp = async (given: Config, later: readonly Releases[] = []): Promise<Run> => {
  if (given.context !== undefined) return setUpContext(given)
  const isFirst = await acquireRunLockOrExit(given.cluster, print)
  cleanUpOnSignal((signal) => leaveNothing(given, signal), `\`${cleanCommand(given.cluster)}\``)
  const timings = startStepTimings(print)
  const id = newRunId()
  const { stacks, limits, overlay } = given
  const run = {
    ...{ id, stacks, limits, began: { at: Date.now(), rejected: 0 }, ...(overlay && { overlay }) },
    ...{ components: ourComponents, servers: ourServers, obstacles: {} },
  }
  try {
    if (isFirst) await rm(outFolder, { recursive: true, force: true })
    await mkdir(outFolder, { recursive: true })
    print(`settings\n${describeConfig(given)}`)
    const { bundle } = given
    const withOverlay = (releases: Releases) => ({ ...given.releases, ...releases })
    const verified = () => openBundleOrExit(given, bundle ?? '', [{}, ...later].map(withOverlay), print)
    const config = bundle === undefined ? given : await timings.step('bundle', verified)
    const tools = await timings.step('tools', () => findToolsOrExit(config, print))
    await timings.step('preflight', () => preflightOrExit(config, tools, print))
    if (bundle !== undefined) await timings.step('node image', () => loadNodeImage(bundle, config))
    const imageCache = await startImages(config, tools, print)
    const starting = await timings.step('API server', () =>
      startCluster(config, tools, { timings, print, imageCache }),
    )
    const readServers = () => ourConfiguredServers(config, starting.kubernetes)
    const began = starting.cluster.reused ? await readBeginning((await readServers()).servers) : run.began
    const failures = await installStacks({ config, tools, timings, starting, runId: id })
    const whole = failures.cluster === undefined && !interruption.signal.aborted
    if (config.keep && whole && !starting.cluster.reused) await keepCluster(config.cluster)
    return { ...run, ...(await readServers()), began, kubeconfig: starting.cluster.kubeconfig, failures }
  } catch (error) {
    return { ...run, kubeconfig: '', failures: { cluster: messageOf(error) } }
  }
}

export const setup = async (project: TestProject): Promise<void> =>
  project.provide('run', await unlessInterrupted(setUp(loadConfig(process.env))))

/** Deletes the cluster, unless it is kept or not ours. */
export const teardown = async (): Promise<void> => {
  const { cluster, keep, limits, context } = loadConfig(process.env)
  if (keep) {
    print(`cluster ${cluster} is kept; \`${cleanCommand(cluster)}\` deletes it`)
    return
  }
  try {
    if (context !== undefined) await closeContext()
    else await startStepTimings(print).step('cluster deleted', () => removeCluster(cluster, limits))
  } catch (error) {
    print(messageOf(error))
    process.exitCode = 1
  }
}

/** After a signal. A kept cluster stays, and so does one that this checkout did not create. */
const leaveNothing = async ({ cluster, limits }: Config, signal: string): Promise<void> => {
  const ours = await ourCluster(cluster)
  if (ours && !ours.kept) {
    print(`${signal}: deleting cluster ${cluster}`)
    await removeCluster(cluster, limits)
    print(`${signal}: nothing is left behind`)
  } else print(`${signal}: ${ours ? `cluster ${cluster} is kept` : 'nothing was created'}`)
}
