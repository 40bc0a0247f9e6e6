import { answerOf } from './bisect.ts'
import { countOf, few } from '../lib/messages.ts'
import type { Bisection, Trial, UpgradeResult } from './result.ts'
import { inSeconds, tenths } from './summary.ts'
import type { Table } from './tables.ts'

const signs = { works: '✓', breaks: '✗', 'cannot be tested': '?' } as const

const shownIds = 5
const listed = (ids: readonly string[]) => few(ids, shownIds)

const detailOf = ({ verdict, shared, others, why }: Trial): string =>
  [
    ...(verdict === 'breaks' ? [listed(shared)] : []),
    ...(verdict === 'cannot be tested' ? [why ?? ''] : []),
    ...(verdict !== 'cannot be tested' && others.length > 0
      ? [`it also breaks ${listed(others)}, which the last version does not`]
      : []),
  ].join('; ')

/** One line, to print when a version has been tried: `✗ vector 0.55.0 breaks (312 s): logs/node/worker` */
export const describeTrial = (chart: string, trial: Trial): string => {
  const { version, verdict, seconds } = trial
  const detail = detailOf(trial)
  return `${signs[verdict]} ${chart} ${version} ${verdict} (${inSeconds(seconds)})${detail === '' ? '' : `: ${detail}`}`
}

/** The answer in one or two sentences. */
export const bisectAnswer = (bisection: Bisection): readonly string[] => {
  const { chart, versions, trials } = bisection
  const answer = answerOf(bisection)
  const last = trials[0]
  if (!answer || !last) return [`${chart} ${versions.at(-1)} breaks nothing; there is nothing to bisect`]
  const { first, works, skipped } = answer
  const later = last.shared.filter((id) => !first.shared.includes(id))
  return [
    `${chart} ${first.version} is the first of ${countOf(versions.length - 1, 'version')} after ${versions[0]} that breaks ${listed(first.shared)}; ${works} does not`,
    ...(skipped.length > 0
      ? [
          `${skipped.join(', ')} in between cannot be tested, so the first one may be any of ${[...skipped, first.version].join(', ')}`,
        ]
      : []),
    ...(later.length > 0
      ? [
          `${first.version} does not break ${listed(later)} yet, but a later version does: bisect again from ${first.version}`,
        ]
      : []),
  ]
}

const total = ({ trials }: Bisection) => trials.reduce((sum, { seconds }) => sum + seconds, 0)

/** The answer, then every version that was tried and how long that took. */
export const describeBisect = ({ bisection }: Pick<UpgradeResult, 'bisection'>): readonly string[] =>
  bisection === undefined
    ? []
    : [
        ...bisectAnswer(bisection),
        ...bisection.trials.map((trial) => `  ${describeTrial(bisection.chart, trial)}`),
        `  ${countOf(bisection.trials.length, 'run')}, ${inSeconds(total(bisection))}, each on a new cluster`,
        '',
      ]

export const bisectTable = ({ bisection }: Pick<UpgradeResult, 'bisection'>): Table => ({
  title: ['Bisection', ...(bisection ? [bisectAnswer(bisection).join('. ')] : [])].join(': '),
  head: ['Version', 'Verdict', 'Regressions', 'Took, s'],
  rows:
    bisection?.trials.map((trial) => [
      `${bisection.chart} ${trial.version}`,
      trial.verdict,
      detailOf(trial) || '–',
      tenths(trial.seconds),
    ]) ?? [],
})
