import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanUpOnSignal } from './interrupt.ts'
import { startLedger } from './ledger.ts'
import { messageOf } from './messages.ts'
import { CommandError, run } from './run.ts'
import { cacheFolder } from './tools.ts'

type Part = readonly [name: string, command: string, ...args: string[]]
type Count = Readonly<{ passed: number; failed: number }>

// All of it takes half a minute; a part that hangs must not hang the one who waits.
const within = 300_000
const print = (line: string) => console.log(line)

// Where it is found, should this be killed.
await mkdir(cacheFolder, { recursive: true })
const folder = await mkdtemp(join(cacheFolder, `arriving-${process.pid}-`))
const unitReport = join(folder, 'units.json')
const units: Part = [
  'unit tests',
  'vitest',
  'run',
  '--config=vitest.units.config.ts',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${unitReport}`,
]
const others: readonly Part[] = [
  ['types', 'tsc', '-p', '.'],
  ['eslint', 'eslint', '.'],
  ['prettier', 'prettier', '--check', '.'],
  ['knip', 'knip'],
  ['tables of the README', 'node', 'report/docs.ts', '--check'],
]

const ledger = startLedger(print)
const failures: string[] = []
const holds = async ([name, command, ...args]: Part): Promise<boolean> => {
  try {
    await ledger.step(name, () => run(command, args, { within }))
    return true
  } catch (error) {
    // The message has the end of the output alone.
    const said = error instanceof CommandError ? (error.stdout + error.stderr).trim() : ''
    failures.push(`✗ ${name}\n${said || messageOf(error)}`)
    return false
  }
}

/** The unit tests by number; a file that cannot be loaded has none, and counts as one. */
const countUnits = async (): Promise<Count> => {
  const allHold = await holds(units)
  const text = await readFile(unitReport, 'utf8').catch(() => '{}')
  const report = JSON.parse(text) as { numPassedTests?: number; numFailedTests?: number }
  const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = report
  return { passed, failed: allHold ? failed : Math.max(failed, 1) }
}
const countOther = async (part: Part): Promise<Count> =>
  (await holds(part)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }

const running = Promise.all([countUnits(), ...others.map(countOther)]).finally(() =>
  rm(folder, { recursive: true }),
)
cleanUpOnSignal(async () => {
  await running
})
const counts = await running

const sum = (kind: keyof Count) => counts.reduce((total, count) => total + count[kind], 0)
for (const failure of failures) print(`\n${failure}`)
print(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') > 0 ? 1 : 0
