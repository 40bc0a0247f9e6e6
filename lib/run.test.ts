import { expect, test } from 'vitest'
import { run } from './run.ts'

const within = 30_000
const shell = (script: string, limit = within) => run('sh', ['-c', script], { within: limit })
/** The message of a command that fails; the seconds differ from run to run. */
const failure = async (command: Promise<unknown>) => {
  const error = await command.then(
    () => new Error('the command succeeded'),
    (thrown: unknown) => thrown as Error,
  )
  return `${error.name}: ${error.message}`.replace(/after \d+\.\d s/, 'after <seconds> s')
}

test('both output streams', async () => {
  expect(await shell('echo out; echo aside >&2')).toEqual({
    stdout: 'out\n',
    stderr: 'aside\n',
    seconds: expect.any(Number),
  })
})

test('arguments are passed as they are', async () => {
  const args = ['-c', 'echo "$1|$2"', 'sh', "it's $HOME; a b", '*']
  expect((await run('sh', args, { within })).stdout).toBe("it's $HOME; a b|*\n")
})

test('a command that fails: its exit code and standard error', async () => {
  expect(await failure(shell('echo out; echo one >&2; echo two >&2; exit 3'))).toMatchInlineSnapshot(`
    "CommandError: sh -c echo out; echo one >&2; echo two >&2; exit 3
      exited with code 3 after <seconds> s
      | one
      | two"
  `)
})

test.each([
  ['no standard error: its output', () => shell('echo out; exit 3'), /exited with code 3 .*\n  \| out$/],
  ['20 lines at most', () => shell('seq 100 >&2; exit 1'), /code 1 .*\n  \| 81(\n  \| \d+){18}\n  \| 100$/],
  ['not found', () => run('no-such-command', ['a b'], { within }), /no-such-command a b\n  was not found on/],
  [
    'its limit',
    () => shell('echo begun; exec sleep 60', 500),
    /not end within 0\.5 s .*killed.*\n  \| begun$/,
  ],
  ['killed', () => shell('kill -KILL $$'), /was killed by SIGKILL after <seconds> s$/],
])('a command that fails: %s', async (_, command, message) => {
  expect(await failure(command())).toMatch(message)
})
