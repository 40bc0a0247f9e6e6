import { join } from 'node:path'
import { connectKubernetes } from '../clients/kubernetes.ts'
import { connectPrometheus } from '../clients/prometheus.ts'
import { ourComponents } from '../config/components.ts'
import { loadConfigOrExit, type Config } from '../config/config.ts'
import { stacks } from '../config/stacks.ts'
import { ourConfiguredServers } from '../diagnosis/configuredServers.ts'
import { exitWith } from '../lib/exit.ts'
import { cleanUpOnSignal } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import { outFolder, startStepTimings } from '../lib/steps.ts'
import { showProgress } from '../report/live.ts'
import { describeNotChecked } from '../report/notChecked.ts'
import { kubeconfigOf, ourCluster } from '../setup/cluster.ts'
import { closeContext, openContextRun } from '../setup/context/run.ts'
import { newRunId } from '../setup/global.ts'
import { findToolsOrExit } from '../setup/tools.ts'
import { optionalStep } from '../upgrade/checkSteps.ts'
import { observeHelm, secondsSinceChange } from '../upgrade/facts/helm.ts'
import { observeReleases } from '../upgrade/facts/releases.ts'
import { namespacesOf, observe, type Observed } from '../upgrade/observe.ts'
import { readObservation } from '../upgrade/read.ts'
import { longWindowSeconds, observeUntilRecovered, rulesEvaluated } from '../upgrade/stability.ts'
import { prepareFile, writeObservation } from '../upgrade/write.ts'

type Found = Readonly<{ observed: Observed; sinceChange: number }>

const print = (line: string) => console.log(line)
const timings = startStepTimings(print)

/** The kept cluster of this checkout. */
const findKeptCluster = async (config: Config): Promise<Found> => {
  if (!(await ourCluster(config.cluster))) {
    exitWith(
      `this checkout has no cluster ${config.cluster}; \`E2E_KEEP=1 npm test\` creates one and keeps it`,
    )
  }
  const { helm } = await findToolsOrExit(config, print)
  const kubeconfig = kubeconfigOf(config.cluster)
  const access = { helm, kubeconfig, within: config.limits.command }
  const kubernetes = await connectKubernetes(kubeconfig)
  const { servers } = await ourConfiguredServers(config, kubernetes)
  const { releases } = await observeHelm(access)
  const left = stacks.filter(({ name, chart }) => chart !== undefined && !(name in releases))
  const missing = Object.fromEntries(
    left.flatMap(({ name, hostPorts = {} }) =>
      [...Object.keys(hostPorts), name].map((part) => [part, `${name} is not installed`]),
    ),
  )
  const observed = { kubernetes, helm: access, components: ourComponents, servers, missing }
  return { observed, sinceChange: await secondsSinceChange(access) }
}

/** The cluster of a context. Nothing is created there, because it would not be observed. */
const findRunningCluster = async (config: Config): Promise<Found> => {
  cleanUpOnSignal(async () => closeContext())
  const { kubernetes, components, servers, context } = await openContextRun(
    { ...config, plant: false },
    newRunId(),
    { timings, print },
  )
  const releases = await observeReleases(kubernetes, namespacesOf(components))
  return {
    observed: { kubernetes, components, servers, missing: context.missing },
    sinceChange: releases.secondsSinceChange,
  }
}

const exitOnFileError = (error: unknown): never => {
  exitWith(messageOf(error))
}

const config = loadConfigOrExit(process.env, { allowContext: true })
const [file = join(outFolder, 'observation.json'), beforeFile, ...others] = process.argv.slice(2)
if (others.length > 0) {
  exitWith('usage: npm run observe [-- FILE [BEFORE]], where BEFORE is an earlier file of `npm run observe`')
}
// First, because what is wrong with the files is known at once.
const before = beforeFile === undefined ? undefined : await readObservation(beforeFile).catch(exitOnFileError)
await prepareFile(file).catch(exitOnFileError)
showProgress(print)
try {
  const { observed, sinceChange } = await (
    config.context === undefined ? findKeptCluster : findRunningCluster
  )(config)
  const connectedAt = performance.now()
  const observeNow = () => {
    const unchangedFor = sinceChange + (performance.now() - connectedAt) / 1000
    return observe(observed, Math.ceil(Math.min(unchangedFor, longWindowSeconds)), before)
  }
  const prometheus = observed.missing?.prometheus === undefined ? observed.servers.prometheus : undefined
  // An upgrade may have replaced Prometheus, and a new one has no results yet of what it evaluates every few minutes.
  if (prometheus) {
    const evaluated = () => rulesEvaluated(connectPrometheus(prometheus))
    await optionalStep(timings, 'rules evaluated', evaluated)
  }
  const observation = await timings.step('observed', async () => {
    if (before === undefined) return observeNow()
    const last = await observeUntilRecovered(before, observeNow, config.limits.query)
    if (typeof last === 'string') throw new Error(last)
    return last
  })
  await writeObservation(file, observation)
  for (const line of describeNotChecked(observation.notObserved ?? [])) print(line)
  print(`observed at ${observation.takenAt}: ${file}`)
} catch (error) {
  print(messageOf(error))
  process.exitCode = 1
} finally {
  await closeContext()
}
