import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describeMatrix, uncoveredClaims } from '../faults/matrix.ts'
import { exitWith } from '../lib/exit.ts'
import { few } from '../lib/messages.ts'
import { recordCommand, subjects, type ReplayOutcome } from '../recordings/replay.ts'
import { healthy, recordingNames } from '../recordings/store.ts'

const print = (line: string) => console.log(line)
const known = subjects.map(({ name }) => name)
const given = process.argv.slice(2)
const unknown = given.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  exitWith(`no such fault: ${unknown.join(', ')}; there are: ${known.join(', ')}`)
}

// How many are named; the rest is counted.
const shown = 10

const recorded = await recordingNames()
const chosen = known.filter((name) => given.length === 0 || given.includes(name))
const missing = chosen.filter((name) => !recorded.includes(name))
const gone = recorded.filter((name) => !known.includes(name))

/** Replays recordings one after the other in a thread, which has a clock of its own. */
const replayInThread = (names: readonly string[]): Promise<readonly ReplayOutcome[]> => {
  const outcomes: ReplayOutcome[] = []
  const ended = Promise.withResolvers<readonly ReplayOutcome[]>()
  const worker = new Worker(new URL('../recordings/worker.ts', import.meta.url), {
    workerData: names,
    // Each replay parses megabytes of short-lived objects: a small young generation would be collected all the time.
    resourceLimits: { maxYoungGenerationSizeMb: 128 },
  })
  worker.on('message', (outcome: ReplayOutcome) => outcomes.push(outcome))
  worker.once('error', ended.reject)
  worker.once('exit', () => ended.resolve(outcomes))
  return ended.promise
}

const started = performance.now()
const replayed = chosen.filter((name) => recorded.includes(name))
// Each further thread would cost more to load the modules than it saves.
const threads = Math.min(availableParallelism(), 4, replayed.length)
const shares = Array.from({ length: threads }, (_, thread) =>
  replayed.filter((__, index) => index % threads === thread),
)
const all = (await Promise.all(shares.map(replayInThread))).flat()
const outcomes = subjects.flatMap(({ name }) => all.filter(({ fault }) => fault.name === name))
const ofFaults = outcomes.filter(({ fault }) => fault.name !== healthy)
const uncovered = given.length === 0 && missing.length === 0 ? uncoveredClaims(ofFaults) : []

const leftOut =
  missing.length === 0
    ? []
    : [
        `not recorded: ${few(missing, shown)}\n  remedy: \`${recordCommand(missing.length > shown ? known : missing)}\` records ${missing.length === 1 ? 'it' : 'them'}, on a cluster`,
      ]
// What was asked for by name, or what everything else needs, must be there.
const isRequired = given.length > 0 || !recorded.includes(healthy)

const problems = [
  ...(isRequired ? leftOut.map((line) => `✗ ${line}`) : []),
  ...outcomes.flatMap(({ fault: { name }, shortfall }) =>
    shortfall === undefined ? [] : [`✗ ${name}\n${shortfall.replaceAll(/^/gm, '  ')}`],
  ),
  ...gone.map((name) => `✗ ${name}\n  recorded, but no fault has this name\n  remedy: delete its file`),
  ...uncovered.map((id) => `✗ ${id}\n  no fault turns it red: it may be a claim that cannot fail`),
]
print(`${describeMatrix(ofFaults)}\n`)
for (const problem of problems) print(`${problem}\n`)
if (!isRequired) for (const line of leftOut) print(`${line}\n`)
const passed = outcomes.filter(({ shortfall }) => shortfall === undefined).length
print(`replay: ${((performance.now() - started) / 1000).toFixed(1)} s`)
print(`${passed} passed, ${problems.length} failed`)
process.exitCode = problems.length > 0 ? 1 : 0
