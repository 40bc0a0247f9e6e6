import { channel } from 'node:diagnostics_channel'
import { constants } from 'node:os'
import { withLimit } from './eventually.ts'
import { messageOf } from './messages.ts'
import { now } from './progress.ts'
import { interruption } from './run.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Signal = (typeof signals)[number]

// As in progress.ts: the reporters, which are no part of setup's graph of modules, have a last word as well.
const interrupted = channel('observability-e2e:interrupted')
type LastWords = Readonly<{ signal: Signal; waitFor: (work: Promise<void>) => void }>

// A runner that is told to stop may be gone ten seconds later.
const lastWordsWithin = 6000
// npm passes on what the terminal has already sent to the whole group: two signals for one Ctrl-C.
const sameKeyStroke = 0.5

/** Calls the listener once a signal has come; the cleaning up waits for it, but not for long. */
export const onInterruption = (listener: (signal: Signal) => Promise<void>): void =>
  interrupted.subscribe((message) => {
    const { signal, waitFor } = message as LastWords
    waitFor(listener(signal))
  })

/**
 * What the work comes to; after a signal nothing ever: whoever cleans up ends the process, and what fails meanwhile is not
 * to be told.
 */
export const unlessInterrupted = async <T>(work: Promise<T>): Promise<T> => {
  const [end] = await Promise.allSettled([work])
  if (interruption.signal.aborted) await new Promise(() => {})
  if (end.status === 'rejected') throw end.reason
  return end.value
}

const lastWords = async (signal: Signal): Promise<void> => {
  const spoken: Promise<void>[] = []
  interrupted.publish({ signal, waitFor: (work) => spoken.push(work) } satisfies LastWords)
  // The cleaning up comes all the same.
  const complain = (error: unknown) => console.error(messageOf(error))
  await withLimit(Promise.all(spoken.map((work) => work.catch(complain))), lastWordsWithin).catch(complain)
}

/**
 * On Ctrl-C, SIGTERM or a closed terminal: ends the running commands, lets the listeners have their last word, cleans
 * up, and exits with 128 + the signal's number. A second signal is told that it is being cleaned up, a third ends the
 * process at once.
 * @param remedy what removes what a third signal leaves
 */
export const cleanUpOnSignal = (cleanUp: (signal: Signal) => Promise<void>, remedy?: string): void => {
  const begun = { count: 0, at: -Infinity }
  const end = async (signal: Signal) => {
    interruption.abort()
    try {
      await lastWords(signal)
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
      if (now() - begun.at < sameKeyStroke) return
      begun.at = now()
      begun.count += 1
      if (begun.count === 1) void end(signal)
      if (begun.count === 2) {
        const then = remedy === undefined ? '' : `; ${remedy} then removes what is left`
        console.error(`${signal} again: still cleaning up; the next one ends it at once${then}`)
      }
      if (begun.count === 3) process.exit(128 + constants.signals[signal])
    })
  }
  // The terminal may be gone, and with it whoever reads.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
