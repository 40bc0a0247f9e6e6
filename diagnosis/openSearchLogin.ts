import type { ObjectName } from '../config/components.ts'
import type { Server } from '../config/endpoints.ts'
import { initialPassword } from './configuredServers.ts'

/** Why OpenSearch refuses the login of the claims, or asks for one. */
export const describeRefusedOpenSearch = ({ namespace, name }: ObjectName, { user }: Server): string => {
  const what = `StatefulSet ${namespace}/${name}`
  return user === undefined
    ? `OpenSearch asks for a login, although ${what} had its security plugin off when this run began\n` +
        '  remedy: run again, and the run reads how OpenSearch is configured now'
    : `${what} names the password of ${user} in ${initialPassword}, which counts only until the security plugin has created its index: the volume may be of a cluster with another password\n` +
        `  remedy: set the password that it had then; if its data may go, \`kubectl -n ${namespace} delete statefulset,pvc -l app.kubernetes.io/name=opensearch\` and run again`
}
