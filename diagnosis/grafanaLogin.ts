import type { V1Secret } from '@kubernetes/client-node'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { grafanaLogin, type Server } from '../config/endpoints.ts'
import { grafanaPassword } from './configuredServers.ts'
import { reapplyChart } from './remedies.ts'

/** The key of a Secret. */
type SecretKey = ObjectName & Readonly<{ key: string }>

/** Why Grafana refuses the login of the claims. The text contains no password: reports are passed on. */
export const describeRefusedLogin = (
  { namespace, name, key }: SecretKey,
  secret: V1Secret | undefined,
  server: Server,
): string => {
  const isOurs = server.password === grafanaLogin.password
  const expected = isOurs ? 'grafanaLogin of config/endpoints.ts' : 'the login of this run'
  const restart = `\`kubectl -n ${namespace} delete pod -l app.kubernetes.io/name=grafana\``
  const what = `Secret ${namespace}/${name}`
  const password = Buffer.from(secret?.data?.[key] ?? '', 'base64').toString()
  if (password === server.password)
    return (
      `${what} is the same as ${expected}, but Grafana keeps an older password in its database\n` +
      `  remedy: ${restart} recreates the database from the Secret`
    )
  const remedy = isOurs
    ? `if grafana.adminPassword of values/kube-prometheus-stack.yaml differs from ${expected}, correct it and run \`E2E_KEEP=1 npm test\`; ` +
      `if it is the same, ${reapplyChart}; then ${restart}, so that Grafana starts with the new Secret`
    : `give the Secret the password that it had when this run began; then ${restart}, so that Grafana starts with it`
  return `${what} ${secret ? `has another ${key} than ${expected}` : 'does not exist'}\n  remedy: ${remedy}`
}

export const explainRefusedLogin = async (
  kubernetes: Kubernetes,
  grafana: ObjectName,
  server: Server,
): Promise<string> => {
  const { namespace } = grafana
  const named = (await grafanaPassword(kubernetes, grafana))?.valueFrom?.secretKeyRef
  const { name = grafana.name, key = 'admin-password' } = named ?? {}
  const secret = await kubernetes.core.readNamespacedSecret({ name, namespace }).catch((error: unknown) => {
    if (apiStatus(error) === 404) return undefined
    throw error
  })
  return describeRefusedLogin({ namespace, name, key }, secret, server)
}
