import { connectDashboards } from '../../clients/dashboards.ts'
import { httpClient, HttpError, serverClient } from '../../clients/http.ts'
import { ContextError } from '../../clients/kubeContext.ts'
import type { ApiServer, Kubernetes } from '../../clients/kubernetes.ts'
import { logIndices } from '../../clients/logTemplate.ts'
import type { ComponentName, ObjectName } from '../../config/components.ts'
import type { Config } from '../../config/config.ts'
import type { Server, Servers } from '../../config/endpoints.ts'
import type { ServerName } from '../../config/stacks.ts'
import type { Discovery } from './discovery.ts'
import { findGrafanaLogin, findOpenSearchLogin, loginRefusal, requiresLogin } from './logins.ts'
import { startRelay, type Backend } from './relay.ts'

/** What a claim can need of a cluster that already runs. */
export type ContextPart = ComponentName | 'secrets' | 'log fields' | 'index pattern'

/** The paths that tell whether a server answers; most need no login. */
const paths: Readonly<Record<ServerName, string>> = {
  prometheus: '/-/ready',
  alertmanager: '/-/ready',
  grafana: '/api/health',
  opensearch: '/',
  dashboards: '/api/status',
}

/** The status of a server's answer, 0 without one; `isRefused` if the API server does not pass the request on. */
const tryBackend = async (server: ApiServer, backend: Backend, path: string) => {
  const relay = await startRelay(server, backend)
  const error: unknown = await httpClient({ baseURL: relay.url })('GET', path).catch((one: unknown) => one)
  await relay.close()
  if (!(error instanceof HttpError)) return { status: error instanceof Error ? 0 : 200, isRefused: false }
  const text = JSON.stringify(error.body)
  const isRefused = error.status === 403 && text.includes('"kind":"Status"')
  return { status: error.status, isRefused: isRefused || text.includes('Unexpected server response: 403') }
}

/** Finds out how a server is reached: through the service proxy or not, with TLS or without. */
const findRoute = async (server: ApiServer, found: Omit<Backend, 'scheme' | 'proxied'>, path: string) => {
  for (const proxied of [true, false])
    for (const scheme of ['http', 'https'] as const) {
      const backend = { ...found, scheme, proxied }
      const { status, isRefused } = await tryBackend(server, backend, path)
      if (isRefused && !proxied)
        throw new ContextError(
          `Service ${found.namespace}/${found.service} cannot be reached through the API server: the account may use neither services/proxy nor pods/portforward\n` +
            '  remedy: allow `get` on both in that namespace, as manifests/read-only-account.yaml does',
        )
      if (isRefused) break
      // The API server answers 502 or 503 if it cannot connect, or not with this scheme.
      if (![0, 502, 503].includes(status)) return backend
    }
  return { ...found, scheme: 'http' as const, proxied: true }
}

/**
 * Starts a relay for each server, with its login.
 * @param onOpened is given the function that closes each relay
 */
export const reachServers = async (
  kubernetes: Kubernetes,
  config: Config,
  { backends, components }: Discovery,
  onOpened: (close: () => Promise<void>) => void,
): Promise<
  Readonly<{
    servers: Servers
    /** The Service of each server, by the URL of its relay. */
    services: Readonly<Record<string, ObjectName>>
    missing: Readonly<Partial<Record<ContextPart, string>>>
  }>
> => {
  const missing: Partial<Record<ContextPart, string>> = {}
  const servers: Partial<Record<ServerName, Server>> = {}
  const services: Record<string, ObjectName> = {}
  const start = async ([name, backend]: [ServerName, Backend]) => {
    const relay = await startRelay(
      kubernetes.server,
      await findRoute(kubernetes.server, backend, paths[name]),
    )
    onOpened(relay.close)
    servers[name] = { url: relay.url }
    services[relay.url] = { namespace: backend.namespace, name: backend.service }
  }
  await Promise.all((Object.entries(backends) as [ServerName, Backend][]).map(start))
  const { grafana, opensearch, dashboards } = servers
  if (grafana) {
    const found = await findGrafanaLogin(kubernetes, config, components)
    servers.grafana = { ...grafana, ...('login' in found && found.login) }
    const why = 'why' in found ? found.why : await loginRefusal('Grafana', servers.grafana, '/api/user')
    if (why !== undefined) missing.grafana = why
  }
  if (opensearch && (await requiresLogin(opensearch))) {
    const found = await findOpenSearchLogin(kubernetes, config, components)
    const login = 'login' in found && found.login
    servers.opensearch = { ...opensearch, ...login }
    // Dashboards passes the login on.
    if (dashboards) servers.dashboards = { ...dashboards, ...login }
    const why = 'why' in found ? found.why : await loginRefusal('OpenSearch', servers.opensearch, '/')
    if (why !== undefined) {
      missing.opensearch = why
      if (dashboards) missing.dashboards = why
    }
  }
  return { servers, services, missing }
}

const readFields = [
  'kubernetes.namespace_name',
  'kubernetes.pod_name',
  'kubernetes.pod_node_name',
  '@timestamp',
]

/** Why claims about logs cannot be run: another pipeline may use other indices and field names. */
export const missingFields = async (opensearch: Server): Promise<string | undefined> => {
  type Capabilities = { fields?: Record<string, unknown> }
  const params = { fields: readFields.join(',') }
  const { body } = await serverClient(opensearch)('GET', `/${logIndices}/_field_caps`, { params }).catch(
    (error: unknown) => ({ body: error instanceof HttpError && error.status === 404 ? {} : undefined }),
  )
  const missing = readFields.filter((field) => !(body as Capabilities | undefined)?.fields?.[field])
  // If OpenSearch does not answer, the claims say so.
  return missing.length === 0 || body === undefined
    ? undefined
    : `no index ${logIndices} of OpenSearch has the fields ${missing.join(', ')}, which values/vector.yaml gives every log line`
}

/** Why claims about searches in Dashboards cannot be run. */
export const missingPattern = async (dashboards: Server): Promise<string | undefined> => {
  const patterns = await connectDashboards(dashboards)
    .indexPatterns()
    .catch(() => undefined)
  return !patterns || patterns.some(({ title }) => title === logIndices)
    ? undefined
    : `OpenSearch Dashboards has no index pattern ${logIndices}`
}
