import { createServer } from 'node:http'
import { createLogWriter, type WriterAnswer } from './written-lines.ts'

const { RUN_ID: run = '', NODE_NAME: node = '', LINES_PER_SECOND = '50' } = process.env
const batchesPerSecond = 10

const { writeLines, written, end } = createLogWriter({
  run,
  node,
  writer: `w${Date.now().toString(36)}`,
  folder: '/written',
  write: (text) => process.stdout.write(text),
})

/** A burst is written at once, in parts that a pipe can take. */
const writeBurst = (left: number): void => {
  if (left <= 0) return
  writeLines(Math.min(left, 1000))
  setImmediate(() => writeBurst(left - 1000))
}

const perBatch = Number(LINES_PER_SECOND) / batchesPerSecond
const owed = { lines: 0 }
/** At less than one line per batch, only some batches write a line. */
const writeBatch = (): void => {
  owed.lines += perBatch
  if (owed.lines < 1) return
  writeLines(Math.floor(owed.lines))
  owed.lines %= 1
}

/** `GET /` answers how far it has counted, `POST /burst/1000` writes 1,000 lines at once. */
createServer(({ method, url = '' }, response) => {
  if (method === 'POST') writeBurst(Number(/^\/burst\/(\d+)$/.exec(url)?.[1] ?? 0))
  response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ run, written: written() } satisfies WriterAnswer))
}).listen(8080)
setInterval(writeBatch, 1000 / batchesPerSecond)

// Process 1 of a container ignores SIGTERM unless it handles it.
process.once('SIGTERM', () => {
  end()
  process.exit()
})
