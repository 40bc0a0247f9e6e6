import { countOf } from '../../lib/messages.ts'
import type { Observation } from '../observation.ts'
import { openSearchRemedy } from '../rollbackCauses.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { sortedPairs } from '../structuralDiff.ts'
import { compareEach, type Rule } from './common.ts'

/** How to return a failed release to a version that works. */
const wayBack = (chart: string, before: Observation, after: Observation): string =>
  // It answers with the new version, so a new node has started on the volume.
  /^opensearch-\d/.test(chart) && before.opensearch.version !== after.opensearch.version
    ? `do not roll it back, because OpenSearch ${before.opensearch.version} refuses a volume that ${after.opensearch.version} has used: ${openSearchRemedy}`
    : '`helm rollback` returns to the last deployed revision'

const releases: Rule = (before, after) =>
  compareEach(before.releases, after.releases, (name, old, now) => {
    const finding = findingsAbout(`release/${name}`, `release:${name}`)
    if (!now)
      return finding(
        'new',
        'high',
        `Helm release ${name} no longer exists`,
        `\`helm -n NAMESPACE history ${name}\``,
      )
    // Without permission to read Secrets, the status is not known.
    if (!['deployed', 'unknown'].includes(now.status))
      return finding(
        old?.status === now.status ? 'pre-existing' : 'new',
        'high',
        `Helm release ${name} (${now.chart}) is ${now.status}`,
        `\`helm -n NAMESPACE history ${name}\`; ${wayBack(now.chart, before, after)}`,
        { dependsOn: [`helm:${name}`] },
      )
    if (!old || old.chart === now.chart) return undefined
    const sentence = `Helm release ${name} changed from ${old.chart} to ${now.chart}, revision ${now.revision}`
    return finding('change', 'low', sentence)
  })

const server = (name: string, old: string, now: string, effect = '', remedy = ''): readonly Difference[] => {
  const finding = findingsAbout(name.toLowerCase(), `server:${name}`)
  return old === now
    ? []
    : [finding('change', 'low', `${name} changed from ${old} to ${now}${effect}`, remedy)]
}

/** Helm releases, and the versions of the servers. */
export const versions: Rule = (before, after) => [
  ...releases(before, after),
  ...server('Kubernetes', before.kubernetes, after.kubernetes),
  ...server(
    'OpenSearch',
    before.opensearch.version,
    after.opensearch.version,
    '; the old version cannot read indices that the new one wrote',
    'take a snapshot before you upgrade',
  ),
]

/** Indices that are gone, lost documents, or changed the type of a field. */
export const indices: Rule = (before, after) =>
  compareEach(before.opensearch.indices, after.opensearch.indices, (name, old, now) => {
    const finding = findingsAbout(`index/${name}`, `index:${name}`)
    if (!old) {
      const sentence = `index ${name} is new, with ${countOf(now?.documents ?? 0, 'document')}`
      return finding('change', 'low', sentence, '', { byEvents: true })
    }
    if (!now) {
      const sentence = `index ${name} is gone, with its ${countOf(old.documents, 'document')}`
      const remedy = 'restore it from a snapshot; the OpenSearch log says what deleted it'
      return finding('new', 'high', sentence, remedy)
    }
    const lost = finding(
      'new',
      'high',
      `index ${name} shrank from ${countOf(old.documents, 'document')} to ${now.documents}`,
      'restore the missing documents from a snapshot; the OpenSearch log says what it could not read',
    )
    const retyped = sortedPairs(old.fields, now.fields).filter(
      (field) => field.before !== undefined && field.before !== field.after,
    )
    return [
      ...(now.documents < old.documents ? [lost] : []),
      ...retyped.map((field) =>
        finding(
          'new',
          'medium',
          `field ${field.name} of index ${name} changed from ${field.before} to ${field.after ?? 'not mapped'}: queries on it return different results`,
          'set its type in the index template',
          {
            id: `index/${name}/${field.name}`,
            ...(field.after === undefined ? {} : { changesMeaning: true as const }),
          },
        ),
      ),
    ]
  })

const logsOf = (
  what: 'node' | 'namespace',
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): readonly Difference[] =>
  compareEach(before, after, (name, old, now) => {
    if (old === undefined || now !== undefined) return undefined
    return findingsAbout(`logs/${what}/${name}`, `logs:${name}`)(
      'new',
      'high',
      `no logs of ${what} ${name} were found; there were ${countOf(old, 'document')} before`,
      'check that Vector runs there, and read its log: `kubectl -n monitoring logs -l app.kubernetes.io/name=vector`',
    )
  })

/** Nodes and namespaces without logs. */
export const logs: Rule = (before, after) => [
  ...logsOf('node', before.logs.nodes, after.logs.nodes),
  ...logsOf('namespace', before.logs.namespaces, after.logs.namespaces),
]
