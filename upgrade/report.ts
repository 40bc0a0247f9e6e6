import { join } from 'node:path'
import { codeBlock, escapeMarkdown, markdownTable } from '../lib/markdown.ts'
import { describeBroken } from '../report/checklist.ts'
import { describeNotChecked } from '../report/notChecked.ts'
import { outFolder } from '../lib/steps.ts'
import { expectedFile } from './expected.ts'
import type { Finding } from './findings.ts'
import { bisectTable, describeBisect } from './bisectReport.ts'
import { describeRollbacks, rollbackTable } from './rollbackReport.ts'
import type { HelmRun, UpgradeResult } from './result.ts'
import { answerLines, findingsOf, inSeconds, notCheckedOf } from './summary.ts'
import {
  claimTable,
  crdTable,
  describeKind,
  findingTable,
  idleTable,
  manifestTable,
  more,
  notCheckedTable,
  ownClaimTable,
  trafficTables,
  type Table,
} from './tables.ts'
import { firstLine } from '../lib/messages.ts'

/** The reports of an upgrade check. */
export const upgradeFiles = {
  page: join(outFolder, 'upgrade.html'),
  markdown: join(outFolder, 'upgrade.md'),
  json: join(outFolder, 'upgrade.json'),
} as const

/** How many consequences of a regression the console shows. */
const shownConsequences = 5

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`)

const entry = (sign: string, finding: Finding, kind: string, details: readonly string[]) => [
  `${sign} ${finding.id} (${describeKind(kind, finding)})`,
  ...indented(finding.sentence.split('\n')),
  ...details,
  '',
]

const regression = (sign: string) => (finding: Finding) => {
  const { severity, consequences, remedy } = finding
  const shown = consequences.slice(0, shownConsequences)
  return entry(sign, finding, severity, [
    ...[...shown, ...more(shown.length, consequences.length)].map((text) => `    ${text}`),
    `  remedy: ${remedy.trimEnd().replaceAll('\n', '\n          ')}`,
  ])
}

const helmRun = ({ stack, from, to, seconds, error }: HelmRun): string => {
  const run = `helm upgrade of ${stack} ${from} → ${to} (${inSeconds(seconds)})`
  return error === undefined ? `✓ ${run}` : `✗ ${run}: ${firstLine(error)}`
}

/** What breaks, what means something else, what is expected or fixed, and entries of upgrade/expected.yaml without effect. */
export const describeFindings = (
  result: Pick<UpgradeResult, 'findings' | 'idleEntries'>,
): readonly string[] => [
  ...findingsOf(result, 'breaks').flatMap(regression('✗')),
  ...findingsOf(result, 'meaning').flatMap(regression('≠')),
  ...findingsOf(result, 'expected').flatMap((finding) =>
    entry('-', finding, 'expected', [`  reason: ${finding.reason}`]),
  ),
  ...findingsOf(result, 'fixed').flatMap((finding) => entry('✓', finding, 'fixed', [])),
  ...result.idleEntries.map(({ id, why, at = expectedFile }) => `! ${at}: ${id} has no effect: ${why}`),
]

/** The answer in three lines, then the findings, and where the reports are. */
export const describeUpgrade = (result: UpgradeResult): string => {
  const { invalid, claims, traffic } = result
  const [, ...why] = invalid?.split('\n') ?? []
  return [
    ...answerLines(result),
    '',
    ...(why.length === 0 ? [] : [...indented(why), '']),
    ...(invalid === undefined ? [] : describeBroken(claims.before)),
    ...describeFindings(result),
    ...describeNotChecked(notCheckedOf(result)),
    ...describeRollbacks(result),
    ...describeBisect(result),
    ...(traffic?.helm.map(helmRun) ?? []),
    `report:    ${Object.values(upgradeFiles).join(', ')}`,
  ].join('\n')
}

const markdownRows = ({ head, rows }: Table): string =>
  markdownTable(
    head,
    rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : escapeMarkdown(cell)))),
  )

const section = (table: Table): readonly string[] =>
  table.rows.length === 0
    ? []
    : [
        `## ${table.title}`,
        '',
        markdownRows(table),
        '',
        ...(table.todo ? [table.todo.text, '', ...codeBlock(table.todo.commands.join('\n'), 'sh')] : []),
      ]

const details = (table: Table): readonly string[] =>
  table.rows.length === 0
    ? []
    : [
        `<details><summary>${table.title}: ${table.rows.length}</summary>`,
        '',
        markdownRows(table),
        '',
        '</details>',
        '',
      ]

/** The answer in three lines, then everything in tables. */
export const upgradeMarkdown = (result: UpgradeResult): string => {
  const [verdict, ...lines] = answerLines(result).map(escapeMarkdown)
  const traffic = result.traffic && trafficTables(result.traffic)
  const why =
    result.invalid === undefined ? [] : [result.invalid, '', ...describeBroken(result.claims.before)]
  return [
    `# ${verdict}`,
    '',
    ...lines.map((line) => `- ${line}`),
    '',
    ...(why.length === 0 ? [] : codeBlock(why.join('\n'))),
    ...[
      findingTable(result, 'breaks'),
      findingTable(result, 'meaning'),
      notCheckedTable(result),
      bisectTable(result),
      rollbackTable(result),
      findingTable(result, 'expected'),
      idleTable(result),
      findingTable(result, 'fixed'),
      findingTable(result, 'pre-existing'),
      ...(traffic ? [traffic.outages, traffic.gaps, traffic.lines, traffic.older, traffic.helm] : []),
      claimTable(result),
      ownClaimTable(result),
      crdTable(result),
      findingTable(result, 'change'),
    ].flatMap(section),
    ...details(manifestTable(result)),
  ].join('\n')
}
