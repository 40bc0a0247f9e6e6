import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { httpClient } from '../clients/http.ts'
import type { Answer, Silence } from './exchange.ts'
import { startProxy } from './proxy.ts'
import { connectUpstream } from './upstream.ts'

const kubeconfig = JSON.stringify({
  clusters: [{ cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ user: {} }],
})

test('a client reaches its server through the proxy, which sees the answer, or that there is none', async () => {
  const server = createServer(({ headers }, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ login: headers.authorization, zipped: headers['accept-encoding'] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const folder = await mkdtemp(join(tmpdir(), 'upstream-test-'))
  await writeFile(join(folder, 'kubeconfig'), kubeconfig)
  const ask = await connectUpstream(join(folder, 'kubeconfig'))
  const answers: (Answer | Silence)[] = []
  const proxy = await startProxy({ ports: [port], ownLogins: [] }, async (asked, headers) => {
    const answer = await ask(asked, headers)
    answers.push(answer)
    return answer
  })
  const http = httpClient({ baseURL: `http://127.0.0.1:${port}`, user: 'me', password: 'mine' })
  const body = { login: 'Basic bWU6bWluZQ==', zipped: 'identity' }
  expect((await http('GET', '/')).body).toEqual(body)

  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await expect(http('GET', '/')).rejects.toThrow(/no answer: ECONNREFUSED connect ECONNREFUSED/)
  expect(answers).toMatchObject([
    { status: 200, body: JSON.stringify(body) },
    { code: 'ECONNREFUSED', silence: `connect ECONNREFUSED 127.0.0.1:${port}` },
  ])
  proxy.close()
  await rm(folder, { recursive: true })
})
