import type { ClaimOutcome } from '../specs/support/claim.ts'
import { byArea, countVerdict, figuresOf } from './checklist.ts'
import { markup, type Markup } from './page/markup.ts'
import { describeRecording } from './recording.ts'
import type { Decided, RunResult } from './result.ts'
import { firstLine } from '../lib/messages.ts'

// XML 1.0 cannot hold these characters, not even escaped.
const notInXml = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g
const secondsOf = (outcome: ClaimOutcome) => (outcome.verdict === 'not run' ? 0 : outcome.seconds)

const counts = (outcomes: readonly ClaimOutcome[], errors: readonly string[]): Markup => {
  const seconds = outcomes.reduce((sum, outcome) => sum + secondsOf(outcome), 0).toFixed(3)
  return markup`tests="${outcomes.length + errors.length}" failures="${countVerdict(outcomes, 'broken')}" errors="${errors.length}" skipped="${countVerdict(outcomes, 'not run')}" time="${seconds}"`
}

const verdictOf = (outcome: ClaimOutcome): Markup | undefined => {
  switch (outcome.verdict) {
    case 'holds':
      return undefined
    case 'broken':
      return markup`<failure message="${firstLine(outcome.text)}">${outcome.text}</failure>`
    case 'not run':
      return markup`<skipped message="${outcome.reason}"/>`
  }
}

const figuresProperty = (outcome: ClaimOutcome): Markup | string => {
  const figures = figuresOf(outcome)
  return figures === undefined ? '' : markup`<property name="figures" value="${figures}"/>`
}

const claimCase = (outcome: ClaimOutcome): Markup => {
  const { area, id, items, sentence } = outcome.claim
  return markup`<testcase classname="${area}" name="${sentence}" time="${secondsOf(outcome).toFixed(3)}"><properties><property name="claim" value="${id}"/>${items.map(
    (item) => markup`<property name="checklist item" value="${item}"/>`,
  )}${figuresProperty(outcome)}</properties>${verdictOf(outcome)}</testcase>
`
}

const errorCase = (error: string): Markup =>
  markup`<testcase classname="outside of any claim" name="${firstLine(error)}" time="0.000"><error message="${firstLine(error)}">${error}</error></testcase>
`

/** JUnit XML as GitLab, Jenkins and others read it: a suite for each area, a test case for each claim. */
export const junitXml = ({
  outcomes,
  errors,
  interruptedBy,
  finishedAt,
  recording,
}: Decided & Pick<RunResult, 'finishedAt' | 'recording'>): string => {
  const name = recording ? describeRecording(recording) : 'observability stack'
  const allErrors = interruptedBy === undefined ? errors : [`interrupted by ${interruptedBy}`, ...errors]
  const suites = [
    { name: 'outside of any claim', counted: counts([], allErrors), cases: allErrors.map(errorCase) },
    ...byArea(outcomes).map(([name, rows]) => ({
      name,
      counted: counts(rows, []),
      cases: rows.map(claimCase),
    })),
  ]
  const { html } = markup`<testsuites name="${name}" ${counts(outcomes, allErrors)} timestamp="${finishedAt}">
${suites
  .filter(({ cases }) => cases.length > 0)
  .map(
    ({ name, counted, cases }) => markup`<testsuite name="${name}" ${counted}>
${cases}</testsuite>
`,
  )}</testsuites>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${html}\n`.replaceAll(notInXml, '').toWellFormed()
}
