import { createConnection, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { withLimit } from '../lib/eventually.ts'
import { describeProblems, type Problem } from './preflight/problems.ts'
import { describeSeconds } from '../lib/progress.ts'

/** Not one of the host ports of kind-config.yaml. The process that listens here holds the run lock until it ends. */
export const runLockPort = 30099

/** The run that holds the lock. */
export type LockHolder = Readonly<{
  cluster: string
  process: number
  /** ISO 8601. */
  since: string
}>

/** @returns undefined if nobody listens */
const answerAt = (port: number): Promise<string | undefined> => {
  const connection = createConnection({ port, host: '127.0.0.1' })
  const answer = text(connection).catch(() => undefined)
  return withLimit(answer, 5000)
    .catch(() => '')
    .finally(() => connection.destroy())
}

/**
 * Finds the run that holds the lock.
 * @returns undefined if no run does, `an unknown program` if something else holds the port
 */
export const findLockHolder = async (
  port = runLockPort,
): Promise<LockHolder | 'an unknown program' | undefined> => {
  const answer = await answerAt(port)
  if (answer === undefined) return undefined
  try {
    return JSON.parse(answer) as LockHolder
  } catch {
    return 'an unknown program'
  }
}

/**
 * Allows one run at a time on a machine, because the host ports are fixed. The lock is a port: two runs that start together
 * cannot both listen on it, and the kernel frees it however the process ends.
 * @returns undefined if this process now holds the lock, otherwise the holder
 */
export const acquireRunLock = async (
  cluster: string,
  port = runLockPort,
): Promise<LockHolder | 'an unknown program' | undefined> => {
  const holder: LockHolder = { cluster, process: process.pid, since: new Date().toISOString() }
  const server = createServer((connection) => {
    connection.on('error', () => {}).end(JSON.stringify(holder))
  })
  const taken = Promise.withResolvers<boolean>()
  server.once('error', () => taken.resolve(false))
  server.listen(port, '127.0.0.1', () => taken.resolve(true)).unref()
  if (await taken.promise) return undefined
  // If the holder has just ended, the next attempt gets the lock.
  return (await findLockHolder(port)) ?? 'an unknown program'
}

/** The preflight problem that another run is active. */
export const lockProblem = (holder: LockHolder | 'an unknown program', at = new Date()): Problem => {
  if (holder === 'an unknown program') {
    return {
      severity: 'error',
      what: `host port ${runLockPort} is taken`,
      seen: 'held by a program that does not identify itself',
      needed: `127.0.0.1:${runLockPort} free: a run listens there so that no second one starts`,
      remedy: `stop it; \`lsof -nP -iTCP:${runLockPort} -sTCP:LISTEN\` or \`ss -ltnp 'sport = :${runLockPort}'\` names it`,
    }
  }
  const { cluster, process: pid, since } = holder
  const lasted = describeSeconds((at.getTime() - Date.parse(since)) / 1000)
  return {
    severity: 'error',
    what: 'another run is active',
    seen: `cluster ${cluster}, process ${pid}, running for ${lasted}`,
    needed: 'one run at a time on this machine: its host ports are fixed',
    remedy: `wait for it, or stop it: kill ${pid}`,
  }
}

/**
 * Acquires the run lock, or names its holder and ends the process with exit code 2.
 * @returns false if this process already holds it: one process may create several clusters in turn, as for --fresh
 */
export const acquireRunLockOrExit = async (
  cluster: string,
  print: (line: string) => void,
): Promise<boolean> => {
  const holder = await acquireRunLock(cluster)
  if (holder === undefined) return true
  if (holder !== 'an unknown program' && holder.process === process.pid) return false
  print(describeProblems([lockProblem(holder)]))
  process.exit(2)
}
