import { ContextError } from '../../clients/kubeContext.ts'
import { HttpError, httpClient, serverClient } from '../../clients/http.ts'
import type { ApiServer, Kubernetes } from '../../clients/kubernetes.ts'
import { logIndices } from '../../clients/logTemplate.ts'
import type { ComponentName, Components } from '../../config/components.ts'
import type { Config } from '../../config/config.ts'
import type { Server, Servers } from '../../config/endpoints.ts'
import type { ServerName, StackName } from '../../config/stacks.ts'
import { messageOf } from '../../lib/messages.ts'
import type { StepTimings } from '../../lib/steps.ts'
import { discover, findLogin, type Discovery, type FoundLogin } from './discovery.ts'
import { withContextOrExit } from './open.ts'
import { createPlant, removePlant } from './plant.ts'
import { startRelay, type Backend } from './relay.ts'

/** What a claim can need of a cluster that already runs. */
export type ContextPart = ComponentName | 'secrets' | 'log fields'

/** What is known of a cluster that already runs, beside its components and servers. */
export type ContextFacts = Readonly<{
  name: string
  /** Whether log emitters and sample logs of ours are there. */
  planted: boolean
  /** Why something that claims need is not to be had. */
  missing: Readonly<Partial<Record<ContextPart, string>>>
}>

export type ContextRun = Readonly<{
  kubeconfig: string
  kubernetes: Kubernetes
  stacks: readonly StackName[]
  components: Components
  servers: Servers
  context: ContextFacts
}>

// What was opened, and is closed when the run ends, in whatever way that is.
const closings: (() => Promise<void>)[] = []

/** Closes every connection to a cluster that already runs, and removes what was created there. */
export const closeContext = async (): Promise<void> => {
  // In reverse, because what was created is removed over the connection that was opened first.
  for (const close of closings.splice(0).reverse()) await close()
}

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
  return { status: error.status, isRefused: isRefused || /Unexpected server response: 403/.test(text) }
}

/** Finds out how a server is reached: through the service proxy or not, with TLS or without. */
const wayTo = async (server: ApiServer, found: Omit<Backend, 'scheme' | 'proxied'>, path: string) => {
  for (const proxied of [true, false])
    for (const scheme of ['http', 'https'] as const) {
      const backend = { ...found, scheme, proxied }
      const { status, isRefused } = await tryBackend(server, backend, path)
      if (isRefused && !proxied)
        throw new ContextError(
          `the API server passes no request on to Service ${found.namespace}/${found.service}: the account may neither use its proxy nor forward its port\n` +
            '  remedy: allow `get` on services/proxy and pods/portforward there, as manifests/read-only-account.yaml does',
        )
      if (isRefused) break
      // 502 and 503 are of the API server, which could not connect, or not in this protocol.
      if (![0, 502, 503].includes(status)) return backend
    }
  return { ...found, scheme: 'http' as const, proxied: true }
}

/** The login of a server, or why there is none. */
const loginFor = (
  kubernetes: Kubernetes,
  config: Config,
  { components, templates }: Discovery,
): Readonly<Record<'grafana' | 'opensearch', () => Promise<FoundLogin>>> => {
  const from = async (component: 'grafana' | 'opensearch', variables: Parameters<typeof findLogin>[3]) => {
    const [object, template] = [components[component], templates[component]]
    return object && template ? findLogin(kubernetes, object, template, variables) : {}
  }
  return {
    grafana: async () =>
      config.grafanaLogin
        ? { login: config.grafanaLogin }
        : from('grafana', {
            ...{ user: 'GF_SECURITY_ADMIN_USER', password: 'GF_SECURITY_ADMIN_PASSWORD' },
            ...{ defaultUser: 'admin', setting: 'E2E_GRAFANA_LOGIN' },
          }),
    opensearch: async () =>
      config.opensearchLogin
        ? { login: config.opensearchLogin }
        : from('opensearch', {
            ...{ user: 'OPENSEARCH_USERNAME', password: 'OPENSEARCH_INITIAL_ADMIN_PASSWORD' },
            ...{ defaultUser: 'admin', setting: 'E2E_OPENSEARCH_LOGIN' },
          }),
  }
}

/** Why a server does not accept a login; undefined if it does. It is tried once: Grafana locks a user out after five. */
const refusalOf = async (title: string, server: Server, path: string): Promise<string | undefined> => {
  try {
    await serverClient(server)('GET', path)
    return undefined
  } catch (error) {
    if (error instanceof HttpError && error.status === 401)
      return `${title} refuses the login of user ${server.user}; set E2E_${title.toUpperCase()}_LOGIN=<user>:<password>`
    if (/Unexpected server response: 403/.test(messageOf(error)))
      return `a login at ${title} needs a port-forward, because the API server uses up the header Authorization, and the account may not use pods/portforward`
    return undefined
  }
}

const wantsLogin = (server: Server): Promise<boolean> =>
  serverClient(server)('GET', '/').then(
    () => false,
    (error: unknown) => error instanceof HttpError && error.status === 401,
  )

const isForbidden = (error: unknown): boolean => error instanceof HttpError && error.status === 403

