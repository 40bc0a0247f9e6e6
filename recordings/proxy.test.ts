import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { httpClient, NoAnswerError } from '../clients/http.ts'
import { connectKubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import type { Answer, Asked, Silence } from './exchange.ts'
import { startProxy } from './proxy.ts'

const [port, otherPort] = [39_090, 39_920]
const ownLogins = [`Basic ${Buffer.from('me:mine').toString('base64')}`]
const json = (body: unknown): Answer => ({
  status: 200,
  contentType: 'application/json',
  date: 'Sat, 28 Nov 2026 12:00:00 GMT',
  body: JSON.stringify(body),
})

const started: (() => unknown)[] = []
afterEach(async () => {
  for (const end of started.splice(0)) await end()
})

/** A proxy that keeps what it is asked. */
const proxyWith = async (answer: (asked: Asked) => Answer | Silence) => {
  const asked: Asked[] = []
  const proxy = await startProxy({ ports: [port, otherPort], ownLogins }, async (request) => {
    asked.push(request)
    return answer(request)
  })
  const folder = await mkdtemp(join(tmpdir(), 'proxy-test-'))
  started.push(proxy.close, () => rm(folder, { recursive: true }))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, proxy.kubeconfig)
  return { asked, kubeconfig }
}

test('every client is answered at the URL that it knows', async () => {
  const { asked, kubeconfig } = await proxyWith(({ server }) =>
    json(
      server === 'kubernetes' ? { items: [{ metadata: { name: 'n1' } }] } : { version: { number: '3.6.0' } },
    ),
  )
  const kubernetes = await connectKubernetes(kubeconfig)
  const http = httpClient({ baseURL: `http://127.0.0.1:${port}`, user: 'me', password: 'other' })
  const answer = await http('POST', '/api', { params: { a: 1 }, data: { b: 2 } })
  expect(answer).toMatchObject({ body: { version: {} }, date: 'Sat, 28 Nov 2026 12:00:00 GMT' })
  expect(await connectOpenSearch({ url: `http://127.0.0.1:${otherPort}` }).version()).toBe('3.6.0')
  expect((await kubernetes.core.listNode()).items).toHaveLength(1)
  expect(await kubernetes.listMetadata('/api/v1/secrets')).toEqual([{ name: 'n1' }])
  expect(asked).toMatchObject([
    { server: `${port}`, method: 'POST', path: '/api?a=1', body: '{"b":2}', otherLogin: true },
    { server: `${otherPort}`, method: 'GET', path: '/' },
    { server: 'kubernetes', path: '/api/v1/nodes' },
    { server: 'kubernetes', path: '/api/v1/secrets', accept: expect.stringContaining('as=Partial') },
  ])
})

test('a client sees the error of a connection as it was', async () => {
  await proxyWith(() => ({ code: 'ECONNREFUSED', silence: `connect ECONNREFUSED 127.0.0.1:${port}` }))
  const asked = httpClient({ baseURL: `http://127.0.0.1:${port}` })('GET', '/')
  await expect(asked).rejects.toThrow(NoAnswerError)
  await expect(asked).rejects.toThrow(`no answer: ECONNREFUSED connect ECONNREFUSED 127.0.0.1:${port}`)
})

test.each([
  [{ status: 'Success' }, true],
  [{ status: 'Failure' }, false],
])('what a command in a container wrote, and its end: %o', async (status, succeeded) => {
  const long = 'x'.repeat(70_000)
  const { asked, kubeconfig } = await proxyWith(() => ({
    ...json([
      [1, long],
      [2, 'ü'],
      [3, JSON.stringify(status)],
    ]),
    status: 101,
    contentType: 'v4.channel.k8s.io',
  }))
  const { exec } = await connectKubernetes(kubeconfig)
  const output = await exec({ namespace: 'a', pod: 'p', container: 'c' }, ['cat', 'f'])
  expect(output).toEqual({ succeeded, stdout: long, stderr: 'ü' })
  expect(asked).toMatchObject([{ method: 'EXEC', path: expect.stringContaining('command=cat&command=f') }])
})
