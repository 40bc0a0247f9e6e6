import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeChecklist } from '../report/checklist.ts'
import { showProgress } from '../report/live.ts'
import { connectDashboards } from '../clients/dashboards.ts'
import { connectGrafana } from '../clients/grafana.ts'
import { connectKubernetes, type Kubernetes } from '../clients/kubernetes.ts'
import { openSearchClient } from '../clients/opensearch.ts'
import { loadConfigOrExit } from '../config/config.ts'
import { serverIn } from '../config/endpoints.ts'
import { exitWith } from '../lib/exit.ts'
import { outFolder, startStepTimings } from '../lib/steps.ts'
import { unlessInterrupted } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import { stackNames } from '../config/stacks.ts'
import type { Live } from '../faults/change.ts'
import { startSuite, type Suite } from '../specs/support/suite.ts'
import {
  describeMatrix,
  describeOutcome,
  matrixMarkdown,
  uncoveredClaims,
  type FaultOutcome,
} from '../faults/matrix.ts'
import { recordSubject, startRecorder } from '../recordings/record.ts'
import { withoutFault, type Subject } from '../recordings/replay.ts'
import { healthy, recordingNames } from '../recordings/store.ts'
import type { Run } from '../setup/global.ts'
import { removeStamp } from '../setup/reloadPrometheus.ts'
import { injectSideBySide } from '../faults/domains.ts'
import { faults, type Fault } from '../faults/table.ts'
import { recoveredFromAll, tryFault } from '../faults/trial.ts'
import { undoOnInterruption } from '../faults/currentInjection.ts'
import { findToolsOrExit, type Tools } from '../setup/tools.ts'
import { installReleases } from '../upgrade/checkSteps.ts'

const print = (line: string) => console.log(line)

const config = loadConfigOrExit(process.env)
if (config.stacks.length < stackNames.length)
  exitWith('faults are for all stacks: E2E_STACKS must not be set')
const given = process.argv.slice(2)
const isRecorded = given.includes('--record')
if (isRecorded && config.overlay)
  exitWith('recordings are of the stack of this harness alone: E2E_OVERLAY must not be set with --record')
const names = given.filter((name) => name !== '--record')
const known = faults.map(({ name }) => name)
const unknown = names.filter((name) => !known.includes(name))
if (unknown.length > 0) exitWith(`no such fault: ${unknown.join(', ')}; there are: ${known.join(', ')}`)
const chosen = faults.filter(({ name }) => names.length === 0 || names.includes(name))

// Milliseconds. Claims read all log lines of the run, and recordings store them.
const renewEvery = 300_000

/** Gives the suite a new run id, new emitters and new sample lines whenever the last ones are old. */
const suiteRenewer = (first: Suite, kubernetes: Kubernetes, tools: Tools): (() => Promise<Suite>) => {
  let [current, since] = [first, Date.now()]
  return async () => {
    if (Date.now() - since < renewEvery) return current
    since = Date.now()
    const cluster = { config, tools, timings: startStepTimings(() => {}), suite: first }
    const renewed = await installReleases(cluster, kubernetes, config.releases)
    const tryClaims: Suite['tryClaims'] = (changes, except) =>
      first.tryClaims({ ...renewed, ...changes }, except)
    return (current = { ...first, run: { ...first.run, ...renewed }, tryClaims })
  }
}

showProgress(print)
if (config.keep) undoOnInterruption(print)
const tools = await findToolsOrExit(config, print)
const suite = await unlessInterrupted(startSuite(config))
const atFirst = await unlessInterrupted(suite.tryClaims())
const started = performance.now()
const outcomes: FaultOutcome[] = []
const problems: string[] = []
if (atFirst.every(({ verdict }) => verdict !== 'broken')) {
  const live: Live = {
    kubernetes: await connectKubernetes(suite.run.kubeconfig),
    opensearch: openSearchClient(serverIn(suite.run.servers, 'opensearch')),
    dashboards: connectDashboards(serverIn(suite.run.servers, 'dashboards')),
    grafana: connectGrafana(serverIn(suite.run.servers, 'grafana')),
    cluster: config.cluster,
    within: config.limits.query,
  }
  const recorder = isRecorded ? await startRecorder(config, suite.run) : undefined
  const record =
    recorder &&
    (async (subject: Subject, run: Run) =>
      print(`recorded ${subject.name}: ${await recordSubject(recorder, subject, run)}`))
  const isFirst = names.length === 0 || !(await recordingNames()).includes(healthy)
  const unrecorded = isFirst
    ? await unlessInterrupted(record?.(withoutFault, suite.run) ?? Promise.resolve()).catch(messageOf)
    : undefined
  if (unrecorded !== undefined) problems.push(unrecorded)
  const current = record ? suiteRenewer(suite, live.kubernetes, tools) : async () => suite
  /** The faults after which nothing more could be injected. */
  const stoppedBy: string[] = []
  const tryOne = async (fault: Fault, except: () => readonly string[]) => {
    const renewed = await unlessInterrupted(current()).catch(messageOf)
    if (typeof renewed === 'string') {
      problems.push(`${fault.name} was not injected: ${renewed}`)
      stoppedBy.push(fault.name)
      return false
    }
    const recordIt = record && ((run: Run) => record(fault, run))
    const { recovered, ...outcome } = await tryFault(fault, live, renewed, except, recordIt)
    outcomes.push(outcome)
    print(describeOutcome(outcome))
    if (outcome.shortfall !== undefined) problems.push(describeOutcome(outcome))
    if (!recovered) stoppedBy.push(fault.name)
    return recovered
  }
  if (unrecorded === undefined) {
    // A recording of a fault must not show another one.
    const injected = record ? chosen.map((fault): Fault => ({ ...fault, disturbs: 'everything' })) : chosen
    const left = await injectSideBySide(injected, tryOne)
    if (left.length > 0)
      problems.push(
        `not injected, since the stack has not recovered after ${stoppedBy.join(', ')}: ${left.map(({ name }) => name).join(', ')}`,
      )
    if (stoppedBy.length === 0)
      await unlessInterrupted(current().then(recoveredFromAll)).catch((error: unknown) =>
        problems.push(messageOf(error)),
      )
  }
  outcomes.sort((a, b) => known.indexOf(a.fault.name) - known.indexOf(b.fault.name))
  await removeStamp(live.kubernetes)
  const uncovered = outcomes.length === faults.length ? uncoveredClaims(outcomes) : []
  problems.push(...uncovered.map((id) => `no fault turns ${id} red: it may be a claim that cannot fail`))
  print(`\n${describeMatrix(outcomes)}`)
} else {
  print(`\n${describeChecklist(atFirst)}`)
  problems.push('no fault was injected: all claims must hold first')
}

await writeFile(join(outFolder, 'faults.json'), JSON.stringify({ outcomes, problems }, null, 2))
await writeFile(join(outFolder, 'faults.md'), matrixMarkdown(outcomes, problems))
await suite.close()
for (const problem of problems) print(`\n${problem}`)
print(`\nfaults: ${((performance.now() - started) / 1000).toFixed(1)} s; out/faults.md, out/faults.json`)
print(
  `${outcomes.filter(({ shortfall }) => shortfall === undefined).length} passed, ${problems.length} failed`,
)
process.exit(problems.length > 0 ? 1 : 0)
