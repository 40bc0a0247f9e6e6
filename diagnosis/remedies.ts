import type { Server } from '../config/endpoints.ts'
import type { Cause } from './types.ts'

/** The cause with its remedy, if there is one, on a line of its own. */
export const describeCause = ({ cause, remedy }: Pick<Cause, 'cause' | 'remedy'>): string =>
  remedy === undefined ? cause : `${cause}\n  remedy: ${remedy}`

/**
 * A run on a kept cluster skips a release that already has the right version and values, even if its objects were changed.
 * The field manager is helm because helm refuses to upgrade fields that another manager has set.
 */
export const reapplyChart =
  '`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -` ' +
  'restores the objects of the chart'

/**
 * The beginning of a curl command for a server. It prompts for a password if there is a login, and does not verify the
 * certificate, which names hosts inside the cluster.
 */
export const curlOf = ({ url, user }: Server): string =>
  ['curl', ...(url.startsWith('https:') ? ['-k'] : []), ...(user === undefined ? [] : ['-u', user])].join(' ')

/** What to do when OpenSearch has blocked writes because the disk was full. */
export const resetFloodStage = (server: Server, indices: string): string =>
  'disk usage exceeded the flood-stage watermark: free disk space, then ' +
  `\`${curlOf(server)} -X PUT -H 'content-type: application/json' -d '{"index.blocks.read_only_allow_delete":null}' '${server.url}/${indices}/_settings'\``
