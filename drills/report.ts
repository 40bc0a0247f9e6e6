import { codeBlock, escapeMarkdown, markdownTable } from '../lib/markdown.ts'
import type { DrillResult, DrillsResult } from './result.ts'
import {
  answerLines,
  backAfter,
  caughtUpAfter,
  describeNotRun,
  greenAfter,
  linesOf,
  orNever,
} from './summary.ts'
import { drillTables, overviewTable } from './tables.ts'

/** A line with the times, and below it what is beyond its bound. */
export const describeDrill = (drill: DrillResult): string => {
  const { verdict, name, sentence, shortfalls } = drill
  const times = [
    `all back: ${orNever(backAfter(drill))}`,
    `every line found: ${orNever(caughtUpAfter(drill))}`,
    `every claim green: ${orNever(greenAfter(drill))}`,
  ].join(', ')
  const lines = linesOf(drill)
  const counts = lines
    ? `${lines.lost} of ${lines.written} lines lost, ${lines.doubled} doubled, ${lines.torn} torn`
    : 'lines not counted'
  return [
    `${verdict === 'holds' ? '✓' : '✗'} ${name}: ${sentence}`,
    `    ${counts}; ${times}`,
    ...shortfalls.flatMap((text) => text.split('\n').map((line) => `    ${line}`)),
  ].join('\n')
}

export const describeDrills = (result: DrillsResult): string =>
  [
    ...result.drills.filter(({ verdict }) => verdict === 'broken').map(describeDrill),
    ...result.notRun.map((one) => `not run: ${describeNotRun(one)}`),
    '',
    ...answerLines(result),
    `drills: ${result.seconds.toFixed(1)} s at ${result.rate} lines per second and node, seed ${result.seed}; out/drills.html, out/drills.md, out/drills.json`,
  ].join('\n')

const drillSection = (drill: DrillResult): readonly string[] => {
  const { name, verdict, sentence, holds, why, source, remedy, shortfalls, notes } = drill
  return [
    `## ${verdict === 'holds' ? '✓' : '✗'} ${name}`,
    '',
    `${escapeMarkdown(`What is done: ${sentence}. What must hold: ${holds} ${why}`)}${source === undefined ? '' : ` ([source](${source}))`}`,
    '',
    ...(remedy === undefined ? [] : [escapeMarkdown(`To lose less: ${remedy}.`), '']),
    ...shortfalls.flatMap((text) => codeBlock(text)),
    ...(notes.length > 0 ? ['Noted:', '', ...notes.flatMap((text) => codeBlock(text))] : []),
    ...drillTables(drill).flatMap(({ title, head, rows }) =>
      rows.length === 0 ? [] : [`### ${title}`, '', markdownTable(head, rows), ''],
    ),
  ]
}

export const drillsMarkdown = (result: DrillsResult): string => {
  const [verdict = '', ...answer] = answerLines(result)
  const { head, rows } = overviewTable(result)
  return [
    `# ${verdict}`,
    '',
    ...answer.flatMap((line) => [escapeMarkdown(line), '']),
    ...(result.notRun.length > 0
      ? ['Not run:', '', ...result.notRun.flatMap((one) => codeBlock(describeNotRun(one)))]
      : []),
    markdownTable(head, rows),
    '',
    ...result.drills.flatMap(drillSection),
  ].join('\n')
}
