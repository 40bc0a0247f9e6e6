import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectGrafana } from '../../clients/grafana.ts'
import { httpClient, HttpError } from '../../clients/http.ts'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { connectOpenSearch } from '../../clients/opensearch.ts'
import { serveApi } from '../../tests/apiServer.ts'
import { isRead, startRelay } from './relay.ts'

/** A relay to a pod that `pod` stands for, through an API server that `api` stands for. */
const relayTo = async (
  pod: Awaited<ReturnType<typeof serveApi>>,
  api: Awaited<ReturnType<typeof serveApi>>,
) => {
  const { server } = await connectKubernetes(api.kubeconfig)
  const forwarded: string[] = []
  const forward: typeof server.forward = async (namespace, name, port) => {
    forwarded.push(`${namespace}/${name}:${port}`)
    return connect(pod.port, '127.0.0.1')
  }
  const relay = await startRelay(
    { ...server, forward },
    {
      ...{ namespace: 'obs', service: 'grafana', port: 80, scheme: 'http', proxied: true },
      pod: async () => ({ name: 'grafana-0', port: 3000 }),
    },
  )
  onTestFinished(relay.close)
  return { url: relay.url, forwarded }
}

test('a plain GET goes through the service proxy, with the credentials of the kubeconfig', async () => {
  const api = await serveApi(({ headers }) => ({ body: { as: headers.authorization } }))
  const { url, forwarded } = await relayTo(await serveApi(() => undefined), api)
  const { body } = await httpClient({ baseURL: url })('GET', '/api/v1/query', {
    params: { query: 'up{a="b"}' },
  })
  expect(body).toEqual({ as: 'Bearer a-token' })
  expect(api.requests).toEqual([
    'GET /api/v1/namespaces/obs/services/grafana:80/proxy/api/v1/query?query=up%7Ba%3D%22b%22%7D',
  ])
  expect(forwarded).toEqual([])
})

test('a redirect stays on the relay, although the API server prefixes its path', async () => {
  const root = '/api/v1/namespaces/obs/services/grafana:80/proxy'
  const api = await serveApi(({ url }) =>
    url === `${root}/`
      ? { status: 302, body: {}, headers: { location: `${root}/query` } }
      : { body: { path: url } },
  )
  const { url } = await relayTo(await serveApi(() => undefined), api)
  expect((await httpClient({ baseURL: url })('GET', '/')).body).toEqual({ path: `${root}/query` })
})

test('a login and a search with a body go through a port-forward, which keeps the Authorization header', async () => {
  const api = await serveApi(() => undefined)
  const pod = await serveApi(({ headers }, body) => ({
    body: { login: headers.authorization, count: body.length },
  }))
  const { url, forwarded } = await relayTo(pod, api)
  expect(await connectGrafana({ url, user: 'admin', password: 'secret' }).whoAmI()).toBe(
    'Basic YWRtaW46c2VjcmV0',
  )
  expect(await connectOpenSearch({ url }).countLogs({ match_all: {} })).toBe(
    '{"query":{"match_all":{}}}'.length,
  )
  expect(forwarded).toEqual(['obs/grafana-0:3000', 'obs/grafana-0:3000'])
  expect(api.requests).toEqual([])
})

test('what would change a server is not passed on', async () => {
  const [api, pod] = [await serveApi(() => ({ body: {} })), await serveApi(() => ({ body: {} }))]
  const { url } = await relayTo(pod, api)
  const refused = httpClient({ baseURL: url })('POST', '/api/v2/silences', { data: {} })
  await expect(refused).rejects.toThrow(HttpError)
  await expect(refused).rejects.toThrow(/403: POST \/api\/v2\/silences is not passed on/)
  expect([...api.requests, ...pod.requests]).toEqual([])
})

test.each([
  ['POST', '/logs-*/_search?scroll=1m', true],
  ['POST', '/_search/scroll', true],
  ['DELETE', '/_search/scroll/abc', true],
  ['POST', '/_index_template/_simulate_index/logs-2026-01-01', true],
  ['PUT', '/logs-2026-01-01', false],
  ['DELETE', '/logs-2026-01-01', false],
  ['POST', '/_bulk', false],
  ['POST', '/_cluster/reroute?a=/_search', false],
  ['POST', '/-/reload', false],
])('%s %s is a read: %s', (method, path, expected) => expect(isRead(method, path)).toBe(expected))

test('an API server that is gone looks like a server that is down', async () => {
  const api = await serveApi(() => ({ body: {} }))
  const { server } = await connectKubernetes(api.kubeconfig)
  const backend = {
    ...{ namespace: 'obs', service: 'grafana', port: 80, scheme: 'http' as const, proxied: true },
    pod: async () => ({ name: 'grafana-0', port: 3000 }),
  }
  const relay = await startRelay({ ...server, url: 'http://127.0.0.1:1' }, backend)
  onTestFinished(relay.close)
  await expect(httpClient({ baseURL: relay.url })('GET', '/')).rejects.toThrow(/no answer: ECONNRESET/)
})
