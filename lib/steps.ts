import { channel } from 'node:diagnostics_channel'
import { firstLine, messageOf } from './messages.ts'
import { now, waitingFor, type Wait } from './progress.ts'

/** The folder for the output of a run: reports, timeline, diagnostics. */
export const outFolder = 'out'

/** One step of a run; `from` is in seconds since the process started. */
export type Step = Readonly<{ name: string; from: number; seconds: number; ok: boolean; error?: string }>

/** Runs a step, prints and publishes it, and returns or throws what its work does. */
export type StepTimings = Readonly<{
  step: <T>(name: string, work: (wait: Wait) => Promise<T>) => Promise<T>
}>

// A channel as in progress.ts: setup runs the steps, the reporters print the table.
const finished = channel('observability-e2e:step')

/** Calls the listener with every step that finishes from now on. */
export const onStep = (listener: (step: Step) => void): void =>
  finished.subscribe((step) => listener(step as Step))

/** `   41.3 s  ✓ opensearch (12.0 s)` */
export const describeStep = ({ name, from, seconds, ok, error }: Step): string =>
  `${(from + seconds).toFixed(1).padStart(7)} s  ${ok ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)${
    error === undefined ? '' : `: ${firstLine(error)}`
  }`

export const startStepTimings = (print: (line: string) => void): StepTimings => {
  const keep = (step: Step) => {
    print(describeStep(step))
    finished.publish(step)
  }
  return {
    step: async (name, work) => {
      const from = now()
      try {
        const result = await waitingFor(name, work)
        keep({ name, from, seconds: now() - from, ok: true })
        return result
      } catch (error) {
        keep({ name, from, seconds: now() - from, ok: false, error: messageOf(error) })
        throw error
      }
    },
  }
}

/** A table of all steps in the order they started: start, end and duration of each. */
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
