import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../lib/eventually.ts'
import { describeProblems } from './preflight/problems.ts'
import { findLockHolder, lockProblem, acquireRunLock } from './runLock.ts'

/** A server on a port of its own. */
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

test('of two that start together one has the turn, and the other is told who has it', async () => {
  const port = await freePort()
  expect(await findLockHolder(port)).toBe(undefined)
  const both = await Promise.all([acquireRunLock('e2e', port), acquireRunLock('e2e', port)])
  const holder = { cluster: 'e2e', process: process.pid, since: expect.any(String) }
  expect(both.filter((other) => other === undefined)).toHaveLength(1)
  expect(both.filter((other) => other !== undefined)).toEqual([holder])
  expect(await findLockHolder(port)).toEqual(holder)
})

test('the run lock of a process that was killed is free at once', async () => {
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
    {
      within: 5000,
      every: 50,
    },
  )
}, 20_000)

test('a port that something else holds', async () => {
  const { server, port } = await listen('SSH-2.0-OpenSSH_9.6\r\n')
  expect(await acquireRunLock('e2e', port)).toBe('an unknown program')
  server.close()
})

test('what is said to the one who has to wait', () => {
  const holder = { cluster: 'e2e', process: 4711, since: '2026-11-23T08:00:00.000Z' }
  const at = new Date('2026-11-23T08:12:03.000Z')
  const problems = [lockProblem(holder, at), lockProblem('an unknown program')]
  expect(describeProblems(problems)).toMatchInlineSnapshot(`
    "error: another run is under way
        seen:   cluster e2e, process 4711, for 12 min 3 s
        needed: one run at a time on this machine: its host ports are fixed
        remedy: wait for it, or stop it: kill 4711
    error: host port 30099 is taken
        seen:   held by a program that does not identify itself
        needed: 127.0.0.1:30099 free: a run listens there to keep others out
        remedy: stop it; \`lsof -nP -iTCP:30099 -sTCP:LISTEN\` or \`ss -ltnp 'sport = :30099'\` names it"
  `)
})
