import type { V1Secret } from '@kubernetes/client-node'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import type { Server } from '../config/endpoints.ts'
import { reapplyChart } from './remedies.ts'

const expected = 'grafanaLogin of config/endpoints.ts'

/** Why Grafana refuses the login of the claims. The text contains no password: reports are passed on. */
export const describeRefusedLogin = (
  { namespace, name }: ObjectName,
  secret: V1Secret | undefined,
  server: Server,
): string => {
  const restart = `\`kubectl -n ${namespace} delete pod -l app.kubernetes.io/name=grafana\``
  const what = `Secret ${namespace}/${name}`
  const password = Buffer.from(secret?.data?.['admin-password'] ?? '', 'base64').toString()
  return password === server.password
    ? `${what} is the same as ${expected}, but Grafana keeps an older password in its database\n` +
        `  remedy: ${restart} recreates the database from the Secret`
    : `${what} ${secret ? `has another admin-password than ${expected}` : 'does not exist'}\n` +
        `  remedy: if grafana.adminPassword of values/kube-prometheus-stack.yaml differs from ${expected}, correct it and run \`E2E_KEEP=1 npm test\`; ` +
        `if it is the same, ${reapplyChart}; then ${restart}, so that Grafana starts with the new Secret`
}

export const explainRefusedLogin = async (
  { core }: Kubernetes,
  grafana: ObjectName,
  server: Server,
): Promise<string> => {
  const secret = await core.readNamespacedSecret(grafana).catch((error: unknown) => {
    if (apiStatus(error) === 404) return undefined
    throw error
  })
  return describeRefusedLogin(grafana, secret, server)
}
