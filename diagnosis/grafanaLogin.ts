import type { V1Secret } from '@kubernetes/client-node'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { grafanaLogin } from '../config/endpoints.ts'
import { reapplyChart } from './remedies.ts'

const name = 'kube-prometheus-stack-grafana'
const namespace = 'monitoring'
const own = 'grafanaLogin of config/endpoints.ts'
const restart = `\`kubectl -n ${namespace} delete pod -l app.kubernetes.io/name=grafana\``
const secretAnew =
  `let grafana.adminPassword of values/kube-prometheus-stack.yaml agree with ${own}, which \`E2E_KEEP=1 npm test\` brings in; ` +
  `where it does, ${reapplyChart}; then ${restart} has Grafana start with it`

/** Why Grafana refuses the login of the claims. Neither password is told: reports are passed on. */
export const describeRefusedLogin = (secret: V1Secret | undefined): string => {
  const what = `Secret ${namespace}/${name}`
  const held = secret?.data?.['admin-password']
  if (held === undefined)
    return `${what} ${secret ? 'has no admin-password' : 'does not exist'}, with which Grafana starts\n  remedy: ${secretAnew}`
  return Buffer.from(held, 'base64').toString() === grafanaLogin.password
    ? `${what} agrees with ${own}: Grafana keeps an older password in its database\n  remedy: ${restart} makes that anew from the Secret`
    : `${what} has another admin-password than ${own}\n  remedy: ${secretAnew}`
}

export const explainRefusedLogin = async ({ core }: Kubernetes): Promise<string> => {
  const secret = await core.readNamespacedSecret({ name, namespace }).catch((error: unknown) => {
    if (apiStatus(error) === 404) return undefined
    throw error
  })
  return describeRefusedLogin(secret)
}
