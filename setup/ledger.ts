import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from './messages.ts'

/** Folder of all that a run leaves: reports, timeline, diagnostics. */
export const outFolder = 'out'
const timelineFile = join(outFolder, 'timeline.json')

/** One step of a run; `from` is in seconds since the process started. */
export type Step = Readonly<{ name: string; from: number; seconds: number; ok: boolean; error?: string }>

export type Ledger = Readonly<{
  /** Runs a step, prints its line, keeps it, and passes on what it returns or throws. */
  step: <T>(name: string, work: () => Promise<T>) => Promise<T>
  steps: readonly Step[]
}>

const now = () => performance.now() / 1000
const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''

/** `   41.3 s  ✓ opensearch (12.0 s)` */
export const describeStep = ({ name, from, seconds, ok, error }: Step): string =>
  `${(from + seconds).toFixed(1).padStart(7)} s  ${ok ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)${
    error === undefined ? '' : `: ${firstLine(error)}`
  }`

export const startLedger = (print: (line: string) => void, earlier: readonly Step[] = []): Ledger => {
  const steps: Step[] = [...earlier]
  const keep = (step: Step) => {
    steps.push(step)
    print(describeStep(step))
  }
  return {
    steps,
    step: async (name, work) => {
      const from = now()
      try {
        const result = await work()
        keep({ name, from, seconds: now() - from, ok: true })
        return result
      } catch (error) {
        keep({ name, from, seconds: now() - from, ok: false, error: messageOf(error) })
        throw error
      }
    },
  }
}

/** A table of all steps in the order they began: when each began, when it was through, how long it took. */
export const describeSteps = (steps: readonly Step[]): string => {
  const width = Math.max(...steps.map(({ name }) => name.length))
  const seconds = (value: number) => `${value.toFixed(1).padStart(7)} s`
  const rows = [...steps]
    .sort((a, b) => a.from - b.from)
    .map((step) =>
      [
        `  ${step.ok ? '✓' : '✗'} ${step.name.padEnd(width)}`,
        seconds(step.from),
        seconds(step.from + step.seconds),
        seconds(step.seconds),
      ].join('  '),
    )
  const head = `    ${'step'.padEnd(width)}  ${'from'.padStart(9)}  ${'to'.padStart(9)}  ${'took'.padStart(9)}`
  return [head, ...rows].join('\n')
}

/** Between setup, report and teardown the timeline goes by file: each is a call of its own. */
export const writeTimeline = (steps: readonly Step[]) =>
  writeFile(timelineFile, JSON.stringify(steps, null, 2))
export const readTimeline = async (): Promise<readonly Step[]> =>
  JSON.parse(await readFile(timelineFile, 'utf8').catch(() => '[]')) as Step[]
