import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { loadConfig } from '../../config/config.ts'
import { serveApi } from '../../tests/apiServer.ts'
import { missingFields, reachServers } from './servers.ts'

type Handler = Parameters<typeof serveApi>[0]
const settings = {
  E2E_CONTEXT: 'staging',
  E2E_GRAFANA_LOGIN: 'admin:right',
  E2E_OPENSEARCH_LOGIN: 'admin:right',
}

/** Reaches the servers of a cluster whose API server and pods answer so. */
const reach = async (names: readonly ('grafana' | 'opensearch')[], proxy: Handler, pod: Handler) => {
  const [api, pods] = [await serveApi(proxy), await serveApi(pod)]
  const kubernetes = await connectKubernetes(api.kubeconfig, { readOnly: true })
  const forward = async () => connect(pods.port, '127.0.0.1')
  const backends = Object.fromEntries(
    names.map((name) => [
      name,
      { namespace: 'obs', service: name, port: 80, pod: async () => ({ name: `${name}-0`, port: 1 }) },
    ]),
  )
  return reachServers(
    { ...kubernetes, server: { ...kubernetes.server, forward } },
    loadConfig(settings),
    { components: {}, lines: [], backends },
    (close) => onTestFinished(close),
  )
}

const right = `Basic ${btoa('admin:right')}`
const withLogin = ({ headers }: IncomingMessage) =>
  headers.authorization === right
    ? { body: { ok: true } }
    : { status: 401, body: { message: 'Unauthorized' } }

test('each server has the login that it accepts, and the URL of a relay to its Service', async () => {
  const { servers, services, missing } = await reach(['grafana', 'opensearch'], withLogin, withLogin)
  expect(missing).toEqual({})
  expect(servers.grafana).toMatchObject({ user: 'admin', password: 'right' })
  expect(servers.opensearch).toMatchObject({ user: 'admin', password: 'right' })
  expect(services[servers.grafana?.url ?? '']).toEqual({ namespace: 'obs', name: 'grafana' })
})

test('a refused login is tried once, and is a reason', async () => {
  const asked: (string | undefined)[] = []
  const { missing } = await reach(
    ['grafana'],
    () => ({ body: {} }),
    ({ headers }) => {
      asked.push(headers.authorization)
      return { status: 401, body: { message: 'Invalid username or password' } }
    },
  )
  expect(missing.grafana).toMatch(/Grafana refuses the login of user admin; set E2E_GRAFANA_LOGIN/)
  expect(asked).toEqual([right])
})

test('if the service proxy is forbidden, all requests use port-forwards; a server that is down still counts as present', async () => {
  const refused = () => ({ status: 403, body: { kind: 'Status', message: 'services/proxy is forbidden' } })
  const { servers, missing } = await reach(['opensearch'], refused, () => ({ body: { version: {} } }))
  expect(missing).toEqual({})
  expect(servers.opensearch?.user).toBeUndefined()

  const down = () => ({ status: 503, body: { kind: 'Status', message: 'no endpoints available' } })
  const found = await reach(['opensearch'], down, () => ({ status: 503, body: {} }))
  expect(found.missing).toEqual({})
  expect(await missingFields(found.servers.opensearch ?? { url: '' })).toBeUndefined()
})

test('claims about logs need the fields that they read', async () => {
  const fields = { '@timestamp': {}, 'kubernetes.pod_namespace': {} }
  const { url } = await serveApi(() => ({ body: { fields } }))
  expect(await missingFields({ url })).toMatch(
    /no index logs-\* of OpenSearch has the fields kubernetes.namespace_name, kubernetes.pod_name/,
  )
})
