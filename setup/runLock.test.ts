import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../lib/eventually.ts'
import { findLockHolder, lockProblem, acquireRunLock } from './runLock.ts'

/** Starts a server on a free port. */
const listen = async (answer = '') => {
  const server = createServer((connection) => connection.end(answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}
const freePort = async () => {
  const { server, port } = await listen()
  await once(server.close(), 'close')
  return port
}

test('of two runs that start together, one gets the lock and the other learns who holds it', async () => {
  const port = await freePort()
  expect(await findLockHolder(port)).toBe(undefined)
  const both = await Promise.all([acquireRunLock('e2e', port), acquireRunLock('e2e', port)])
  const holder = { cluster: 'e2e', process: process.pid, since: expect.any(String) }
  expect(both.filter((other) => other === undefined)).toHaveLength(1)
  expect(both.filter((other) => other !== undefined)).toEqual([holder])
  expect(await findLockHolder(port)).toEqual(holder)
})

test('killing the process frees its run lock at once', async () => {
  const port = await freePort()
  const program = `
    const { acquireRunLock } = await import(${JSON.stringify(import.meta.resolve('./runLock.ts'))})
    console.log(await acquireRunLock('e2e', ${port}))
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
  await once(child.stdout, 'data')
  expect(await acquireRunLock('e2e', port)).toMatchObject({ process: child.pid })
  child.kill('SIGKILL')
  await eventually(
    'the run lock is free',
    async () => expect(await acquireRunLock('e2e', port)).toBe(undefined),
    { within: 5000, every: 50 },
  )
}, 20_000)

test('another program holds the port', async () => {
  const { server, port } = await listen('SSH-2.0-OpenSSH_9.6\r\n')
  expect(await acquireRunLock('e2e', port)).toBe('an unknown program')
  server.close()
})

test.each([
  [{ cluster: 'e2e', process: 4711, since: '2026-11-23T08:00:00.000Z' }, /4711, .*12 min 3 s/, /kill 4711/],
  ['an unknown program' as const, /does not identify itself/, /lsof .*:30099 /],
])('the problem of a second run names the holder and how to stop it', (holder, seen, remedy) => {
  const problem = lockProblem(holder, new Date('2026-11-23T08:12:03.000Z'))
  expect(problem.severity).toBe('error')
  expect(problem.seen).toMatch(seen)
  expect(problem.remedy).toMatch(remedy)
})
