import { diagnosticsFolder } from '../report/diagnostics.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { Difference } from './rootCauses.ts'
import type { CrdChange } from './manifests.ts'

/** The evidence of the empty cluster stands beside that of the upgraded one. */
export const freshDiagnosticsFolder = `${diagnosticsFolder}-fresh`

/** The last observation, in one line; the report has the whole text. */
const lastSeen = (text: string): string =>
  /^\S+ did not come up(?=: )/.exec(text)?.[0] ??
  /^ *last: (.*)$/m.exec(text)?.[1] ??
  text.split('\n', 1)[0] ??
  ''

/** Claims that do not hold with the new versions; all held with the old ones. */
export const claimDifferences = (
  after: readonly ClaimOutcome[],
  folder = diagnosticsFolder,
): readonly Difference[] =>
  after.flatMap((outcome): readonly Difference[] =>
    outcome.verdict === 'broken'
      ? [
          {
            id: `claim/${outcome.claim.id}`,
            about: `claim:${outcome.claim.id}`,
            verdict: 'new',
            severity: 'high',
            sentence: `${outcome.claim.area}: "${outcome.claim.sentence}" no longer holds: ${lastSeen(outcome.text)}`,
            remedy: `the text of the claim names the cause, and ${folder}/index.md the evidence`,
            text: outcome.text,
          },
        ]
      : [],
  )

/** Claims that do not hold with the new versions on an empty cluster. */
export const freshDifferences = (fresh: readonly ClaimOutcome[]): readonly Difference[] =>
  claimDifferences(fresh, freshDiagnosticsFolder).map((one) => ({
    ...one,
    id: one.id.replace('claim/', 'fresh/'),
    about: one.about.replace('claim:', 'fresh:'),
    sentence: `on an empty cluster: ${one.sentence.replace('no longer holds', 'does not hold')}`,
  }))

/** CRDs that Helm does not update: the API server drops fields that only the new ones have. */
export const crdDifferences = (changes: readonly CrdChange[]): readonly Difference[] =>
  changes
    .filter(({ change, became }) => change === 'changed' && became === 'left old')
    .map(({ name, fields }) => ({
      id: `crd-left/${name}`,
      about: `crd:${name}`,
      verdict: 'change',
      severity: 'medium',
      sentence: `Helm does not update CustomResourceDefinition ${name}, so the API server silently drops its new fields: ${fields.join('; ')}`,
      remedy: 'apply the new one before the upgrade; try it with --apply-crds',
    }))
