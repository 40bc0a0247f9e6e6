import { expect, test } from 'vitest'
import { run } from './run.ts'

const within = 30_000
const shell = (script: string, limit = within) => run('sh', ['-c', script], { within: limit })
/** The message of a command that fails, without the seconds, and without where the shell is and how it puts it. */
const failure = async (command: Promise<unknown>) => {
  const error = await command.then(
    () => new Error('the command succeeded'),
    (thrown: unknown) => thrown as Error,
  )
  return `${error.name}: ${error.message}`
    .replace(/after \d+\.\d s/, 'after <seconds> s')
    .replace(/\| .*: (\S+: command not found)/, '| <shell>: $1')
}

test('what it prints on both streams', async () => {
  expect(await shell('echo out; echo aside >&2')).toEqual({
    stdout: 'out\n',
    stderr: 'aside\n',
    seconds: expect.any(Number),
  })
})

test('arguments go as they are', async () => {
  const args = ['-c', 'echo "$1|$2"', 'sh', "it's $HOME; a b", '*']
  expect((await run('sh', args, { within })).stdout).toBe("it's $HOME; a b|*\n")
})

test('an exit code, with what was said on standard error', async () => {
  expect(await failure(shell('echo out; echo one >&2; echo two >&2; exit 3'))).toMatchInlineSnapshot(`
    "CommandError: sh -c echo out; echo one >&2; echo two >&2; exit 3
      exited with code 3 after <seconds> s
      | one
      | two"
  `)
})

test('an exit code, with the output where nothing was said on standard error', async () => {
  expect(await failure(shell('echo out; exit 3'))).toMatchInlineSnapshot(`
    "CommandError: sh -c echo out; exit 3
      exited with code 3 after <seconds> s
      | out"
  `)
})

test('the last 20 lines only', async () => {
  expect(await failure(shell('seq 100 >&2; exit 1'))).toMatchInlineSnapshot(`
    "CommandError: sh -c seq 100 >&2; exit 1
      exited with code 1 after <seconds> s
      | 81
      | 82
      | 83
      | 84
      | 85
      | 86
      | 87
      | 88
      | 89
      | 90
      | 91
      | 92
      | 93
      | 94
      | 95
      | 96
      | 97
      | 98
      | 99
      | 100"
  `)
})

test('a command that is not there', async () => {
  expect(await failure(run('no-such-command', ['get', 'a b'], { within }))).toMatchInlineSnapshot(`
    "CommandError: no-such-command get a b
      was not found on PATH after <seconds> s
      | <shell>: no-such-command: command not found"
  `)
})

test('killed at the limit', async () => {
  expect(await failure(shell('echo begun; exec sleep 60', 500))).toMatchInlineSnapshot(`
    "CommandError: sh -c echo begun; exec sleep 60
      did not end within 0.5 s and was killed after <seconds> s
      | begun"
  `)
})

test('killed by somebody else', async () => {
  expect(await failure(shell('kill -KILL $$'))).toMatchInlineSnapshot(`
    "CommandError: sh -c kill -KILL $$
      was killed by SIGKILL after <seconds> s"
  `)
})
