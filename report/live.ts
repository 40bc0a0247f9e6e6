import { stripVTControlCharacters } from 'node:util'
import { describeSeconds, innermost, now, waitsUnderWay, type Wait } from '../lib/progress.ts'

/** Seconds that a wait lasts before a log tells of it, and between two lines about the same one. */
const patience = 20

const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''
// In one column with the names of the steps.
const indent = ' '.repeat(11)

/** `… all nodes are Ready (41 s): node e2e-worker2 is not Ready: container runtime network not ready` */
const describeWait = ({ what, since, lacks }: Wait, at: number): string => {
  const why = lacks === undefined ? '' : `: ${firstLine(lacks)}`
  // What is missing may be told by anybody's log.
  return stripVTControlCharacters(`… ${what} (${describeSeconds(at - since)})${why}`).replaceAll(
    /\p{Cc}/gu,
    ' ',
  )
}

type Size = Readonly<{ columns: number; rows: number }>

/** What is waited for, in lines that fit a terminal. */
export const liveLines = (
  waits: ReadonlySet<Wait>,
  at: number,
  { columns, rows }: Size,
): readonly string[] => {
  const lines = innermost(waits).map((wait) => indent + describeWait(wait, at))
  const room = Math.max(rows - 2, 1)
  const shown = lines.length > room ? [...lines.slice(0, room - 1), `${indent}… and more`] : lines
  return shown.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`))
}

/** Of the waits under way, the lines that a log does not have yet: what is missing, where it is something new. */
export const logLines = (): ((waits: ReadonlySet<Wait>, at: number) => readonly string[]) => {
  const told = new Map<Wait, Readonly<{ at: number; lacks: string }>>()
  return (waits, at) =>
    innermost(waits).flatMap((wait) => {
      const { at: last, lacks } = told.get(wait) ?? { at: wait.since, lacks: '' }
      const seen = firstLine(wait.lacks ?? '')
      if (at - last < patience || seen === lacks) return []
      told.set(wait, { at, lacks: seen })
      return [`${at.toFixed(1).padStart(7)} s  ${describeWait(wait, at)}`]
    })
}

type Terminal = Pick<NodeJS.WriteStream, 'write'>

/**
 * Keeps lines at the end of a terminal: whatever else is printed to one of its streams goes above them.
 * @returns `draw` draws the lines as they are now, `stop` leaves nothing of them
 */
export const keepAtEnd = (
  streams: readonly [Terminal, ...Terminal[]],
  lines: () => readonly string[],
): Readonly<{ draw: () => void; stop: () => void }> => {
  const write = streams[0].write.bind(streams[0])
  let drawn = 0
  let lineIsWhole = true
  const erase = () => {
    if (drawn > 0) write(`\x1b[${drawn}F\x1b[J`)
    drawn = 0
  }
  const draw = () => {
    if (!lineIsWhole) return
    erase()
    const texts = lines()
    drawn = texts.length
    // Without wrapping: a line that is wider than it looks must not become two.
    if (drawn > 0) write(`\x1b[?7l${texts.map((line) => `${line}\n`).join('')}\x1b[?7h`)
  }
  const undo = streams.map((stream) => {
    const original = stream.write.bind(stream)
    stream.write = ((...args: Parameters<typeof original>) => {
      erase()
      const accepted = original(...args)
      lineIsWhole = Buffer.from(args[0]).at(-1) === 10
      draw()
      return accepted
    }) as typeof stream.write
    return () => (stream.write = original)
  })
  return {
    draw,
    stop: () => {
      for (const restore of undo) restore()
      erase()
    },
  }
}

// A CI keeps every line, and some terminals cannot go back.
const isTerminal = () => process.stdout.isTTY && !process.env['CI'] && process.env['TERM'] !== 'dumb'

/**
 * Shows what is waited for, until the process ends: on a terminal as lines that are redrawn every second, else as a line
 * for what is new.
 */
export const showProgress = (print: (line: string) => void): void => {
  const waits = waitsUnderWay()
  const log = logLines()
  const { stdout, stderr } = process
  // Some terminals do not know how large they are.
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
  const live = isTerminal() ? keepAtEnd([stdout, stderr], () => liveLines(waits, now(), size())) : undefined
  const look = () => {
    if (live) live.draw()
    else for (const line of log(waits, now())) print(line)
  }
  // eslint-disable-next-line no-restricted-globals -- it shows waits, and waits for nothing itself
  const timer = setInterval(look, 1000).unref()
  process.once('exit', () => {
    clearInterval(timer)
    live?.stop()
  })
}
