import { diagnosticsFolder } from '../report/diagnostics.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { findingsAbout, type Difference } from './rootCauses.ts'
import type { CrdChange } from './manifests.ts'
import { firstLine } from '../lib/messages.ts'

/** Evidence of the fresh install, next to that of the upgraded cluster. */
export const freshDiagnosticsFolder = `${diagnosticsFolder}-fresh`

/** Evidence of the cluster after `helm rollback`. */
export const rollbackDiagnosticsFolder = `${diagnosticsFolder}-rollback`

/** The last thing observed, in one line; the report has the whole text. */
export const lastSeen = (text: string): string =>
  /^\S+ did not come up(?=: )/.exec(text)?.[0] ??
  // A line that ends with a colon says nothing without the next.
  /^ *last: (.*(?:(?<=:)\n.*)?)$/m.exec(text)?.[1]?.replace(/\n */, ' ') ??
  firstLine(text)

const brokenClaims = (
  outcomes: readonly ClaimOutcome[],
  kind: 'claim' | 'fresh',
  folder: string,
  describe: (claim: string) => string,
): readonly Difference[] =>
  outcomes.flatMap((outcome) => {
    if (outcome.verdict !== 'broken') return []
    const { claim, text } = outcome
    const sentence = `${describe(`${claim.area}: "${claim.sentence}"`)}: ${lastSeen(text)}`
    const remedy = `the text of the claim names the cause, and ${folder}/index.md the evidence`
    const [, stack] = /^(\S+) did not come up: /.exec(text) ?? []
    return findingsAbout(`${kind}/${claim.id}`, `${kind}:${claim.id}`)('new', 'high', sentence, remedy, {
      text,
      ...(stack === undefined ? {} : { dependsOn: [`helm:${stack}`] }),
    })
  })

/**
 * Claims that do not hold with the new versions; all held with the old ones.
 * @param folder the folder with the evidence
 */
export const claimDifferences = (
  after: readonly ClaimOutcome[],
  folder = diagnosticsFolder,
): readonly Difference[] => brokenClaims(after, 'claim', folder, (claim) => `${claim} no longer holds`)

/** Claims that do not hold with the new versions on an empty cluster. */
export const freshDifferences = (fresh: readonly ClaimOutcome[]): readonly Difference[] =>
  brokenClaims(
    fresh,
    'fresh',
    freshDiagnosticsFolder,
    (claim) => `on an empty cluster: ${claim} does not hold`,
  )

/** CRDs that an upgrade by Helm neither creates nor updates. */
export const crdDifferences = (changes: readonly CrdChange[]): readonly Difference[] =>
  changes
    .filter(({ change, became }) => change !== 'removed' && became === 'left old')
    .map(({ name, change, fields }) =>
      findingsAbout(`crd-left/${name}`, `crd:${name}`)(
        'change',
        'medium',
        change === 'added'
          ? `an upgrade by Helm does not create CustomResourceDefinition ${name}, so the API server refuses its objects`
          : `Helm does not update CustomResourceDefinition ${name}, so the API server silently drops its new fields: ${fields.join('; ')}`,
        'apply the new one before the upgrade; try it with --apply-crds',
      ),
    )
