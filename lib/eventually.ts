import { AsyncLocalStorage } from 'node:async_hooks'
import pRetry from 'p-retry'
import { describeSeconds, waitingFor, withoutAges } from './progress.ts'
import { messageOf } from './messages.ts'
import { interruption } from './run.ts'

type Options = Readonly<{
  /** Milliseconds for the whole wait. */
  within: number
  /** Milliseconds between two tries; the first few come sooner. Default 1000. */
  every?: number
  /** Continues after an interruption: for cleanup. */
  evenWhenInterrupted?: boolean
  /** Tries only once: the state cannot change, as on a recording. */
  once?: boolean
}>

/** A sentence that did not become true: how long it was tried, how often, and what was observed last. */
export class WaitError extends Error {
  override name = 'WaitError'
}

/** Thrown by a probe if waiting longer cannot help: the wait ends with its message. */
export class GiveUpError extends Error {
  override name = 'GiveUpError'
}

/** Work that reached its time limit. In a wait, the try before it is the one to report. */
class CutShort extends Error {}

const labelled = (label: string, text: string) =>
  `  ${label}: ${text.trimEnd().replaceAll('\n', `\n${' '.repeat(label.length + 4)}`)}`

/**
 * Detects that the machine slept or this process was stopped: only the wall clock advanced (Linux), or nothing ran when
 * the limit was reached (macOS, where both clocks advance).
 * @param elapsed milliseconds by a clock that may stop while the machine sleeps
 * @param onTheWall milliseconds by the wall clock
 */
export const describePause = (elapsed: number, onTheWall: number, within: number): string | undefined => {
  const paused = Math.max(onTheWall - elapsed, elapsed - within) / 1000
  if (paused < 30) return undefined
  return `the machine slept, or this process was stopped, for ${describeSeconds(paused)}`
}

const stretched = new AsyncLocalStorage<number>()

/** Does work in which every `withLimit` waits this many times longer; its message names the original limit. */
export const stretchLimits = <T>(factor: number, work: () => Promise<T>): Promise<T> =>
  stretched.run(factor, work)

/**
 * The result of the work within a time limit; after the limit the result is ignored.
 * @param ms milliseconds
 * @param signal ends the wait early
 * @throws CutShort
 */
export const withLimit = async <T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> => {
  const cut = Promise.withResolvers<never>()
  const end = () => cut.reject(new CutShort(`no answer within ${ms / 1000} s`))
  const timer = setTimeout(end, ms * (stretched.getStore() ?? 1))
  signal?.addEventListener('abort', end)
  try {
    return await Promise.race([work, cut.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

type Watch = Readonly<{
  /** Never resolves; rejects with the error that `look` threw. */
  failed: Promise<never>
  stop: () => void
}>

/** Calls `look` at this interval, in milliseconds, until it throws. */
export const watch = (look: () => Promise<void>, every: number): Watch => {
  const failure = Promise.withResolvers<never>()
  // An unhandled rejection would end the process if nobody awaits it.
  failure.promise.catch(() => {})
  const state: { timer?: NodeJS.Timeout; stopped?: true } = {}
  const next = () => {
    if (!state.stopped) state.timer = setTimeout(() => void look().then(next, failure.reject), every).unref()
  }
  next()
  const stop = () => {
    state.stopped = true
    clearTimeout(state.timer)
  }
  return { failed: failure.promise, stop }
}

/**
 * p-retry stops at a TypeError, a bug of ours, except for the one that fetch() throws if a server does not answer. It
 * recognizes that by its message, which the Kubernetes client prefixes.
 */
const asRetryable = (error: unknown): unknown =>
  error instanceof TypeError && error.message.endsWith(': fetch failed')
    ? new Error(error.message, { cause: error })
    : error

/**
 * Tries `probe` until it returns, and returns that.
 * @param sentence what should become true; the message of a failure starts with it
 * @param probe throws the shortfall, in words, while the sentence is false; a GiveUpError, or a TypeError
 *   (a bug of ours), ends the wait at once
 * @throws WaitError with the sentence, the time, the number of tries, the last shortfall and the one before if it differs
 */
export const eventually = <T>(
  sentence: string,
  probe: () => Promise<T>,
  { within, every = 1000, evenWhenInterrupted = false, once = false }: Options,
): Promise<T> =>
  waitingFor(sentence, async (wait) => {
    const started = { at: performance.now(), onTheWall: Date.now() }
    const elapsed = () => performance.now() - started.at
    const signal = evenWhenInterrupted ? undefined : interruption.signal
    const shortfalls: string[] = []
    let tries = 0

    try {
      return await pRetry(
        async () => {
          tries += 1
          try {
            return await withLimit(probe(), Math.max(within - elapsed(), 1), signal)
          } catch (error) {
            throw asRetryable(error)
          }
        },
        {
          retries: once ? 0 : Infinity,
          maxRetryTime: within,
          minTimeout: every / 10,
          maxTimeout: every,
          factor: 1.5,
          ...(signal && { signal }),
          shouldRetry: ({ error }) => !(error instanceof GiveUpError),
          onFailedAttempt: ({ error }) => {
            const text = messageOf(error)
            if (error instanceof CutShort) return
            // The same trouble at a higher age is not a new shortfall.
            if (withoutAges(text) === withoutAges(shortfalls.at(-1) ?? '')) shortfalls.pop()
            shortfalls.push(text)
            wait.lacks = text
          },
        },
      )
    } catch (error) {
      const [before, last = 'no try completed'] = [shortfalls.at(-2), shortfalls.at(-1)]
      const spent = `${(elapsed() / 1000).toFixed(1)} s (${tries} ${tries === 1 ? 'try' : 'tries'})`
      const how = signal?.aborted
        ? `interrupted after ${spent}`
        : error instanceof GiveUpError || (elapsed() < within && !once)
          ? `gave up after ${spent}: this will not recover by itself`
          : `not so after ${spent}`
      const lines = [`${sentence}: ${how}`, labelled('last', last)]
      // A GiveUpError says everything.
      if (before !== undefined && !(error instanceof GiveUpError)) lines.push(labelled('before', before))
      const pause = describePause(elapsed(), Date.now() - started.onTheWall, within)
      if (pause !== undefined) lines.push(labelled('note', pause))
      throw new WaitError(lines.join('\n'), { cause: error })
    }
  })
