import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { eventually } from './eventually.ts'

// Four programs start at the same time.
vi.setConfig({ testTimeout: 30_000 })

/** A program that starts its cleanup on a signal, and ends it when standard input is closed. */
const program = `
  const { cleanUpOnSignal, onInterruption } = await import(${JSON.stringify(import.meta.resolve('./interrupt.ts'))})
  onInterruption(async (signal) => console.log(signal + ': the report is written'))
  const cleanUp = async (signal) => {
    console.log(signal + ': deleting the cluster')
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())
    console.log(signal + ': nothing is left behind')
  }
  cleanUpOnSignal(cleanUp, 'npm run clean')
  setInterval(() => {}, 1000)
  console.log('running')
`

/** Starts the program; `until` waits for a line, `end` for the exit code and all output. */
const start = () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => chunks.push(String(chunk)))
  const closed = once(child, 'close') as Promise<[number | null]>
  const until = (line: string) =>
    eventually(`the program prints ${line}`, async () => expect(chunks.join('')).toContain(line), {
      within: 10_000,
      every: 20,
    })
  return { child, until, end: async () => `exit code ${(await closed)[0]}\n${chunks.join('')}` }
}

test.concurrent.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s: the report first, then the cleanup', async (signal, code) => {
  const { child, until, end } = start()
  await until('running')
  child.kill(signal)
  // npm forwards the signal: the process receives it twice.
  child.kill(signal)
  await until('deleting the cluster')
  child.stdin.end()
  expect(await end()).toBe(
    [
      `exit code ${code}`,
      'running',
      `${signal}: the report is written`,
      `${signal}: deleting the cluster`,
      `${signal}: nothing is left behind\n`,
    ].join('\n'),
  )
})

test.concurrent('a second signal is answered, a third ends the process at once', async ({ expect }) => {
  const { child, until, end } = start()
  await until('running')
  const ended = end()
  await eventually(
    'the program ends',
    async () => {
      child.kill('SIGINT')
      expect(child.exitCode).toBe(130)
    },
    { within: 10_000 },
  )
  const lines = (await ended).split('\n')
  expect(lines.slice(0, 4)).toEqual([
    'exit code 130',
    'running',
    'SIGINT: the report is written',
    'SIGINT: deleting the cluster',
  ])
  expect(lines[4]).toMatch(/^SIGINT again: still cleaning up; .*npm run clean/)
})
