import type { ObjectName } from '../config/components.ts'
import type { Server } from '../config/endpoints.ts'
import { initialPassword } from './configuredServers.ts'

/** Why OpenSearch refuses the login of the claims, or asks for one. */
export const describeRefusedOpenSearch = ({ namespace, name }: ObjectName, { user }: Server): string => {
  const what = `StatefulSet ${namespace}/${name}`
  return user === undefined
    ? `OpenSearch asks for a login, although ${what} had its security plugin off when this run began\n` +
        '  remedy: run again: a run reads the configuration of OpenSearch only at its beginning'
    : `${what} sets the password of ${user} in ${initialPassword}, which only takes effect when the security plugin creates its index with its demo users: the volume may come from a cluster with another password, or internal_users.yml may have the hash of another\n` +
        `  remedy: set the password that is in force; or, if the data of the volume is not needed, \`kubectl -n ${namespace} delete statefulset,pvc -l app.kubernetes.io/name=opensearch\` and run again`
}
