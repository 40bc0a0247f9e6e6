import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'

/** A wait under way: a step of the run, or a sentence that should become true. */
export type Wait = {
  readonly what: string
  /** Seconds since the process started. */
  readonly since: number
  /** The wait that contains this one. */
  readonly partOf: Wait | undefined
  /** What was missing at the last try. */
  lacks?: string
}

// Vitest loads setup and its reporters as two module graphs, each with its own copy of this module: they cannot share a
// variable, but they share Node's diagnostics channels, which have names.
const began = channel('observability-e2e:wait-began')
const ended = channel('observability-e2e:wait-ended')
const current = new AsyncLocalStorage<Wait>()

/** Seconds since the process started. */
export const now = () => performance.now() / 1000

/** Announces a wait for as long as the work takes. */
export const waitingFor = async <T>(what: string, work: (wait: Wait) => Promise<T>): Promise<T> => {
  const wait: Wait = { what, since: now(), partOf: current.getStore() }
  began.publish(wait)
  try {
    return await current.run(wait, () => work(wait))
  } finally {
    ended.publish(wait)
  }
}

/** All waits of this thread from now on; the set changes as waits begin and end. */
export const waitsUnderWay = (): ReadonlySet<Wait> => {
  const waits = new Set<Wait>()
  began.subscribe((wait) => waits.add(wait as Wait))
  ended.subscribe((wait) => waits.delete(wait as Wait))
  return waits
}

/** The waits that contain no other wait. */
export const innermost = (waits: ReadonlySet<Wait>): readonly Wait[] =>
  [...waits].filter((wait) => ![...waits].some(({ partOf }) => partOf === wait))

/** `41 s`, `2 min 5 s`, `1 h 2 min` */
export const describeSeconds = (seconds: number): string => {
  const whole = Math.round(seconds)
  if (whole < 120) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** ` for 41 s`; empty if the start is unknown. */
export const forHowLong = (since: number | undefined): string =>
  since === undefined ? '' : ` for ${describeSeconds(Math.max(0, Date.now() - since) / 1000)}`

const duration = String.raw`\d+ (?:s|min \d+ s|h \d+ min)\b`
const ages = new RegExp(` for ${duration}|, \\d+ restarts?(?: in ${duration})?|, previous run`, 'g')

/** The text without durations and restart counts: equal texts are about the same trouble. */
export const withoutAges = (text: string): string => text.replaceAll(ages, '')
