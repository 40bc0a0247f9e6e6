import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanUpOnSignal } from '../lib/interrupt.ts'
import { startStepTimings } from '../lib/steps.ts'
import { countOf, messageOf } from '../lib/messages.ts'
import { CommandError, run } from '../lib/run.ts'
import { cacheFolder } from '../setup/tools.ts'

type Part = readonly [name: string, script: string, ...args: string[]]
type Count = Readonly<{ passed: number; failed: number; notRun: number }>
type Test = Readonly<{ status: string; title: string; ancestorTitles: readonly string[] }>
/** The part of vitest's JSON report that is read here. */
type UnitReport = Readonly<{
  numPassedTests?: number
  numFailedTests?: number
  testResults?: readonly Readonly<{ assertionResults: readonly Test[] }>[]
}>

// All parts together take about a minute; a part that hangs must not block the check.
const within = 300_000
const print = (line: string) => console.log(line)

// In the cache folder, where it is found if this process is killed.
await mkdir(cacheFolder, { recursive: true })
const folder = await mkdtemp(join(cacheFolder, `arriving-${process.pid}-`))
const unitReport = join(folder, 'units.json')
const units: Part = [
  'unit tests',
  'test:unit',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${unitReport}`,
]
const others: readonly Part[] = [
  ['types', 'typecheck'],
  ['eslint', 'lint'],
  ['prettier', 'format:check'],
  ['unused code', 'unused'],
  ['tables of the docs', 'docs', '--check'],
  ['recordings', 'replay'],
]

const timings = startStepTimings(print)
const failures: string[] = []
const skippedNotes: string[] = []
const holds = async ([name, script, ...args]: Part): Promise<boolean> => {
  try {
    const { stdout } = await timings.step(name, () =>
      run('npm', ['run', '--silent', script, '--', ...args], { within }),
    )
    // `npm run replay` says what it leaves out.
    for (const line of stdout.match(/^not recorded: .*$/gm) ?? []) skippedNotes.push(`- not run: ${line}`)
    return true
  } catch (error) {
    // The message has only the end of the output.
    const output = error instanceof CommandError ? (error.stdout + error.stderr).trim() : ''
    failures.push(`✗ ${name}\n${output || messageOf(error)}`)
    return false
  }
}

/** The number of skipped unit tests; each is in a group named after the reason. */
const countSkipped = ({ testResults = [] }: UnitReport): number => {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  const groups = Object.groupBy(skipped, ({ ancestorTitles, title }) => ancestorTitles[0] || title)
  for (const [reason, group = []] of Object.entries(groups))
    skippedNotes.push(`- not run: ${countOf(group.length, 'unit test')}: ${reason}`)
  return skipped.length
}

/** The unit test counts; a test file that cannot be loaded counts as one failure. */
const countUnits = async (): Promise<Count> => {
  const allHold = await holds(units)
  const report = JSON.parse(await readFile(unitReport, 'utf8').catch(() => '{}')) as UnitReport
  const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = report
  return { passed, failed: allHold ? failed : Math.max(failed, 1), notRun: countSkipped(report) }
}
const countOther = async (part: Part): Promise<Count> => {
  const isGood = await holds(part)
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, notRun: 0 }
}

const running = Promise.all([countUnits(), ...others.map(countOther)]).finally(() =>
  rm(folder, { recursive: true }),
)
cleanUpOnSignal(async () => {
  await running
})
const counts = await running

const sum = (kind: keyof Count) => counts.reduce((total, count) => total + count[kind], 0)
for (const text of [...failures, ...skippedNotes]) print(`\n${text}`)
const notRun = sum('notRun')
print(`\n${sum('passed')} passed, ${sum('failed')} failed${notRun > 0 ? `, ${notRun} not run` : ''}`)
process.exitCode = sum('failed') > 0 ? 1 : 0
