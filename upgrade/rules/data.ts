import { countOf } from '../../lib/messages.ts'
import type { Difference } from '../rootCauses.ts'
import { pairs, type Rule } from './common.ts'

/** Helm's releases, and the versions of the servers. */
export const versions: Rule = (before, after) => [
  ...pairs(before.releases, after.releases).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const one = { id: `release/${name}`, about: `release:${name}` }
      if (!now) {
        const sentence = `Helm has no release ${name} any more`
        return [{ ...one, verdict: 'new', severity: 'high', sentence, remedy: `\`helm history ${name}\`` }]
      }
      if (now.status !== 'deployed') {
        return [
          {
            ...one,
            dependsOn: [`helm:${name}`],
            verdict: old?.status === now.status ? 'pre-existing' : 'new',
            severity: 'high',
            sentence: `Helm's release ${name} (${now.chart}) is ${now.status}`,
            remedy: `\`helm -n monitoring history ${name}\`; \`helm rollback\` goes back to the revision that was deployed`,
          },
        ]
      }
      if (!old || old.chart === now.chart) return []
      const sentence = `release ${name} is ${now.chart}, revision ${now.revision}; ${old.chart} before`
      return [{ ...one, verdict: 'change', severity: 'low', sentence, remedy: '' }]
    },
  ),
  ...(before.kubernetes === after.kubernetes
    ? []
    : [
        {
          id: 'kubernetes',
          about: 'server:Kubernetes',
          verdict: 'change',
          severity: 'low',
          sentence: `Kubernetes is ${after.kubernetes}, ${before.kubernetes} before`,
          remedy: '',
        } as const,
      ]),
  ...(before.opensearch.version === after.opensearch.version
    ? []
    : [
        {
          id: 'opensearch',
          about: 'server:OpenSearch',
          verdict: 'change',
          severity: 'low',
          sentence: `OpenSearch is ${after.opensearch.version}, ${before.opensearch.version} before; indices that it has written cannot be read by the one before`,
          remedy: 'take a snapshot before you do the same',
        } as const,
      ]),
]

/** Indices that are gone, have lost documents, or map a field otherwise. */
export const indices: Rule = (before, after) =>
  pairs(before.opensearch.indices, after.opensearch.indices).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const one = { id: `index/${name}`, about: `index:${name}` }
      if (!old) {
        const sentence = `index ${name} is new, with ${countOf(now?.documents ?? 0, 'document')}`
        return [{ ...one, verdict: 'change', severity: 'low', sentence, remedy: '', byEvents: true }]
      }
      if (!now) {
        const sentence = `index ${name} is gone, and ${countOf(old.documents, 'document')} with it`
        const remedy = 'restore it from a snapshot; see the log of OpenSearch for who deleted it'
        return [{ ...one, verdict: 'new', severity: 'high', sentence, remedy }]
      }
      const types = pairs(old.fields, now.fields).filter(
        (field) => field.before !== undefined && field.before !== field.after,
      )
      return [
        ...(now.documents < old.documents
          ? [
              {
                ...one,
                verdict: 'new',
                severity: 'high',
                sentence: `index ${name} has ${countOf(now.documents, 'document')}, ${old.documents} before`,
                remedy:
                  'restore the rest from a snapshot; see the log of OpenSearch for what it could not read',
              } as const,
            ]
          : []),
        ...types.map((field): Difference => ({
          ...one,
          id: `index/${name}/${field.name}`,
          verdict: 'new',
          severity: 'medium',
          sentence: `field ${field.name} of index ${name} is ${field.after ?? 'not mapped'}, ${field.before} before: queries by it find something else`,
          remedy: 'pin its type in the index template',
        })),
      ]
    },
  )

/** Nodes and namespaces whose logs are not found any more. */
export const logs: Rule = (before, after) =>
  (['nodes', 'namespaces'] as const).flatMap((by) =>
    pairs(before.logs[by], after.logs[by]).flatMap(
      ({ name, before: old, after: now }): readonly Difference[] => {
        if (old === undefined || now !== undefined) return []
        const what = by === 'nodes' ? 'node' : 'namespace'
        return [
          {
            id: `logs/${what}/${name}`,
            about: `logs:${name}`,
            verdict: 'new',
            severity: 'high',
            sentence: `no log of ${what} ${name} is found, ${countOf(old, 'document')} before`,
            remedy: `see whether Vector runs there, and what it says: \`kubectl -n monitoring logs -l app.kubernetes.io/name=vector\``,
          },
        ]
      },
    ),
  )
