import { basename } from 'node:path'
import type { V1Container, V1EnvVar, V1PodSpec } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { ourComponents, type Components, type ObjectName } from '../config/components.ts'
import type { Config } from '../config/config.ts'
import { ourServers, type Server, type Servers } from '../config/endpoints.ts'
import type { StackName } from '../config/stacks.ts'
import { leavesOf } from '../lib/json.ts'

/** Why the claims that need a stack cannot be run, although it is installed. */
export type Obstacles = Readonly<Partial<Record<StackName, string>>>

/** The servers with scheme and login as the cluster is configured; a server whose login cannot be known is an obstacle. */
export type ConfiguredServers = Readonly<{ servers: Servers; obstacles: Obstacles }>

/** A login that this run cannot know. */
class UnknownLoginError extends Error {
  override name = 'UnknownLoginError'
}

const readSecret = async (
  { core }: Kubernetes,
  secret: ObjectName,
): Promise<Readonly<Record<string, string>>> => {
  try {
    return (await core.readNamespacedSecret(secret)).data ?? {}
  } catch (error) {
    const status = apiStatus(error)
    if (status !== 403 && status !== 404) throw error
    const why = status === 403 ? 'the account may not read it' : 'it does not exist'
    throw new UnknownLoginError(`Secret ${secret.namespace}/${secret.name} has the login, but ${why}`)
  }
}

const decoded = (text: string) => Buffer.from(text, 'base64').toString()

/** The value of an environment variable of a container, plain or from a Secret; undefined if nothing sets it. */
const readVariable = async (
  kubernetes: Kubernetes,
  namespace: string,
  { env = [], envFrom = [] }: V1Container,
  variable: string,
): Promise<string | undefined> => {
  const own = env.find(({ name }) => name === variable)
  if (own?.value !== undefined) return own.value
  const named = own?.valueFrom?.secretKeyRef
  const whole = envFrom.flatMap(({ prefix = '', secretRef }) =>
    secretRef && variable.startsWith(prefix)
      ? [{ name: secretRef.name, key: variable.slice(prefix.length) }]
      : [],
  )
  for (const { name = '', key } of named ? [named] : whole.toReversed()) {
    const value = (await readSecret(kubernetes, { namespace, name }))[key]
    if (value !== undefined) return decoded(value)
    if (named) throw new UnknownLoginError(`Secret ${namespace}/${name} has no ${key}`)
  }
  return undefined
}

const passwordVariable = 'GF_SECURITY_ADMIN_PASSWORD'

const readGrafanaContainer = async (
  { apps }: Kubernetes,
  grafana: ObjectName,
): Promise<V1Container | undefined> => {
  const { spec } = await apps.readNamespacedDeployment(grafana)
  return spec?.template.spec?.containers.find(({ name }) => name === 'grafana')
}

/** The variable with the password of Grafana's administrator. */
export const grafanaPassword = async (
  kubernetes: Kubernetes,
  grafana: ObjectName,
): Promise<V1EnvVar | undefined> =>
  (await readGrafanaContainer(kubernetes, grafana))?.env?.find(({ name }) => name === passwordVariable)

/** The login of the administrator that the Deployment of Grafana names; undefined if it names none. */
export const readGrafanaLogin = async (
  kubernetes: Kubernetes,
  grafana: ObjectName,
): Promise<Pick<Server, 'user' | 'password'> | undefined> => {
  const container = await readGrafanaContainer(kubernetes, grafana)
  if (!container) return undefined
  const [user = 'admin', password] = await Promise.all(
    ['GF_SECURITY_ADMIN_USER', passwordVariable].map((name) =>
      readVariable(kubernetes, grafana.namespace, container, name),
    ),
  )
  return password === undefined ? undefined : { user, password }
}

/** The settings in a file that pods get from a ConfigMap, by path. */
const readSettings = async (
  { core }: Kubernetes,
  namespace: string,
  { volumes = [] }: V1PodSpec,
  file: string,
): Promise<ReadonlyMap<string, string>> => {
  const names = volumes.flatMap(({ configMap }) => configMap?.name ?? [])
  const maps = await Promise.all(names.map((name) => core.readNamespacedConfigMap({ namespace, name })))
  const texts = maps.flatMap(({ data }) => data?.[file] ?? [])
  return new Map(
    texts.flatMap((text) => leavesOf(parse(text)).map(([path, leaf]) => [path, String(leaf)] as const)),
  )
}

/** The CA of OpenSearch's own certificate, if a Secret that its pods mount has it. */
const readCa = async (
  kubernetes: Kubernetes,
  namespace: string,
  { volumes = [] }: V1PodSpec,
  path: string | undefined,
): Promise<Pick<Server, 'ca'>> => {
  const keys = [...(path === undefined ? [] : [basename(path)]), 'ca.crt']
  const names = volumes.flatMap(({ secret }) => secret?.secretName ?? [])
  // Without permission to read Secrets, the certificate is not verified.
  const secrets = await Promise.all(
    names.map((name) => readSecret(kubernetes, { namespace, name }).catch(() => ({}))),
  )
  const [found] = secrets.flatMap((data: Readonly<Record<string, string>>) =>
    keys.flatMap((key) => data[key] ?? []),
  )
  return found === undefined ? {} : { ca: decoded(found) }
}

