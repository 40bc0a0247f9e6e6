import pRetry from 'p-retry'
import { withoutAges } from './ages.ts'
import { messageOf } from './messages.ts'
import { describeSeconds, waitingFor } from './progress.ts'
import { interruption } from './run.ts'

type Options = Readonly<{
  /** Milliseconds for the whole wait. */
  within: number
  /** Milliseconds between two tries; the first few come sooner. Default 1000. */
  every?: number
  /** Goes on after an interruption: for what cleans up. */
  evenWhenInterrupted?: boolean
}>

/** A sentence that did not come true: for how long, how many tries, what was seen last. */
export class WaitError extends Error {
  override name = 'WaitError'
}

/** Thrown by a probe where waiting longer cannot help: the wait ends with its text. */
export class GiveUpError extends Error {
  override name = 'GiveUpError'
}

/** Work that took longer than it may. As a try of a wait it has nothing to say, the one before it has. */
class CutShort extends Error {}

const labelled = (label: string, text: string) =>
  `  ${label}: ${text.trimEnd().replaceAll('\n', `\n${' '.repeat(label.length + 4)}`)}`

/**
 * Says so where the machine slept, or this process was stopped: the clock on the wall went on without the other one
 * (Linux), or nothing ran when the time was up (macOS, where both go on).
 * @param elapsed milliseconds by a clock that a sleeping machine may stop
 * @param onTheWall milliseconds by the clock on the wall
 */
export const describePause = (elapsed: number, onTheWall: number, within: number): string | undefined => {
  const paused = Math.max(onTheWall - elapsed, elapsed - within) / 1000
  if (paused < 30) return undefined
  return `in between the machine slept, or this process was stopped, for ${describeSeconds(paused)}`
}

/**
 * What the work comes to, unless it takes longer; what goes on of it then goes unheard.
 * @param ms milliseconds
 * @param signal cuts it short as well
 * @throws CutShort
 */
export const withLimit = async <T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> => {
  const cut = Promise.withResolvers<never>()
  const end = () => cut.reject(new CutShort(`no answer within ${ms / 1000} s`))
  const timer = setTimeout(end, ms)
  signal?.addEventListener('abort', end)
  try {
    return await Promise.race([work, cut.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

type Watch = Readonly<{
  /** Never fulfilled; rejected with what `look` threw. */
  failed: Promise<never>
  stop: () => void
}>

/** Looks every so many milliseconds whether something is still so: it throws once it is not. */
export const watch = (look: () => Promise<void>, every: number): Watch => {
  const failure = Promise.withResolvers<never>()
  // Whoever waits for it may have ended.
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
 * A TypeError is a bug of ours, and no reason to try again; but fetch() throws one as well, where a server does not
 * answer. p-retry knows those by their very message, the Kubernetes client puts words before it.
 */
const asRetryable = (error: unknown): unknown =>
  error instanceof TypeError && error.message.endsWith(': fetch failed')
    ? new Error(error.message, { cause: error })
    : error

/**
 * Tries `probe` until it returns, and returns that.
 * @param sentence what should come true; it opens the message of a failure
 * @param probe throws the shortfall, in words, while the sentence does not hold; a GiveUpError, or a TypeError
 *   (a bug of ours), ends the wait at once
 * @throws WaitError with the sentence, how long, how many tries, the last shortfall and, where it differs, the one before
 */
export const eventually = <T>(
  sentence: string,
  probe: () => Promise<T>,
  { within, every = 1000, evenWhenInterrupted = false }: Options,
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
          retries: Infinity,
          maxRetryTime: within,
          minTimeout: every / 10,
          maxTimeout: every,
          factor: 1.5,
          ...(signal && { signal }),
          shouldRetry: ({ error }) => !(error instanceof GiveUpError),
          onFailedAttempt: ({ error }) => {
            const text = messageOf(error)
            if (error instanceof CutShort) return
            // The same trouble is older at each look, and no other one for that.
            if (withoutAges(text) === withoutAges(shortfalls.at(-1) ?? '')) shortfalls.pop()
            shortfalls.push(text)
            wait.lacks = text
          },
        },
      )
    } catch (error) {
      const [before, last = 'no try came to an end'] = [shortfalls.at(-2), shortfalls.at(-1)]
      const how = signal?.aborted
        ? 'interrupted after'
        : error instanceof GiveUpError || elapsed() < within
          ? 'gave up, since waiting cannot help, after'
          : 'not so after'
      const lines = [
        `${sentence}: ${how} ${(elapsed() / 1000).toFixed(1)} s (${tries} ${tries === 1 ? 'try' : 'tries'})`,
        labelled('last', last),
      ]
      // Where it gave up, the last word is the whole story.
      if (before !== undefined && !(error instanceof GiveUpError)) lines.push(labelled('before', before))
      const pause = describePause(elapsed(), Date.now() - started.onTheWall, within)
      if (pause !== undefined) lines.push(labelled('note', pause))
      throw new WaitError(lines.join('\n'), { cause: error })
    }
  })
