import { constants } from 'node:os'
import { interruption } from './run.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * On Ctrl-C, SIGTERM or a closed terminal: ends the running commands, cleans up, and exits with 128 + the signal's
 * number. Further signals are ignored while it cleans up.
 */
export const cleanUpOnSignal = (cleanUp: (signal: string) => Promise<void>): void => {
  for (const signal of signals) {
    // Vitest's own listener exits the process a millisecond later, with the cluster left behind.
    process.removeAllListeners(signal)
    process.on(signal, () => {
      if (interruption.signal.aborted) return
      interruption.abort()
      cleanUp(signal)
        .catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
        .finally(() => process.exit(128 + constants.signals[signal]))
    })
  }
}
