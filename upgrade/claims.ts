import { diagnosticsFolder } from '../report/diagnostics.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { Difference } from './rootCauses.ts'
import type { CrdChange } from './manifests.ts'

/** The evidence of the empty cluster stands beside that of the upgraded one. */
export const freshDiagnosticsFolder = `${diagnosticsFolder}-fresh`

/** What was seen last, in one line: the rest of the text is in the report. */
const lastSeen = (text: string): string =>
  /^\S+ did not come up(?=: )/.exec(text)?.[0] ??
  /^ *last: (.*)$/m.exec(text)?.[1] ??
  text.split('\n', 1)[0] ??
  ''

/** Claims that do not hold on the new side; on the old side all did. */
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
            sentence: `${outcome.claim.area}: "${outcome.claim.sentence}" does not hold any more: ${lastSeen(outcome.text)}`,
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
    sentence: `on an empty cluster: ${one.sentence.replace('does not hold any more', 'does not hold')}`,
  }))

/** Definitions that Helm leaves as they were: the API server drops what only the new ones know. */
export const crdDifferences = (changes: readonly CrdChange[]): readonly Difference[] =>
  changes
    .filter(({ change, became }) => change === 'changed' && became === 'left old')
    .map(({ name, fields }) => ({
      id: `crd-left/${name}`,
      about: `crd:${name}`,
      verdict: 'change',
      severity: 'medium',
      sentence: `Helm leaves CustomResourceDefinition ${name} as it was, and what only the new one knows is dropped without a word: ${fields.join('; ')}`,
      remedy: 'apply the new one before the upgrade; --apply-crds tries how that goes',
    }))
