import { countOf } from '../../lib/messages.ts'
import { notCheckedTitle } from '../../report/notChecked.ts'
import { markup, type Markup } from '../../report/page/markup.ts'
import { shapes } from '../../report/page/verdict.ts'
import type { Traffic, UpgradeResult } from '../result.ts'
import {
  byOutage,
  countAnswer,
  countHolding,
  describeRest,
  describeVersionChange,
  findingGroups,
  findingsOf,
  inSeconds,
  lineTotals,
  notCheckedOf,
  stateOf,
  things,
  type FindingGroup,
} from '../summary.ts'
import { groupTitles } from '../tables.ts'

/** Each state has the colour and shape of a state of the test report. */
const classNames = { passed: 'passed', failed: 'failed', invalid: 'interrupted' } as const

export const classOf = (result: UpgradeResult) => classNames[stateOf(result)]

const headline = (result: UpgradeResult): string => {
  if (result.invalid !== undefined) return 'Nothing can be concluded'
  const { breaks, meansSomethingElse } = countAnswer(result)
  return breaks === 0 && meansSomethingElse > 0
    ? `Changes the meaning of ${things(meansSomethingElse)}`
    : `Breaks ${things(breaks)}`
}

export const header = (result: UpgradeResult): Markup => {
  const { upgrades, invalid, finishedAt, overlay } = result
  const rest =
    invalid === undefined ? markup`<span class="upgrade">${describeRest(result)}</span> ` : undefined
  return markup`<header>
<p>${overlay === undefined ? 'Upgrade check' : `Upgrade check with overlay ${overlay}`}</p>
<h1><span class="state"><svg viewBox="0 0 32 32" aria-hidden="true">${shapes[classOf(result)]}</svg> ${headline(result)}</span>
${rest}${upgrades.map((upgrade) => markup`<span class="upgrade">${describeVersionChange(upgrade)}</span> `)}</h1>
<p>Finished <time datetime="${finishedAt}">${finishedAt.slice(0, 19).replace('T', ' ')} UTC</time></p>
</header>`
}

type Tile = Readonly<{ anchor: string; name: string; value: string | number; note: string; mood?: string }>

const meanings: Readonly<Record<FindingGroup, string>> = {
  breaks: 'worse than before',
  meaning: 'still answers, but differently',
  expected: 'worse, but accepted',
  fixed: 'better than before',
  'pre-existing': 'as broken as before',
  change: 'neither better nor worse',
}

const findingTiles = (result: UpgradeResult): readonly Tile[] =>
  findingGroups.map((group) => {
    const { length } = findingsOf(result, group)
    const tile = { anchor: group, name: groupTitles[group], value: length, note: meanings[group] }
    return group === 'breaks' || group === 'meaning' ? { ...tile, mood: length === 0 ? 'good' : 'bad' } : tile
  })

const notCheckedTile = (result: UpgradeResult): Tile => ({
  anchor: 'not-checked',
  name: notCheckedTitle,
  value: notCheckedOf(result).length,
  note: 'with the reasons',
})

const claimTile = ({ claims: { before, after } }: UpgradeResult): Tile => ({
  anchor: 'claims',
  name: 'Claims that hold',
  value: countHolding(after ?? before),
  note: after ? `${countHolding(before)} before` : 'with the old versions',
})

const trafficTiles = (traffic: Traffic): readonly Tile[] => {
  const [longest] = byOutage(traffic)
  const totals = lineTotals(traffic)
  return [
    {
      anchor: 'outages',
      name: 'Longest outage',
      value: inSeconds(longest?.seconds ?? 0),
      note:
        longest === undefined || longest.seconds === 0
          ? `of ${countOf(traffic.endpoints.length, 'endpoint')}`
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

/** The answer in numbers. Each links to its part of the page, if there is one. */
export const overview = (result: UpgradeResult, isOnPage: (anchor: string) => boolean): Markup => {
  const tiles = [
    ...(result.invalid === undefined ? [...findingTiles(result), notCheckedTile(result)] : []),
    claimTile(result),
    ...(result.traffic ? trafficTiles(result.traffic) : []),
  ]
  return markup`<nav aria-label="Overview"><ul>${tiles.map(({ anchor, name, value, note, mood }) => {
    const content = markup`<span>${name}</span><b>${value}</b><small>${note}</small>`
    return markup`<li${mood === undefined ? '' : markup` class="${mood}"`}>${
      isOnPage(anchor) ? markup`<a href="#${anchor}">${content}</a>` : markup`<div>${content}</div>`
    }</li>`
  })}</ul></nav>`
}
