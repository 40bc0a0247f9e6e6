import { codeBlock, escapeMarkdown, markdownTable } from '../lib/markdown.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { byReason, claimsNotRun, describeNotChecked, notCheckedTitle } from './notChecked.ts'
import { describeRecording } from './recording.ts'
import type { Decided, RunResult } from './result.ts'

export const signs = { holds: '✓', broken: '✗', 'not run': '-' } as const

export const countVerdict = (outcomes: readonly ClaimOutcome[], verdict: ClaimOutcome['verdict']): number =>
  outcomes.filter((outcome) => outcome.verdict === verdict).length

export const byArea = (outcomes: readonly ClaimOutcome[]) => [
  ...Map.groupBy(outcomes, ({ claim }) => claim.area),
]

/** `47 passed, 0 failed`, and how many were not run if there are any. */
export const verdictLine = (outcomes: readonly ClaimOutcome[]): string => {
  const notRun = countVerdict(outcomes, 'not run')
  return `${countVerdict(outcomes, 'holds')} passed, ${countVerdict(outcomes, 'broken')} failed${notRun > 0 ? `, ${notRun} not run` : ''}`
}

/** Figures that a claim has measured. */
export const figuresOf = (outcome: ClaimOutcome): string | undefined =>
  outcome.verdict === 'holds' ? outcome.figures : undefined

const note = (outcome: ClaimOutcome) =>
  outcome.verdict === 'not run'
    ? `not run: ${outcome.reason}`
    : [`${outcome.seconds.toFixed(1)} s`, figuresOf(outcome)].filter(Boolean).join('; ')

/** The broken claims, grouped by the text of their failure. */
export const brokenByText = (outcomes: readonly ClaimOutcome[]) => {
  const broken = outcomes.filter((outcome) => outcome.verdict === 'broken')
  return [...Map.groupBy(broken, ({ text }) => text)].map(([text, group]) => ({
    text,
    claims: group.map(({ claim }) => claim),
    spec: group[0]?.spec,
  }))
}

/** Each failure once, with the claims that it broke and an empty line after it. */
export const describeBroken = (outcomes: readonly ClaimOutcome[]): readonly string[] =>
  brokenByText(outcomes).flatMap(({ claims, text }) => [
    `✗ ${claims.map(({ id }) => id).join(', ')}`,
    ...text.split('\n').map((line) => `  ${line}`),
    '',
  ])

/** The checklist for the console, then each failure. */
export const describeChecklist = (outcomes: readonly ClaimOutcome[]): string => {
  const width = Math.max(...outcomes.map(({ claim }) => claim.id.length))
  const table = byArea(outcomes).flatMap(([area, rows]) => [
    area,
    ...rows.map(
      (row) => `  ${signs[row.verdict]} ${row.claim.id.padEnd(width)}  ${row.claim.sentence} (${note(row)})`,
    ),
  ])
  return [
    ...table,
    '',
    ...describeBroken(outcomes),
    ...describeNotChecked(claimsNotRun(outcomes)),
    verdictLine(outcomes),
  ].join('\n')
}

/** A run without a failure; it may be that no claim was run. */
export const isGreen = ({ outcomes, errors, interruptedBy }: Decided): boolean =>
  countVerdict(outcomes, 'broken') === 0 && errors.length === 0 && interruptedBy === undefined

const notCheckedMarkdown = (outcomes: readonly ClaimOutcome[]): readonly string[] => {
  const rows = byReason(claimsNotRun(outcomes)).map(({ why, whats }) => [why, whats.join('\n')])
  return rows.length === 0
    ? []
    : [
        `## ${notCheckedTitle}`,
        '',
        markdownTable(
          ['Why', 'What'],
          rows.map((row) => row.map(escapeMarkdown)),
        ),
        '',
      ]
}

/** What was tested: `Observability stack with overlay shop`. */
export const describeSubject = (overlay: string | undefined): string =>
  overlay === undefined ? 'Observability stack' : `Observability stack with overlay ${overlay}`

/** The verdict, each failure, what was not checked and the checklist in Markdown. */
export const summaryMarkdown = (
  result: Decided & Pick<RunResult, 'evidence' | 'overlay' | 'recording'>,
): string => {
  const { outcomes, errors, interruptedBy, evidence, overlay, recording } = result
  const interruption = interruptedBy === undefined ? '' : `interrupted by ${interruptedBy}: `
  return [
    `# ${isGreen(result) ? '✓' : '✗'} ${describeSubject(overlay)}: ${interruption}${verdictLine(outcomes)}`,
    '',
    ...(recording ? [`**${escapeMarkdown(describeRecording(recording))}**`, ''] : []),
    ...errors.flatMap((error) => ['- ✗ **outside of any claim**', '', ...codeBlock(error)]),
    ...brokenByText(outcomes).flatMap(({ claims, text }) => [
      ...claims.map(({ area, sentence }) => `- ✗ **${area}: ${sentence}**`),
      '',
      ...codeBlock(text),
    ]),
    ...(evidence === undefined ? [] : [`Evidence: \`${evidence}\``, '']),
    ...notCheckedMarkdown(outcomes),
    '## Checklist',
    '',
    markdownTable(
      ['', 'claim', 'what is true when it is green', 'items', ''],
      outcomes.map((outcome) => [
        signs[outcome.verdict],
        outcome.claim.id,
        escapeMarkdown(outcome.claim.sentence),
        outcome.claim.items.join(', '),
        escapeMarkdown(note(outcome)),
      ]),
    ),
    '',
  ].join('\n')
}
