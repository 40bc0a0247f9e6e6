import { markup, type Markup } from '../../report/page/markup.ts'
import { shapes } from '../../report/page/verdict.ts'
import { countOf } from '../../lib/messages.ts'
import { severities, type Verdict } from '../findings.ts'
import type { UpgradeResult } from '../result.ts'
import {
  answerLines,
  brokenThings,
  byOutage,
  describeVersionChange,
  findingsOf,
  countHolding,
  inSeconds,
  lineTotals,
  stateOf,
} from './answer.ts'
import { verdictTitles } from './tables.ts'

/** What each state is called in the style sheet, by which it has its silhouette. */
const classNames = { passed: 'passed', failed: 'failed', invalid: 'interrupted' } as const

export const classOf = (result: UpgradeResult) => classNames[stateOf(result)]

/** What the page is called in a tab. */
export const titleOf = (result: UpgradeResult): string => answerLines(result)[0]

export const header = (result: UpgradeResult): Markup => {
  const { upgrades, invalid, finishedAt } = result
  const answer = invalid === undefined ? `Breaks ${brokenThings(result)}` : 'Nothing can be concluded'
  return markup`<header>
<p>Upgrade check</p>
<h1><span class="state"><svg viewBox="0 0 32 32" aria-hidden="true">${shapes[classOf(result)]}</svg> ${answer}</span>
${upgrades.map((upgrade) => markup`<span class="upgrade">${describeVersionChange(upgrade)}</span> `)}</h1>
<p>Finished <time datetime="${finishedAt}">${finishedAt.slice(0, 19).replace('T', ' ')} UTC</time></p>
</header>`
}

type Tile = Readonly<{ anchor: string; name: string; value: string | number; note: string; mood?: string }>

const meanings: Readonly<Record<Exclude<Verdict, 'new'>, string>> = {
  expected: 'worse, and accepted',
  fixed: 'better than before',
  'pre-existing': 'as broken as before',
  change: 'neither better nor worse',
}

const findingTiles = (result: UpgradeResult): readonly Tile[] => {
  const regressions = findingsOf(result, 'new')
  const bySeverity = severities.flatMap((severity) => {
    const { length } = regressions.filter((finding) => finding.severity === severity)
    return length === 0 ? [] : [`${length} ${severity}`]
  })
  return [
    {
      anchor: 'new',
      name: verdictTitles.new,
      value: regressions.length,
      note: bySeverity.join(', ') || 'nothing is worse',
      mood: regressions.length === 0 ? 'good' : 'bad',
    },
    ...(['expected', 'fixed', 'pre-existing', 'change'] as const).map((verdict) => ({
      anchor: verdict,
      name: verdictTitles[verdict],
      value: findingsOf(result, verdict).length,
      note: meanings[verdict],
    })),
  ]
}

const claimTile = ({ claims: { before, after } }: UpgradeResult): Tile => ({
  anchor: 'claims',
  name: 'Claims that hold',
  value: countHolding(after ?? before),
  note: after ? `${countHolding(before)} before` : 'with the old versions',
})

const trafficTiles = ({ traffic }: UpgradeResult): readonly Tile[] => {
  if (!traffic) return []
  const [longest] = byOutage(traffic)
  const totals = lineTotals(traffic)
  return [
    {
      anchor: 'traffic',
      name: 'Longest outage',
      value: inSeconds(longest?.seconds ?? 0),
      note: !longest
        ? 'no endpoint was asked'
        : longest.seconds === 0
          ? `none of ${countOf(traffic.endpoints.length, 'endpoint')} was away`
          : `${longest.endpoint}, ${inSeconds(longest.budget)} allowed`,
    },
    {
      anchor: 'data',
      name: 'Log lines lost',
      value: totals?.lost ?? 'unknown',
      note: totals ? `${totals.doubled} doubled` : 'not counted',
    },
  ]
}

/** The answer in numbers, each of which leads to its part of the page, where it has one. */
export const overview = (result: UpgradeResult, anchors: (anchor: string) => boolean): Markup => {
  const tiles = [
    ...(result.invalid === undefined ? findingTiles(result) : []),
    claimTile(result),
    ...trafficTiles(result),
  ]
  return markup`<nav aria-label="Overview"><ul>${tiles.map(({ anchor, name, value, note, mood }) => {
    const content = markup`<span>${name}</span><b>${value}</b><small>${note}</small>`
    return markup`<li${mood === undefined ? '' : markup` class="${mood}"`}>${
      anchors(anchor) ? markup`<a href="#${anchor}">${content}</a>` : markup`<div>${content}</div>`
    }</li>`
  })}</ul></nav>`
}
