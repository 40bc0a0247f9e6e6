import { HttpError, serverClient } from '../../clients/http.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { Components } from '../../config/components.ts'
import type { Config, Login } from '../../config/config.ts'
import type { Server } from '../../config/endpoints.ts'
import { ifKnown, readGrafanaLogin, readOpenSearchAccess } from '../../diagnosis/configuredServers.ts'
import { messageOf } from '../../lib/messages.ts'

/** A login, or why there is none. */
type FoundLogin = Readonly<{ login: Login } | { why: string }>

/**
 * The login from the settings, else the one in the environment of the server's pods.
 * @param reading reads the latter; undefined if the cluster lacks the server
 */
const loginOf = async (
  setting: string,
  given: Login | undefined,
  reading: () => Promise<Pick<Server, 'user' | 'password'> | undefined> | undefined,
): Promise<FoundLogin> => {
  if (given) return { login: given }
  const { value: { user, password } = {}, why = 'its pods have no login in their environment' } =
    await ifKnown(reading())
  return user === undefined || password === undefined
    ? { why: `${why}; set ${setting}=<user>:<password>` }
    : { login: { user, password } }
}

type Found = Pick<Components, 'grafana' | 'opensearch'>

export const findGrafanaLogin = (kubernetes: Kubernetes, config: Config, { grafana }: Found) =>
  loginOf('E2E_GRAFANA_LOGIN', config.grafanaLogin, () => grafana && readGrafanaLogin(kubernetes, grafana))

export const findOpenSearchLogin = (kubernetes: Kubernetes, config: Config, { opensearch }: Found) =>
  loginOf(
    'E2E_OPENSEARCH_LOGIN',
    config.opensearchLogin,
    () => opensearch && readOpenSearchAccess(kubernetes, opensearch),
  )

/** Why a server refuses a login; undefined if it does not. It is tried once: Grafana locks a user out after five failures. */
export const loginRefusal = async (
  title: string,
  server: Server,
  path: string,
): Promise<string | undefined> => {
  try {
    await serverClient(server)('GET', path)
    return undefined
  } catch (error) {
    if (error instanceof HttpError && error.status === 401)
      return `${title} refuses the login of user ${server.user}; set E2E_${title.toUpperCase()}_LOGIN=<user>:<password>`
    if (messageOf(error).includes('Unexpected server response: 403'))
      return `logging in to ${title} needs a port-forward, because the service proxy consumes the Authorization header, and the account may not use pods/portforward`
    return undefined
  }
}

/** Without the security plugin, OpenSearch has no logins. */
export const requiresLogin = (server: Server): Promise<boolean> =>
  serverClient(server)('GET', '/').then(
    () => false,
    (error: unknown) => error instanceof HttpError && error.status === 401,
  )
