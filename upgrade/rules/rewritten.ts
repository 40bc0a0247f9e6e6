import { countOf, few } from '../../lib/messages.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'

/** A rule or panel with a new expression; only the verdicts `same` and `unknown` matter here. */
export type Rewritten = Readonly<{ name: string; verdict: string }>

/** One finding about all new expressions that mean the same, and one about all that could not be compared. */
export const rewritten = (id: string, what: string, judged: readonly Rewritten[]): readonly Difference[] => {
  const of = (wanted: string) => judged.filter(({ verdict }) => verdict === wanted).map(({ name }) => name)
  const [same, unknown] = [of('same'), of('unknown')]
  const changed = (names: readonly string[]) =>
    `the ${names.length === 1 ? 'expression' : 'expressions'} of ${countOf(names.length, what)} changed`
  return [
    ...(same.length > 0
      ? [
          findingsAbout(`${id}/rewritten`, `${id}/rewritten`)(
            'change',
            'low',
            `${changed(same)} without effect on the result here: ${few(same)}`,
          ),
        ]
      : []),
    ...(unknown.length > 0
      ? [
          findingsAbout(`${id}/not-compared`, `${id}/not-compared`)(
            'change',
            'medium',
            `${changed(unknown)}, and old and new could not be compared on the same data: ${few(unknown)}`,
            'read the old and the new expression',
          ),
        ]
      : []),
  ]
}
