import { escapeMarkdown, markdownTable } from '../../lib/markdown.ts'
import { countOf, few } from '../../lib/messages.ts'
import {
  durationsOf,
  flakyClaims,
  isGreen,
  isSlow,
  isWholeRun,
  seriesOf,
  sinceGreen,
  type Duration,
  type Series,
} from './trends.ts'
import type { RecordedRun } from './run.ts'

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
/** One bar for each value; the largest value has the highest bar. */
export const sparkline = (values: readonly number[]): string => {
  const most = Math.max(...values)
  return values.map((value) => bars[most === 0 ? 0 : Math.round((value / most) * (bars.length - 1))]).join('')
}

type Row = readonly (string | number)[]
const tableOf = (head: readonly string[], rows: readonly Row[]): string =>
  markdownTable(
    head,
    rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : escapeMarkdown(cell)))),
  )

const section = (title: string, content: readonly string[]): readonly string[] => [
  `## ${title}`,
  '',
  ...content,
  '',
]

const day = (time: string) => time.slice(0, 10)
const seconds = (value: number) => `${value.toFixed(1)} s`

const overviewRow = (series: Series): Row => {
  const { name, runs, last } = series
  const green = runs.filter(isGreen)
  const whole = durationsOf(series).find(isWholeRun)
  return [
    name,
    series.isMissing ? '? no run last night' : `${isGreen(last) ? '✓' : '✗'} ${last.state}`,
    day(last.finishedAt),
    `${green.length} of ${runs.length}`,
    ...(whole ? [seconds(whole.last), seconds(whole.median), sparkline(whole.seconds)] : ['–', '–', '']),
  ]
}

const shownChanges = 20
const changeRows = (series: Series): readonly Row[] => {
  const since = sinceGreen(series)
  const name = `${series.name}\n${since ? `since ${day(since.green.finishedAt)}` : ''}`.trim()
  if (!since) return [[name, 'no earlier green run in the record', '', '']]
  if (since.changes.length === 0) return [[name, 'nothing', '', '']]
  const rows = since.changes.map(({ what, before, now }, index) => [
    index === 0 ? name : '',
    what,
    before,
    now,
  ])
  const others = rows.length - shownChanges
  return others > 0 ? [...rows.slice(0, shownChanges), ['', `and ${others} more`, '', '']] : rows
}

/** Claims with the same history, such as all claims of a night without network, share a row. */
const flakyRows = (all: readonly Series[]): readonly Row[] =>
  [...Map.groupBy(flakyClaims(all), (one) => JSON.stringify({ ...one, id: '' })).values()].flatMap(
    (group) => {
      const [one] = group
      if (!one) return []
      const ids = group.map(({ id }) => id)
      const name = ids.length === 1 ? few(ids) : `${countOf(ids.length, 'claim')}: ${few(ids)}`
      return [[name, `${one.failed} of ${one.of}`, one.changes, one.sameCommit, day(one.lastFailed)]]
    },
  )

const durationRow = (name: string, { what, last, median, seconds: all }: Duration): Row => [
  ...(name === '' ? [] : [name]),
  what,
  seconds(last),
  seconds(median),
  sparkline(all),
]
const durationHead = ['Last', 'Median before', 'Trend']

const slowRows = (all: readonly Series[]): readonly Row[] =>
  all.flatMap((series) =>
    durationsOf(series)
      .filter(isSlow)
      .map((one) => durationRow(series.name, one)),
  )

const foldedDurations = (series: Series): readonly string[] => {
  const steps = durationsOf(series).filter(({ what }) => !what.startsWith('claim '))
  return steps.length === 0
    ? []
    : [
        `<details><summary>Steps on ${series.name}</summary>`,
        '',
        tableOf(
          ['Step', ...durationHead],
          steps.map((one) => durationRow('', one)),
        ),
        '',
        '</details>',
        '',
      ]
}

const orNone = (head: readonly string[], rows: readonly Row[], text: string): string =>
  rows.length === 0 ? text : tableOf(head, rows)

/**
 * The job summary of a nightly run: the last run on each Kubernetes version compared with those before it.
 * @param problems lines and files that could not be read
 */
export const recordMarkdown = (runs: readonly RecordedRun[], problems: readonly string[]): string => {
  const all = seriesOf(runs)
  const green = all.filter(({ last, isMissing }) => !isMissing && isGreen(last)).length
  return [
    `# ${green === all.length && problems.length === 0 ? '✓' : '✗'} Record: ${green} of ${all.length} green`,
    '',
    ...(problems.length === 0
      ? []
      : section(
          'What could not be read',
          problems.map((one) => `- ${escapeMarkdown(one)}`),
        )),
    tableOf(
      [
        'Version',
        'Last run',
        'On',
        'Green runs',
        'Last green run took',
        'Median before',
        'Trend of green runs',
      ],
      all.map(overviewRow),
    ),
    '',
    ...section('Changes since the previous green run', [
      orNone(['Version', 'What', 'Then', 'Now'], all.flatMap(changeRows), 'No run is recorded.'),
    ]),
    ...section('Flaky claims', [
      orNone(
        [
          'Claim',
          'Failed',
          'Verdict changes without a new version',
          'Of these, at the same commit',
          'Last failed',
        ],
        flakyRows(all),
        'No verdict changed while the versions stayed the same.',
      ),
    ]),
    ...section('Slower than usual', [
      orNone(
        ['Version', 'What', ...durationHead],
        slowRows(all),
        'Nothing took more than 1.5 times as long as usual.',
      ),
    ]),
    ...all.flatMap(foldedDurations),
  ].join('\n')
}
