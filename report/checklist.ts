import { codeBlock, escapeMarkdown, markdownTable } from '../lib/markdown.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { RunResult } from './result.ts'

export const signs = { holds: '✓', broken: '✗', 'not run': '-' } as const

const count = (outcomes: readonly ClaimOutcome[], verdict: ClaimOutcome['verdict']) =>
  outcomes.filter((outcome) => outcome.verdict === verdict).length

/** `47 passed, 0 failed`, and how many were not run where some were not. */
export const verdictLine = (outcomes: readonly ClaimOutcome[]): string => {
  const notRun = count(outcomes, 'not run')
  return `${count(outcomes, 'holds')} passed, ${count(outcomes, 'broken')} failed${notRun > 0 ? `, ${notRun} not run` : ''}`
}

const note = (outcome: ClaimOutcome) =>
  outcome.verdict === 'not run' ? `not run: ${outcome.reason}` : `${outcome.seconds.toFixed(1)} s`

/** Broken claims, those that one and the same thing broke together. */
export const brokenByText = (outcomes: readonly ClaimOutcome[]) => {
  const broken = outcomes.filter((outcome) => outcome.verdict === 'broken')
  const texts = [...new Set(broken.map(({ text }) => text))]
  return texts.map((text) => {
    const together = broken.filter((outcome) => outcome.text === text)
    return { text, claims: together.map(({ claim }) => claim), spec: together[0]?.spec }
  })
}

/** The checklist as a table for a terminal, then the text of each broken claim. */
export const describeChecklist = (outcomes: readonly ClaimOutcome[]): string => {
  const width = Math.max(...outcomes.map(({ claim }) => claim.id.length))
  const areas = Object.entries(Object.groupBy(outcomes, ({ claim }) => claim.area))
  const table = areas.flatMap(([area, rows = []]) => [
    area,
    ...rows.map(
      (row) => `  ${signs[row.verdict]} ${row.claim.id.padEnd(width)}  ${row.claim.sentence} (${note(row)})`,
    ),
  ])
  return [...table, '', ...describeBroken(outcomes), verdictLine(outcomes)].join('\n')
}

/** The text of each broken claim, each text once, and an empty line behind each. */
export const describeBroken = (outcomes: readonly ClaimOutcome[]): readonly string[] =>
  brokenByText(outcomes).flatMap(({ claims, text }) => [
    `✗ ${claims.map(({ id }) => id).join(', ')}`,
    ...text.split('\n').map((line) => `  ${line}`),
    '',
  ])

type Summarized = Pick<RunResult, 'outcomes' | 'errors' | 'interruptedBy' | 'evidence'>

/** Whether all is well. */
export const isGreen = ({ outcomes, errors, interruptedBy }: Omit<Summarized, 'evidence'>): boolean =>
  count(outcomes, 'broken') === 0 && errors.length === 0 && interruptedBy === undefined

/** The same for a Markdown page: verdict first, then what is broken, then the whole checklist. */
export const summaryMarkdown = (result: Summarized): string => {
  const { outcomes, errors, interruptedBy, evidence } = result
  const cut = interruptedBy === undefined ? '' : `interrupted by ${interruptedBy}: `
  return [
    `# ${isGreen(result) ? '✓' : '✗'} Observability stack: ${cut}${verdictLine(outcomes)}`,
    '',
    ...errors.flatMap((error) => ['- ✗ **outside of any claim**', '', ...codeBlock(error)]),
    ...brokenByText(outcomes).flatMap(({ claims, text }) => [
      ...claims.map(({ area, sentence }) => `- ✗ **${area}: ${sentence}**`),
      '',
      ...codeBlock(text),
    ]),
    ...(evidence === undefined ? [] : [`Evidence: \`${evidence}\``, '']),
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
