import { pageFrame } from '../report/page/frame.ts'
import { markup, verbatim, type Markup } from '../report/page/markup.ts'
import { shapes } from '../report/page/verdict.ts'
import { prose, section, tableMarkup } from '../upgrade/page/parts.ts'
import { upgradeStyle } from '../upgrade/page/style.ts'
import { timelineChart } from './page/timeline.ts'
import type { DrillResult, DrillsResult } from './result.ts'
import { describeNotRun, isPassed, longestLine, lossLine, verdictLine } from './summary.ts'
import { drillTables, overviewTable } from './tables.ts'

const ownStyle = `${upgradeStyle}
rect.away { fill: var(--bad); } rect.back { fill: var(--ready); } rect.caught-up { fill: var(--images); } rect.green { fill: var(--step); }
details article { border: 0; padding: 0 0 1.25rem; }
`

const stateOf = (result: DrillsResult) => (isPassed(result) ? 'passed' : 'failed')

const header = (result: DrillsResult): Markup => {
  const { finishedAt, rate, seed, seconds } = result
  const state = stateOf(result)
  return markup`<header>
<p>Drills</p>
<h1><span class="state"><svg viewBox="0 0 32 32" aria-hidden="true">${shapes[state]}</svg> ${state === 'passed' ? 'Passed' : 'Failed'}</span>
<span class="upgrade">${verdictLine(result)}</span> <span class="upgrade">${lossLine(result)}</span> <span class="upgrade">${longestLine(result)}</span></h1>
<p>${rate} lines per second and node, seed ${seed}. Took ${seconds.toFixed(1)} s,
finished <time datetime="${finishedAt}">${finishedAt.slice(0, 19).replace('T', ' ')} UTC</time></p>
</header>`
}

const drillPart = (drill: DrillResult): Markup => {
  const { name, verdict, sentence, holds, why, source, remedy, shortfalls, notes } = drill
  const isBroken = verdict === 'broken'
  return markup`<details id="${name}"${isBroken ? markup` open` : ''}>
<summary class="${isBroken ? 'broken' : 'holds'}"><span class="sign" aria-hidden="true">${isBroken ? '✗' : '✓'}</span> <h3>${name}</h3> <small>${sentence}</small></summary>
<article>
<p><b>${holds}</b> ${prose(why)}${source === undefined ? undefined : markup` <a href="${source}">Source</a>`}</p>
${shortfalls.map(verbatim)}
${notes.length === 0 ? undefined : markup`<h3>Noted</h3>${notes.map(verbatim)}`}
${remedy === undefined ? undefined : markup`<p class="remedy"><b>To lose less:</b> ${prose(remedy)}</p>`}
${drillTables(drill).flatMap((one) => tableMarkup({ ...one, title: `${one.title} of ${name}` }))}
</article>
</details>`
}

/** The drills as one page of HTML without scripts, which loads nothing. */
export const drillsPage = (result: DrillsResult): string => {
  const { drills, notRun } = result
  return pageFrame({
    title: `${isPassed(result) ? '✓' : '✗'} ${verdictLine(result)}`,
    className: stateOf(result),
    ownStyle,
    top: [header(result)],
    main: [
      section(
        'not-run',
        'Not run',
        notRun.map((one) => verbatim(describeNotRun(one))),
      ),
      section('timeline', 'Timeline', drills.length === 0 ? [] : [timelineChart(drills)]),
      section('figures', 'Figures', tableMarkup(overviewTable(result))),
      section('drills', 'Drills', drills.map(drillPart)),
    ],
  })
}
