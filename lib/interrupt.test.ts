import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { eventually } from './eventually.ts'

// Four programs start at once.
vi.setConfig({ testTimeout: 30_000 })

/** A program that cleans up on a signal until it is allowed to end. */
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

/** Starts it; `until` waits for a line, and `end` is how it ended and what it printed. */
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
] as const)('%s: the last words, then the cleaning up', async (signal, code) => {
  const { child, until, end } = start()
  await until('running')
  child.kill(signal)
  // npm passes it on once more.
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

test.concurrent(
  'a second signal is told that it is being cleaned up, a third ends it at once',
  async ({ expect }) => {
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
    expect(await ended).toMatchInlineSnapshot(`
    "exit code 130
    running
    SIGINT: the report is written
    SIGINT: deleting the cluster
    SIGINT again: still cleaning up; the next one ends it at once; npm run clean then removes what is left
    "
  `)
  },
)
