import { $, type ProcessPromise } from 'zx'

$.quiet = true

/** Aborted by the first Ctrl-C or SIGTERM: every running command ends, every wait gives up. */
export const interruption = new AbortController()

export type Output = Readonly<{ stdout: string; stderr: string; seconds: number }>
type Options = Readonly<{
  /** Milliseconds until the command is killed. */
  within: number
  /** Continues after an interruption: for cleanup. */
  evenWhenInterrupted?: boolean
}>

/** A failed command: the command, how and when it ended, the last lines of its output. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly stderr: string
  readonly stdout: string
  constructor(message: string, stderr: string, stdout = '') {
    super(message)
    this.stderr = stderr
    this.stdout = stdout
  }
}

const lastLines = (text: string, count: number) => (text.trim() ? text.trim().split('\n').slice(-count) : [])

/**
 * Runs a command with its arguments, each passed as it is.
 * @throws CommandError if it cannot be started, exits with a code other than 0, or reaches its time limit
 */
export const run = async (command: string, args: readonly string[], options: Options): Promise<Output> => {
  const started = performance.now()
  const child: ProcessPromise = $({
    nothrow: true,
    timeout: options.within,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own does not receive Ctrl-C from the terminal.
    ...(options.evenWhenInterrupted
      ? { detached: true }
      : { signal: interruption.signal, killSignal: 'SIGTERM' }),
  })`${command} ${args}`
  // A command may ignore SIGTERM.
  const giveUp = () => void child.kill('SIGKILL').catch(() => {})
  const late = AbortSignal.timeout(options.within + 5000)
  late.addEventListener('abort', giveUp)
  const output = await child
  late.removeEventListener('abort', giveUp)
  const seconds = (performance.now() - started) / 1000
  if (output.exitCode === 0) return { stdout: output.stdout, stderr: output.stderr, seconds }

  // Code 127 may also come from a command that this one starts.
  const notFound = output.exitCode === 127 && output.stderr.includes(`${command}: command not found`)
  const how =
    interruption.signal.aborted && !options.evenWhenInterrupted
      ? 'was interrupted'
      : seconds * 1000 >= options.within
        ? `did not end within ${options.within / 1000} s and was killed`
        : notFound
          ? 'was not found on PATH'
          : output.signal
            ? `was killed by ${output.signal}`
            : `exited with code ${output.exitCode}`
  const said = lastLines(output.stderr.trim() ? output.stderr : output.stdout, 20)
  throw new CommandError(
    [
      [command, ...args].join(' '),
      `  ${how} after ${seconds.toFixed(1)} s`,
      ...said.map((line) => `  | ${line}`),
    ].join('\n'),
    output.stderr,
    output.stdout,
  )
}
