import { mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { entryLength, formatLine, textOf } from './numbered-lines.ts'

/** How far one process has counted. */
export type Written = Readonly<{
  writer: string
  /** The last line that it has certainly written. */
  last: number
  /** The last line that it may have written: a process can be killed in the middle of a batch. */
  begun: number
}>

/** What a writer answers: its own count and those of its predecessors in the same pod, its own last. */
export type WriterAnswer = Readonly<{ run: string; written: readonly Written[] }>

type Options = Readonly<{
  run: string
  node: string
  writer: string
  /** Survives the process, so that its successor knows what it wrote. */
  folder: string
  write: (text: string) => void
}>

const readWritten = (folder: string, writer: string): Written => {
  const [last = 0, begun = 0] = readFileSync(join(folder, writer), 'utf8').split(' ').map(Number)
  return { writer, last, begun }
}

/** The numbers of the next lines, at least `count`: an entry of several lines is not split. */
const nextNumbers = (last: number, count: number): readonly (readonly number[])[] => {
  const entries: number[][] = []
  for (let next = last + 1; next <= last + count; next += entries.at(-1)?.length ?? 1)
    entries.push(Array.from({ length: entryLength(next) }, (_, index) => next + index))
  return entries
}

/** Writes numbered lines in batches. Before each batch it notes in a file how far the batch goes. */
export const createLogWriter = ({ run, node, writer, folder, write }: Options) => {
  mkdirSync(folder, { recursive: true })
  const earlier = readdirSync(folder).map((name) => readWritten(folder, name))
  const file = openSync(join(folder, writer), 'w')
  let last = 0
  // One write of a fixed length, which overwrites the last note.
  const note = (begun: number) => writeSync(file, `${last} ${begun}`.padEnd(24), 0)

  const writeLines = (count: number): void => {
    const entries = nextNumbers(last, count)
    const begun = entries.at(-1)?.at(-1) ?? last
    note(begun)
    const texts = entries.map((lines) =>
      lines.map((line) => formatLine({ run, node, writer, line }, textOf(line))).join('\n    at '),
    )
    write(`${texts.join('\n')}\n`)
    last = begun
  }

  const written = (): readonly Written[] => [...earlier, { writer, last, begun: last }]
  /** Notes that the last batch is written. */
  const end = () => note(last)
  return { writeLines, written, end }
}
