import { homedir } from 'node:os'
import { join } from 'node:path'
import { getProxyForUrl } from 'proxy-from-env'
import { messageOf } from '../lib/messages.ts'

/** A context cannot be used; the message says why and what to do. */
export class ContextError extends Error {
  override name = 'ContextError'
}

/** One context of the kubeconfig. */
export type KubeContext = Readonly<{
  /** A kubeconfig with this context only, as kubectl would use it here: with absolute paths, and the proxy of the environment. */
  kubeconfig: string
  server: string
  proxy: string | undefined
  /** The command of its exec plugin. */
  plugin?: string | undefined
}>

/**
 * Reads the kubeconfig where kubectl reads it: the files in KUBECONFIG, else ~/.kube/config.
 * @throws ContextError if there is none, or none with this context
 */
export const readContext = async (name: string): Promise<KubeContext> => {
  const client = await import('@kubernetes/client-node')
  const config = new client.KubeConfig()
  const place = `set KUBECONFIG to its path; without it, ${join(homedir(), '.kube', 'config')} is read`
  try {
    config.loadFromDefault()
  } catch (error) {
    throw new ContextError(`the kubeconfig cannot be read: ${messageOf(error)}\n  remedy: ${place}`)
  }
  const names = config.getContexts().map((context) => context.name)
  const found = config.getContextObject(name)
  const cluster = found && config.getCluster(found.cluster)
  // Without any file, the client makes up a cluster on this machine.
  if (!found && config.getContexts()[0]?.name === 'loaded-context')
    throw new ContextError(`there is no kubeconfig, so no context ${name}\n  remedy: ${place}`)
  if (!found)
    throw new ContextError(
      `the kubeconfig has no context ${name}; it has: ${names.join(', ') || 'none'}\n  remedy: set E2E_CONTEXT to one of them, or KUBECONFIG to the file that has it`,
    )
  if (!cluster)
    throw new ContextError(
      `context ${name} refers to cluster ${found.cluster}, which the kubeconfig does not define\n  remedy: \`kubectl config view\` shows what it defines; correct the context there`,
    )
  const proxy = cluster.proxyUrl ?? (getProxyForUrl(cluster.server) || undefined)
  const user = config.getUser(found.user)
  const alone = new client.KubeConfig()
  alone.loadFromOptions({
    clusters: [{ ...cluster, proxyUrl: proxy }],
    users: user === null ? [] : [user],
    contexts: [found],
    currentContext: name,
  })
  const { command: plugin } = (user?.exec ?? {}) as { command?: string }
  return { kubeconfig: alone.exportConfig(), server: cluster.server, proxy, plugin }
}
