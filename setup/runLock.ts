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

/** @returns undefined where nobody listens */
const answerAt = (port: number): Promise<string | undefined> => {
  const connection = createConnection({ port, host: '127.0.0.1' })
  const answer = text(connection).catch(() => undefined)
  return withLimit(answer, 5000)
    .catch(() => '')
    .finally(() => connection.destroy())
}

/**
 * Finds the run that holds the lock.
 * @returns undefined where no run does, `an unknown program` where the port is held by something else
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
 * One run at a time on a machine, since the host ports are fixed. A port says so of itself: two that start together
 * cannot both have it, and it is free again however its process ended.
 * @returns undefined where this process holds the lock from now on, else the holder
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
  // It may have ended just now; whoever asks again then gets it.
  return (await findLockHolder(port)) ?? 'an unknown program'
}

/** Another run that is under way, as a preflight problem. */
export const lockProblem = (holder: LockHolder | 'an unknown program', at = new Date()): Problem => {
  if (holder === 'an unknown program') {
    return {
      severity: 'error',
      what: `host port ${runLockPort} is taken`,
      seen: 'held by a program that does not identify itself',
      needed: `127.0.0.1:${runLockPort} free: a run listens there to keep others out`,
      remedy: `stop it; \`lsof -nP -iTCP:${runLockPort} -sTCP:LISTEN\` or \`ss -ltnp 'sport = :${runLockPort}'\` names it`,
    }
  }
  const { cluster, process: pid, since } = holder
  const lasted = describeSeconds((at.getTime() - Date.parse(since)) / 1000)
  return {
    severity: 'error',
    what: 'another run is under way',
    seen: `cluster ${cluster}, process ${pid}, for ${lasted}`,
    needed: 'one run at a time on this machine: its host ports are fixed',
    remedy: `wait for it, or stop it: kill ${pid}`,
  }
}

/**
 * Acquires the run lock, or names its holder and ends the process with exit code 2.
 * @returns false where this process has had it already: one cluster may follow another, as for --fresh
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