/** The variable with the password of OpenSearch's administrator. */
export const initialPassword = 'OPENSEARCH_INITIAL_ADMIN_PASSWORD'

/** How OpenSearch's REST API is protected. */
export type OpenSearchAccess = Readonly<{ tls: boolean }> & Pick<Server, 'user' | 'password' | 'ca'>

/**
 * Without TLS and login if the security plugin is off.
 * @throws UnknownLoginError
 * @see https://docs.opensearch.org/latest/security/configuration/disable-enable-security/
 */
export const readOpenSearchAccess = async (
  kubernetes: Kubernetes,
  opensearch: ObjectName,
): Promise<OpenSearchAccess> => {
  const { namespace, name } = opensearch
  const { spec } = await kubernetes.apps.readNamespacedStatefulSet(opensearch)
  const pods = spec?.template.spec
  const [container] = pods?.containers ?? []
  if (!pods || !container) return { tls: false }
  const file = await readSettings(kubernetes, namespace, pods, 'opensearch.yml')
  const plain = new Map((container.env ?? []).map((one) => [one.name, one.value ?? '']))
  // The image reads environment variables whose name contains a dot as settings.
  const isTrue = (setting: string) => (plain.get(setting) ?? file.get(setting)) === 'true'
  if (isTrue('DISABLE_SECURITY_PLUGIN') || isTrue('plugins.security.disabled')) return { tls: false }
  // The demo configuration, which the image installs unless it is told not to or finds another one, serves HTTPS.
  const isDemo =
    !isTrue('DISABLE_INSTALL_DEMO_CONFIG') &&
    ![...file.keys()].some((setting) => setting.startsWith('plugins.security.'))
  const tls = isDemo || isTrue('plugins.security.ssl.http.enabled')
  const password = await readVariable(kubernetes, namespace, container, initialPassword)
  if (password === undefined)
    throw new UnknownLoginError(
      `the security plugin of OpenSearch is on, and StatefulSet ${namespace}/${name} does not set ${initialPassword}`,
    )
  const trusted = file.get('plugins.security.ssl.http.pemtrustedcas_filepath')
  // The CA of the demo configuration is in the image, with its key: it proves nothing.
  const ca = tls && !isDemo ? await readCa(kubernetes, namespace, pods, trusted) : {}
  return { tls, user: 'admin', password, ...ca }
}

const overTls = (url: string, tls: boolean) => (tls ? url.replace(/^http:/, 'https:') : url)

const readDashboardsTls = async (kubernetes: Kubernetes, dashboards: ObjectName): Promise<boolean> => {
  const { spec } = await kubernetes.apps.readNamespacedDeployment(dashboards)
  const pods = spec?.template.spec
  if (!pods) return false
  const file = await readSettings(kubernetes, dashboards.namespace, pods, 'opensearch_dashboards.yml')
  return file.get('server.ssl.enabled') === 'true'
}

/** The value, or why the login cannot be known. Any other failure to read is left to the claims. */
export const ifKnown = async <T>(
  reading: Promise<T> | undefined,
): Promise<Readonly<{ value?: T; why?: string }>> => {
  try {
    const value = await reading
    return value === undefined ? {} : { value }
  } catch (error) {
    return error instanceof UnknownLoginError ? { why: error.message } : {}
  }
}

/**
 * The servers as the cluster is configured.
 * @param servers their URLs, with the logins to use where the cluster does not name any
 */
export const configuredServers = async (
  kubernetes: Kubernetes,
  components: Components,
  servers: Servers,
): Promise<ConfiguredServers> => {
  const { grafana, opensearch, dashboards } = components
  const [login, access, isDashboardsTls] = await Promise.all([
    ifKnown(grafana && readGrafanaLogin(kubernetes, grafana)),
    ifKnown(opensearch && readOpenSearchAccess(kubernetes, opensearch)),
    ifKnown(dashboards && readDashboardsTls(kubernetes, dashboards)),
  ])
  const { tls = false, ca, ...account } = access.value ?? {}
  return {
    servers: {
      ...servers,
      ...(servers.grafana && { grafana: { ...servers.grafana, ...login.value } }),
      ...(servers.opensearch && {
        opensearch: {
          ...servers.opensearch,
          url: overTls(servers.opensearch.url, tls),
          ...account,
          ...(ca !== undefined && { ca }),
        },
      }),
      // Dashboards logs in to OpenSearch with what it gets.
      ...(servers.dashboards && {
        dashboards: {
          ...servers.dashboards,
          url: overTls(servers.dashboards.url, isDashboardsTls.value ?? false),
          ...account,
        },
      }),
    },
    obstacles:
      access.why === undefined ? {} : { opensearch: access.why, 'opensearch-dashboards': access.why },
  }
}

/** The servers of our own cluster. Only an overlay can configure them differently. */
export const ourConfiguredServers = async (
  { overlay }: Config,
  kubernetes: Kubernetes,
): Promise<ConfiguredServers> =>
  overlay ? configuredServers(kubernetes, ourComponents, ourServers) : { servers: ourServers, obstacles: {} }
