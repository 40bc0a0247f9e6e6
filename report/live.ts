import { stripVTControlCharacters } from 'node:util'
import { describeSeconds, innermost, now, waitsUnderWay, type Wait } from '../lib/progress.ts'
import { firstLine } from '../lib/messages.ts'

/** How long a wait lasts before a log mentions it, and between two lines about it. */
const quietSeconds = 20

// Aligned with the names of the steps.
const indent = ' '.repeat(11)

/** `… all nodes are Ready (41 s): node e2e-worker2 is not Ready: container runtime network not ready` */
const describeWait = ({ what, since, lacks }: Wait, at: number): string => {
  const why = lacks === undefined ? '' : `: ${firstLine(lacks)}`
  // It may quote any log.
  return stripVTControlCharacters(`… ${what} (${describeSeconds(at - since)})${why}`).replaceAll(
    /\p{Cc}/gu,
    ' ',
  )
}

type Size = Readonly<{ columns: number; rows: number }>

/** The current waits, in lines that fit the terminal. */
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

/** New lines for a log about the current waits. */
export const logLines = (): ((waits: ReadonlySet<Wait>, at: number) => readonly string[]) => {
  const printed = new Map<Wait, Readonly<{ at: number; lacks: string }>>()
  return (waits, at) =>
    innermost(waits).flatMap((wait) => {
      const { at: last, lacks } = printed.get(wait) ?? { at: wait.since, lacks: '' }
      const seen = firstLine(wait.lacks ?? '')
      if (at - last < quietSeconds || seen === lacks) return []
      printed.set(wait, { at, lacks: seen })
      return [`${at.toFixed(1).padStart(7)} s  ${describeWait(wait, at)}`]
    })
}

type Terminal = Pick<NodeJS.WriteStream, 'write'>

/**
 * Keeps lines at the end of the terminal: other output goes above them.
 * @returns `draw` draws the current lines, `stop` erases them
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
    // Wrapping is off: a line that is wider than expected must not become two.
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

// CI logs keep every line, and a dumb terminal cannot move the cursor.
const isTerminal = () => process.stdout.isTTY && !process.env['CI'] && process.env['TERM'] !== 'dumb'

/** Shows the current waits until the process ends: live on a terminal, otherwise as lines of a log. */
export const showProgress = (print: (line: string) => void): void => {
  const waits = waitsUnderWay()
  const log = logLines()
  const { stdout, stderr } = process
  // Some terminals do not report their size.
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
  const live = isTerminal() ? keepAtEnd([stdout, stderr], () => liveLines(waits, now(), size())) : undefined
  const show = () => {
    if (live) live.draw()
    else for (const line of log(waits, now())) print(line)
  }
  // eslint-disable-next-line no-restricted-globals -- shows waits, and waits for nothing itself
  const timer = setInterval(show, 1000).unref()
  process.once('exit', () => {
    clearInterval(timer)
    live?.stop()
  })
}
