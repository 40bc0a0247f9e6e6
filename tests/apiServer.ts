import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

type Answer = Readonly<{ status?: number; body: unknown; headers?: Readonly<Record<string, string>> }>
type Handler = (request: IncomingMessage, body: string) => Answer | undefined

/** A kubeconfig with one context for a server. */
export const kubeconfigFor = (server: string, user: object = { token: 'a-token' }): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'staging',
    contexts: [{ name: 'staging', context: { cluster: 'staging', user: 'staging' } }],
    clusters: [{ name: 'staging', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'staging', user }],
  })

/** Stands for an API server, or for a pod behind it, until the test has finished. Without an answer it says 404. */
export const serveApi = async (answer: Handler) => {
  const requests: string[] = []
  const listener = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests.push(`${request.method} ${request.url}`)
      const {
        status = 200,
        body,
        headers = {},
      } = answer(request, Buffer.concat(chunks).toString()) ?? {
        status: 404,
        body: { kind: 'Status', message: 'the server could not find the requested resource' },
      }
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    listener.closeAllConnections()
    listener.close()
  })
  const { port } = listener.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return { url, port, requests, kubeconfig: kubeconfigFor(url) }
}