const readFields = ['kubernetes.namespace_name', 'kubernetes.pod_name', 'kubernetes.pod_node_name', '@timestamp']

/** Why claims about logs cannot be tried: another pipeline may use other indices and field names. */
const missingFields = async (opensearch: Server): Promise<string | undefined> => {
  type Capabilities = { fields?: Record<string, unknown> }
  const { body } = await serverClient(opensearch)('GET', `/${logIndices}/_field_caps`, {
    params: { fields: readFields.join(',') },
  }).catch((error: unknown) => {
    if (error instanceof HttpError) return { body: {} }
    throw error
  })
  const missing = readFields.filter((field) => !(body as Capabilities).fields?.[field])
  return missing.length === 0
    ? undefined
    : `no index ${logIndices} of OpenSearch has the fields ${missing.join(', ')}, which values/vector.yaml gives every log line`
}

const stacksOf = ({ prometheus, opensearch, dashboards }: Servers, { vector }: Components) => {
  const found: Readonly<Partial<Record<StackName, unknown>>> = {
    'kube-prometheus-stack': prometheus,
    opensearch,
    'opensearch-dashboards': dashboards,
    vector,
  }
  return (Object.keys(found) as StackName[]).filter((stack) => found[stack] !== undefined)
}

/** Starts a relay for each server, with its login. */
const reachServers = async (kubernetes: Kubernetes, config: Config, found: Discovery) => {
  const logins = loginFor(kubernetes, config, found)
  const missing: Partial<Record<ContextPart, string>> = {}
  const servers: Partial<Record<ServerName, Server>> = {}
  for (const [name, backend] of Object.entries(found.backends) as [ServerName, Backend][]) {
    const relay = await startRelay(kubernetes.server, await wayTo(kubernetes.server, backend, paths[name]))
    closings.push(relay.close)
    servers[name] = { url: relay.url }
  }
  if (servers.grafana) {
    const { login, why } = await logins.grafana()
    const withLogin = { ...servers.grafana, ...login }
    servers.grafana = withLogin
    const refusal = login ? await refusalOf('Grafana', withLogin, '/api/user') : why
    if (refusal !== undefined) missing.grafana = refusal
  }
  const { opensearch, dashboards } = servers
  // Without the security plugin, OpenSearch wants no login.
  if (opensearch && (await wantsLogin(opensearch))) {
    const { login, why } = await logins.opensearch()
    const withLogin = { ...opensearch, ...login }
    servers.opensearch = withLogin
    const refusal = login ? await refusalOf('OpenSearch', withLogin, '/') : why
    if (refusal !== undefined) missing.opensearch = refusal
    if (dashboards) servers.dashboards = { ...dashboards, ...login }
  }
  return { servers, missing }
}

/** Why each component that the cluster lacks, or that cannot be asked, is missing: its line of the discovery. */
const missingComponents = ({ components, backends, lines }: Discovery) =>
  Object.fromEntries(
    lines.flatMap(({ component, line }) =>
      !(component in components) || (component in paths && !(component in backends)) ? [[component, line]] : [],
    ),
  )

/**
 * From a context to everything that claims need of its cluster. Prints what it found; ends the process with exit code 2 if
 * the cluster cannot be used. `closeContext` ends it.
 */
export const openContextRun = (
  config: Config,
  runId: string,
  { timings, print }: Readonly<{ timings: StepTimings; print: (line: string) => void }>,
): Promise<ContextRun> =>
  withContextOrExit(config.context ?? '', config, async ({ name, kubeconfig, kubernetes }) => {
    try {
      const found = await timings.step('components', () => discover(kubernetes))
      for (const { line } of found.lines) print(`  ${line}`)
      if (Object.keys(found.components).length === 0)
        throw new ContextError(
          `the cluster of context ${name} has no component of the stack:\n${found.lines.map(({ line }) => `  ${line}`).join('\n')}\n` +
            '  remedy: set E2E_CONTEXT to the context of the cluster that has them',
        )
      const { servers, missing } = await timings.step('servers', () => reachServers(kubernetes, config, found))
      const noSecrets = await kubernetes.listMetadata('/api/v1/secrets?limit=1').then(
        () => undefined,
        (error: unknown) => {
          if (isForbidden(error)) return 'the account may not list Secrets'
          throw error
        },
      )
      const noFields =
        servers.opensearch && !missing.opensearch ? await missingFields(servers.opensearch) : undefined
      if (config.plant) {
        closings.push(() => removePlant(kubernetes, config.limits.ready))
        await timings.step('planted', () => createPlant(kubernetes, runId, config.limits.install))
      }
      return {
        ...{ kubeconfig, kubernetes, servers, components: found.components },
        stacks: stacksOf(servers, found.components),
        context: {
          name,
          planted: config.plant,
          missing: {
            ...missingComponents(found),
            ...missing,
            ...(noSecrets === undefined ? {} : { secrets: noSecrets }),
            ...(noFields === undefined ? {} : { 'log fields': noFields }),
          },
        },
      }
    } catch (error) {
      await closeContext()
      throw error
    }
  })
