import type { V1PodTemplateSpec, V1Secret } from '@kubernetes/client-node'
import { HttpError, serverClient } from '../../clients/http.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { ObjectName } from '../../config/components.ts'
import type { Config, Login } from '../../config/config.ts'
import type { Server } from '../../config/endpoints.ts'
import { messageOf } from '../../lib/messages.ts'
import type { Discovery } from './discovery.ts'

/** A login, or why there is none. */
type FoundLogin = Readonly<{ login?: Login; why?: string }>

type Env = NonNullable<NonNullable<V1PodTemplateSpec['spec']>['containers'][number]['env']>[number]

/** The value of an environment variable of a pod, from its Secret if it comes from one. */
const readVariable = async (
  { core }: Kubernetes,
  namespace: string,
  { value, valueFrom }: Env,
): Promise<string | undefined> => {
  const { name = '', key = '' } = valueFrom?.secretKeyRef ?? {}
  if (!name) return value
  const secret: V1Secret = await core.readNamespacedSecret({ namespace, name })
  const encoded = secret.data?.[key]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
}

/**
 * The login in the environment of a server's pods.
 * @param variables names of the variables with the user and the password
 */
export const findLogin = async (
  kubernetes: Kubernetes,
  { namespace, name }: ObjectName,
  template: V1PodTemplateSpec,
  variables: Readonly<{ user: string; password: string; defaultUser: string; setting: string }>,
): Promise<FoundLogin> => {
  const env = (template.spec?.containers ?? []).flatMap((container) => container.env ?? [])
  const read = async (variable: string) => {
    const found = env.find((one) => one.name === variable)
    return found && readVariable(kubernetes, namespace, found)
  }
  const remedy = `set ${variables.setting}=<user>:<password>`
  try {
    const [user = variables.defaultUser, password] = await Promise.all([
      read(variables.user),
      read(variables.password),
    ])
    return password === undefined
      ? { why: `the pods of ${namespace}/${name} get no password from ${variables.password}; ${remedy}` }
      : { login: { user, password } }
  } catch {
    const secrets = env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? [])
    return {
      why: `Secret ${namespace}/${[...new Set(secrets)].join(', ')} with its login cannot be read; ${remedy}`,
    }
  }
}

/** The login of a server, or why there is none. */
export const loginFor = (
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
export const refusalOf = async (title: string, server: Server, path: string): Promise<string | undefined> => {
  try {
    await serverClient(server)('GET', path)
    return undefined
  } catch (error) {
    if (error instanceof HttpError && error.status === 401)
      return `${title} refuses the login of user ${server.user}; set E2E_${title.toUpperCase()}_LOGIN=<user>:<password>`
    if (messageOf(error).includes('Unexpected server response: 403'))
      return `a login at ${title} needs a port-forward, because the API server uses up the header Authorization, and the account may not use pods/portforward`
    return undefined
  }
}

/** Without the security plugin, OpenSearch wants no login. */
export const wantsLogin = (server: Server): Promise<boolean> =>
  serverClient(server)('GET', '/').then(
    () => false,
    (error: unknown) => error instanceof HttpError && error.status === 401,
  )
