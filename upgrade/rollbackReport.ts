import type { Rollback, UpgradeResult } from './result.ts'
import { inSeconds, tenths } from './summary.ts'
import { more, type Table } from './tables.ts'

const signs = {
  'goes back': '✓',
  'goes back with loss': '!',
  'does not go back': '✗',
  'not tried': '-',
} as const

/** How many losses of a chart the console shows. */
const shownLosses = 5

const details = ({ why, loss, stays }: Rollback): readonly string[] => [
  ...(why === undefined ? [] : [why]),
  ...loss,
  ...stays,
]

const describeRollback = (rollback: Rollback): readonly string[] => {
  const { chart, from, to, verdict, why, loss, stays, remedy, seconds } = rollback
  const shown = { ...rollback, loss: [...loss.slice(0, shownLosses), ...more(shownLosses, loss.length)] }
  const indented = details(shown).map((line) => `  ${line}`)
  const hasNoDetails = why === undefined && loss.length === 0 && stays.length === 0
  return [
    `${signs[verdict]} ${chart} ${from} → ${to} ${verdict} (${inSeconds(seconds)})${hasNoDetails ? `: ${remedy}` : ''}`,
    ...indented,
    ...(hasNoDetails ? [] : [`  remedy: ${remedy.replaceAll('\n', '\n          ')}`]),
  ]
}

/** The verdict of every rollback; empty without --rollback. */
export const describeRollbacks = ({ rollbacks = [] }: Pick<UpgradeResult, 'rollbacks'>): readonly string[] =>
  rollbacks.length === 0 ? [] : ['rollback:', ...rollbacks.flatMap(describeRollback), '']

export const rollbackTable = ({ rollbacks = [] }: Pick<UpgradeResult, 'rollbacks'>): Table => ({
  title: 'Rollback of each chart',
  head: ['Chart', 'Verdict', 'Why, what is lost, what stays', 'What to do', 'Took, s'],
  rows: rollbacks.map((rollback) => [
    `${rollback.chart} ${rollback.from} → ${rollback.to}`,
    rollback.verdict,
    details(rollback).join('\n') || '–',
    rollback.remedy,
    tenths(rollback.seconds),
  ]),
})
