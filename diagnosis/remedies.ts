import type { Server } from '../config/endpoints.ts'

/**
 * A run on a kept cluster skips a release that already has the right version and values, even if its objects were changed.
 * The field manager is helm because helm refuses to upgrade fields that another manager has set.
 */
export const reapplyChart =
  '`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -` ' +
  'restores the objects of the chart'

/**
 * The command that asks a server. It asks for the password where the server wants one, and verifies no certificate, since
 * that is made for names in the cluster.
 */
export const curlOf = ({ url, user }: Server): string =>
  ['curl', ...(url.startsWith('https:') ? ['-k'] : []), ...(user === undefined ? [] : ['-u', user])].join(' ')
