import { channel } from 'node:diagnostics_channel'
import { constants } from 'node:os'
import { withLimit } from './eventually.ts'
import { messageOf } from './messages.ts'
import { now } from './progress.ts'
import { interruption } from './run.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Signal = (typeof signals)[number]

// A channel as in progress.ts: the reporters, which are in another module graph than setup, listen too.
const interrupted = channel('observability-e2e:interrupted')
type Interruption = Readonly<{ signal: Signal; waitFor: (work: Promise<void>) => void }>

// Milliseconds. A CI runner may be killed ten seconds after the signal.
const listenersWithin = 6000
// Seconds. The terminal signals the whole process group and npm forwards the signal: two signals for one Ctrl-C.
const sameKeyStroke = 0.5

/**
 * Calls the listener after a signal.
 * @param within milliseconds that the cleanup waits for it
 */
export const onInterruption = (listener: (signal: Signal) => Promise<void>, within = listenersWithin): void =>
  interrupted.subscribe((message) => {
    const { signal, waitFor } = message as Interruption
    waitFor(withLimit(listener(signal), within))
  })

/**
 * The result of the work; never settles after a signal: the cleanup ends the process, and the failures that it causes are
 * not reported.
 */
export const unlessInterrupted = async <T>(work: Promise<T>): Promise<T> => {
  const [end] = await Promise.allSettled([work])
  if (interruption.signal.aborted) await new Promise(() => {})
  if (end.status === 'rejected') throw end.reason
  return end.value
}

const callListeners = async (signal: Signal): Promise<void> => {
  const calls: Promise<void>[] = []
  interrupted.publish({ signal, waitFor: (work) => calls.push(work) } satisfies Interruption)
  // The cleanup runs even if a listener fails.
  const report = (error: unknown) => console.error(messageOf(error))
  await Promise.all(calls.map((work) => work.catch(report)))
}

/** Waits for the next signal, which then does not end the process: for a program that runs until Ctrl-C. */
export const untilSignal = (): Promise<Signal> =>
  new Promise((resolve) => {
    for (const signal of signals) {
      process.removeAllListeners(signal)
      process.on(signal, () => resolve(signal))
    }
  })

/**
 * On Ctrl-C, SIGTERM or a closed terminal: ends the running commands, calls the listeners, cleans up, and exits with 128 + the
 * signal's number. A second signal prints that the cleanup is running, a third exits at once.
 * @param remedy the command that removes what a third signal leaves behind
 */
export const cleanUpOnSignal = (cleanUp: (signal: Signal) => Promise<void>, remedy?: string): void => {
  const received = { count: 0, at: -Infinity }
  const end = async (signal: Signal) => {
    interruption.abort()
    try {
      await callListeners(signal)
      await cleanUp(signal)
    } catch (error) {
      console.error(messageOf(error))
    } finally {
      process.exit(128 + constants.signals[signal])
    }
  }
  for (const signal of signals) {
    // Vitest's own listener exits the process a millisecond later, with the cluster left behind.
    process.removeAllListeners(signal)
    process.on(signal, () => {
      if (now() - received.at < sameKeyStroke) return
      received.at = now()
      received.count += 1
      if (received.count === 1) void end(signal)
      if (received.count === 2) {
        const then = remedy === undefined ? '' : `; ${remedy} then removes what is left`
        console.error(`${signal} again: still cleaning up; the next one exits at once${then}`)
      }
      if (received.count === 3) process.exit(128 + constants.signals[signal])
    })
  }
  // Writing fails if the terminal is closed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
