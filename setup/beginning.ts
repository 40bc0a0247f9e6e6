import { connectOpenSearch } from '../clients/opensearch.ts'
import { serverIn, type Servers } from '../config/endpoints.ts'

/** What has to be known of the beginning of a run to tell what has happened since. */
export type Beginning = Readonly<{
  /** Milliseconds since 1970. */
  at: number
  /** What OpenSearch had rejected until then; its counters have no history. */
  rejected: number
}>

/** The state of a cluster that exists already. */
export const readBeginning = async (servers: Servers): Promise<Beginning> => {
  const at = Date.now()
  // A server that does not answer has counted nothing once it has started again.
  const { rejected } = await connectOpenSearch(serverIn(servers, 'opensearch'))
    .rejections()
    .catch(() => ({ rejected: 0 }))
  return { at, rejected }
}
