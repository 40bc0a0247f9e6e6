import type { ClaimOutcome } from './outcomes.ts'

const signs = { holds: '✓', broken: '✗', 'not run': '-' } as const

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
const brokenByText = (outcomes: readonly ClaimOutcome[]) => {
  const broken = outcomes.filter((outcome) => outcome.verdict === 'broken')
  const texts = [...new Set(broken.map(({ text }) => text))]
  return texts.map((text) => ({
    text,
    claims: broken.filter((outcome) => outcome.text === text).map(({ claim }) => claim),
  }))
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
  const broken = brokenByText(outcomes).flatMap(({ claims, text }) => [
    '',
    `✗ ${claims.map(({ id }) => id).join(', ')}`,
    ...text.split('\n').map((line) => `  ${line}`),
  ])
  return [...table, ...broken, '', verdictLine(outcomes)].join('\n')
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', '<br>')

/** The same for a Markdown page: verdict first, then what is broken, then the whole checklist. */
export const checklistMarkdown = (outcomes: readonly ClaimOutcome[]): string => {
  const broken = brokenByText(outcomes)
  return [
    `# ${broken.length === 0 ? '✓' : '✗'} Observability stack: ${verdictLine(outcomes)}`,
    '',
    ...broken.flatMap(({ claims, text }) => [
      ...claims.map(({ area, sentence }) => `- ✗ **${area}: ${sentence}**`),
      '',
      '```text',
      text,
      '```',
      '',
    ]),
    '| | claim | what is true when it is green | items | |',
    '|---|---|---|---|---|',
    ...outcomes.map(
      (outcome) =>
        `| ${signs[outcome.verdict]} | ${outcome.claim.id} | ${cell(outcome.claim.sentence)} | ${outcome.claim.items.join(', ')} | ${cell(note(outcome))} |`,
    ),
    '',
  ].join('\n')
}
