import { countOf, few } from '../../lib/messages.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'

/** A rule or panel with a new expression; only the verdicts `same`, `smoothed` and `unknown` matter here. */
export type Rewritten = Readonly<{ name: string; verdict: string }>

/** One finding each about all new expressions that mean the same, that differ in their window, and that could not be compared. */
export const rewritten = (id: string, what: string, judged: readonly Rewritten[]): readonly Difference[] => {
  const of = (wanted: string) => judged.filter(({ verdict }) => verdict === wanted).map(({ name }) => name)
  const [same, smoothed, unknown] = [of('same'), of('smoothed'), of('unknown')]
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
    ...(smoothed.length > 0
      ? [
          findingsAbout(`${id}/smoothed`, `${id}/smoothed`)(
            'change',
            'low',
            `${changed(smoothed)}, but only in the window of a rate: the results are of the same size, and smoother or noisier: ${few(smoothed)}`,
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
