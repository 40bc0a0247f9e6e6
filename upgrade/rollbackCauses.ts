import { explainMessage, type Kinds } from '../diagnosis/patterns.ts'
import type { Cause } from '../diagnosis/types.ts'

/** OpenSearch has no way back on the same volume, not even between patch versions. */
export const openSearchRemedy =
  'take a snapshot before the upgrade and restore it into an empty cluster of the old version, or go forward to a version that fixes the problem'

type FailureCause = Pick<Cause, 'cause' | 'remedy'>

/** Log lines of a server that cannot read what a newer version has written. */
const logKinds: Kinds<undefined, FailureCause> = [
  [
    // A node records in its data path which version last started on it.
    /cannot downgrade a node from version \[([^\]]+)\] to version \[([^\]]+)\]/,
    ([line, newer, older]) => ({
      cause: `OpenSearch ${older} refuses to start on a volume that ${newer} has used: "${line}"`,
      remedy: openSearchRemedy,
    }),
  ],
  [
    /IndexFormatTooNewException: .*|Could not load codec '[^']+'/,
    ([line]) => ({
      cause: `the old OpenSearch cannot read an index that the new one has written: "${line}"`,
      remedy: openSearchRemedy,
    }),
  ],
  [
    /Document "[^"]*" has property "[^"]*" which belongs to a more recent version of [\w ]+/,
    ([line]) => ({
      cause: `the old OpenSearch Dashboards cannot read saved objects that the new one has migrated: "${line}"`,
      remedy:
        'export the saved objects before the upgrade, and import them into the old version after its index .kibana is deleted; or go forward',
    }),
  ],
]

const helmKinds: Kinds<undefined, FailureCause> = [
  [
    /no matches for kind "([^"]+)" in version "([^"]+)"/,
    ([, kind, version]) => ({
      cause: `the old chart needs ${kind} of ${version}, which the API server no longer serves`,
      remedy: `apply the CustomResourceDefinitions of the old chart first (\`helm show crds\`), if they define ${kind}; otherwise go forward`,
    }),
  ],
]

/** Why the old version cannot start, if its log has a known message. */
export const explainLog = (log: string): FailureCause | undefined => explainMessage(logKinds, log, undefined)

/**
 * Why a rollback failed.
 * @param error the error of helm, or of the wait for the workloads
 * @param log the log of the pods that did not become ready
 */
export const rollbackCause = (error: string, log: string): FailureCause => {
  const known = explainLog(`${error}\n${log}`) ?? explainMessage(helmKinds, error, undefined)
  if (known) return known
  const [first = ''] = error.split('\n', 1)
  // What the wait saw last, or what helm says. An explained error has its cause in the first line.
  const [, last] = /^ *last: (.*)$/m.exec(error) ?? []
  const [, helm] = first.includes('rollback') ? (/^ *\| (Error: .*)$/m.exec(error) ?? []) : []
  const [, remedy] = /\n *remedy: (.*)$/m.exec(error) ?? []
  return { cause: last ?? helm ?? first, ...(remedy === undefined ? {} : { remedy }) }
}
