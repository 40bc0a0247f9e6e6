import { countOf, few } from '../../lib/messages.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'

/** Something with another expression; only `same` and `unknown` matter here. */
export type Rewritten = Readonly<{ name: string; verdict: string }>

/** One finding each about all whose new expressions mean the same, and about those that could not be compared. */
export const rewritten = (id: string, what: string, judged: readonly Rewritten[]): readonly Difference[] => {
  const of = (wanted: string) => judged.filter(({ verdict }) => verdict === wanted).map(({ name }) => name)
  const [same, unknown] = [of('same'), of('unknown')]
  const changed = (names: readonly string[]) => `the expressions of ${countOf(names.length, what)} changed`
  return [
    ...(same.length > 0
      ? [
          findingsAbout(`${id}/rewritten`, `${id}/rewritten`)(
            'change',
            'low',
            `${changed(same)}, which makes no difference here: ${few(same)}`,
          ),
        ]
      : []),
    ...(unknown.length > 0
      ? [
          findingsAbout(`${id}/not-compared`, `${id}/not-compared`)(
            'change',
            'medium',
            `${changed(unknown)} and could not be compared with the old ones on the same data: ${few(unknown)}`,
            'read both expressions',
          ),
        ]
      : []),
  ]
}
