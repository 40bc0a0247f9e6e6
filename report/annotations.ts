import { brokenByText, verdictLine } from './checklist.ts'
import type { RunResult } from './result.ts'
import type { SpecLine } from '../specs/support/claim.ts'

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions; the escapes are those of its toolkit.
const data = (text: string) =>
  text.toWellFormed().replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

const annotation = (title: string, text: string, spec?: SpecLine) => {
  const place = spec ? `file=${property(spec.file)},line=${spec.line},` : ''
  return `::error ${place}title=${property(title)}::${data(text)}`
}

/** What a run on GitHub shows beside its log: one line for each thing that is wrong, at the spec of the first claim. */
export const annotations = ({
  outcomes,
  errors,
  interruptedBy,
}: Pick<RunResult, 'outcomes' | 'errors' | 'interruptedBy'>): readonly string[] => [
  ...(interruptedBy === undefined
    ? []
    : [annotation(`interrupted by ${interruptedBy}`, verdictLine(outcomes))]),
  ...errors.map((error) => annotation('outside of any claim', error)),
  ...brokenByText(outcomes).map(({ claims, text, spec }) =>
    annotation(claims.map(({ id }) => id).join(', '), text, spec),
  ),
]
