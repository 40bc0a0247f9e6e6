import { ContextError, readContext, type KubeContext } from '../../clients/kubeContext.ts'
import { HttpError, NoAnswerError } from '../../clients/http.ts'
import { apiStatus, connectKubernetes, type Kubernetes } from '../../clients/kubernetes.ts'
import { messageOf } from '../../lib/messages.ts'
import { exitWith } from '../../lib/exit.ts'

export type OpenContext = Readonly<{ name: string; kubeconfig: string; kubernetes: Kubernetes }>

const refusalIn = ({ body }: HttpError): string =>
  (typeof body === 'object' && body !== null && 'message' in body && String(body.message)) ||
  'no reason given'

/** Why a cluster that already runs cannot be checked, and what to do. */
export const describeContextError = (
  error: unknown,
  name: string,
  { server, proxy, plugin }: Pick<KubeContext, 'server' | 'proxy' | 'plugin'>,
): string => {
  const status = error instanceof HttpError ? error.status : apiStatus(error)
  const through = proxy === undefined ? 'without a proxy' : `through the proxy ${proxy}`
  if (status === 401)
    return (
      `${server} refuses the login of context ${name}: it has expired or was revoked\n` +
      `  remedy: log in again, as your cluster's provider documents it; \`kubectl --context ${name} get nodes\` must work`
    )
  if (status === 403)
    return (
      `context ${name} lacks a permission: ${error instanceof HttpError ? refusalIn(error) : messageOf(error)}\n` +
      '  remedy: bind its user to the ClusterRole of manifests/read-only-account.yaml; E2E_PLANT=1 also needs to create and delete a namespace and what is in it'
    )
  if (error instanceof NoAnswerError || error instanceof HttpError)
    return (
      `the API server ${server} of context ${name} is not reachable ${through}: ${messageOf(error)}\n` +
      '  remedy: connect to its network or VPN; behind a proxy, set proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY'
    )
  const parts = [
    `server ${server}`,
    ...(proxy === undefined ? [] : [`proxy ${proxy}`]),
    ...(plugin === undefined ? [] : [`exec plugin ${plugin}`]),
  ]
  return (
    `context ${name} (${parts.join(', ')}) cannot be used: ${messageOf(error) || 'no reason given'}\n` +
    `  remedy: \`kubectl --context ${name} get nodes\` must work${plugin === undefined ? '' : `, for which ${plugin} must be on PATH and print a credential`}`
  )
}

/**
 * Connects to a cluster that already runs. Only an account that may create our namespace gets a connection that can write.
 * If it cannot be used, prints why and ends the process with exit code 2.
 * @param use the first requests; an error of theirs is reported in the same way
 */
export const withContextOrExit = async <T>(
  name: string,
  { plant }: Readonly<{ plant: boolean }>,
  use: (context: OpenContext) => Promise<T>,
): Promise<T> => {
  const context = await readContext(name).catch((error: unknown) => {
    if (error instanceof ContextError) return exitWith(error.message)
    throw error
  })
  try {
    const kubernetes = await connectKubernetes(context.kubeconfig, { readOnly: !plant })
    await kubernetes.version()
    return await use({ name, kubeconfig: context.kubeconfig, kubernetes })
  } catch (error) {
    return exitWith(
      error instanceof ContextError ? error.message : describeContextError(error, name, context),
    )
  }
}
