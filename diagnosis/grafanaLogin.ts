import type { V1Secret } from '@kubernetes/client-node'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { grafanaLogin } from '../config/endpoints.ts'
import { reapplyChart } from './remedies.ts'

const name = 'kube-prometheus-stack-grafana'
const namespace = 'monitoring'
const expected = 'grafanaLogin of config/endpoints.ts'
const restart = `\`kubectl -n ${namespace} delete pod -l app.kubernetes.io/name=grafana\``
const correctSecret =
  `if grafana.adminPassword of values/kube-prometheus-stack.yaml differs from ${expected}, correct it and run \`E2E_KEEP=1 npm test\`; ` +
  `if it is the same, ${reapplyChart}; then ${restart}, so that Grafana starts with the new Secret`

/** Why Grafana refuses the login of the claims. The text contains no password: reports are passed on. */
export const describeRefusedLogin = (secret: V1Secret | undefined): string => {
  const what = `Secret ${namespace}/${name}`
  const password = secret?.data?.['admin-password']
  if (password === undefined)
    return `${what} ${secret ? 'has no admin-password' : 'does not exist'}\n  remedy: ${correctSecret}`
  return Buffer.from(password, 'base64').toString() === grafanaLogin.password
    ? `${what} is the same as ${expected}, but Grafana keeps an older password in its database\n  remedy: ${restart} recreates the database from the Secret`
    : `${what} has another admin-password than ${expected}\n  remedy: ${correctSecret}`
}

export const explainRefusedLogin = async ({ core }: Kubernetes): Promise<string> => {
  const secret = await core.readNamespacedSecret({ name, namespace }).catch((error: unknown) => {
    if (apiStatus(error) === 404) return undefined
    throw error
  })
  return describeRefusedLogin(secret)
}
