import type { SpecLine } from '../specs/support/claim.ts'
import { brokenByText, verdictLine } from './checklist.ts'
import type { Decided } from './result.ts'

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions, escaped as in GitHub's toolkit.
const data = (text: string) =>
  text.toWellFormed().replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

const annotation = (title: string, text: string, spec?: SpecLine) => {
  const place = spec ? `file=${property(spec.file)},line=${spec.line},` : ''
  return `::error ${place}title=${property(title)}::${data(text)}`
}

/** GitHub annotations: one for each failure, at the spec of the first claim that it broke. */
export const annotations = ({ outcomes, errors, interruptedBy }: Decided): readonly string[] => [
  ...(interruptedBy === undefined
    ? []
    : [annotation(`interrupted by ${interruptedBy}`, verdictLine(outcomes))]),
  ...errors.map((error) => annotation('outside of any claim', error)),
  ...brokenByText(outcomes).map(({ claims, text, spec }) =>
    annotation(claims.map(({ id }) => id).join(', '), text, spec),
  ),
]
