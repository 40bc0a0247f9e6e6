import { crc32 } from 'node:zlib'

/** A numbered line of a log writer. */
export type NumberedLine = Readonly<{
  run: string
  node: string
  /** The process that wrote it; each one counts from 1. */
  writer: string
  line: number
}>

const sumOf = ({ run, node, writer, line }: NumberedLine, text: string) =>
  crc32(`${run} ${node} ${writer} ${line} ${text}`).toString(16).padStart(8, '0')

/** `e2e-drill=r1 node=worker writer=w1 line=17 sum=89abcdef order 17 is on its way` */
export const formatLine = (id: NumberedLine, text: string): string =>
  `e2e-drill=${id.run} node=${id.node} writer=${id.writer} line=${id.line} sum=${sumOf(id, text)} ${text}`

const pattern = /e2e-drill=(\w+) node=(\S+) writer=(\w+) line=(\d+) sum=([0-9a-f]{8}) ?(.*)/s

/** The numbered line in a log message; undefined if there is none. A line whose checksum differs is torn. */
export const parseLine = (message: string): (NumberedLine & Readonly<{ whole: boolean }>) | undefined => {
  const [, run, node, writer, line, sum, text = ''] = pattern.exec(message) ?? []
  if (run === undefined || node === undefined || writer === undefined) return undefined
  const id = { run, node, writer, line: Number(line) }
  return { ...id, whole: sumOf(id, text) === sum }
}

// Longer than the 16 KiB after which the container runtime splits a line.
const longText = ' and its bill has one more page'.repeat(650)

/** Every 250th line is longer than 16 KiB. */
export const textOf = (line: number): string =>
  `order ${line} is on its way${line % 250 === 0 ? longText : ''}`

/** Every 50th line begins an entry of three lines that are written at once, like a stack trace. */
export const entryLength = (line: number): number => (line % 50 === 0 ? 3 : 1)
