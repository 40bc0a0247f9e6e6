import { countOf, markup, type Markup } from '../../report/page/markup.ts'
import type { EndpointPassage, HelmRun, Passage } from '../result.ts'
import { byOutage, inSeconds } from './answer.ts'

const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(2)}%`

type Bar = Readonly<{ kind: 'helm' | 'within' | 'over'; from: number; to: number }>
/** They differ in height as well as in colour. */
const shapes = {
  helm: { meaning: 'helm upgrade, until its workloads are ready', y: 4, height: 6 },
  within: { meaning: 'outage, all within what is allowed', y: 2, height: 10 },
  over: { meaning: 'outage, all together longer than allowed', y: 0, height: 14 },
} as const

const rectangle = (kind: Bar['kind'], x: string, width: string): Markup => {
  const { y, height } = shapes[kind]
  return markup`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"/>`
}

type Row = Readonly<{ name: string; bad: boolean; bars: readonly Bar[]; took: string; note: string }>
const chartRow = ({ name, bad, bars, took, note }: Row, end: number): Markup =>
  markup`<div class="row${bad ? ' bad' : ''}"><span class="name">${bad ? '✗ ' : ''}${name}</span><svg class="bar">${bars.map(
    ({ kind, from, to }) => rectangle(kind, percent(from, end), percent(to - from, end)),
  )}</svg><span class="took">${took}</span>${note === '' ? '' : markup`<span class="note">${note}</span>`}</div>`

const helmRow = ({ stack, begin, seconds, error }: HelmRun): Row => ({
  name: stack,
  bad: error !== undefined,
  bars: [{ kind: 'helm', from: begin, to: begin + seconds }],
  took: inSeconds(seconds),
  note: error?.split('\n', 1)[0] ?? '',
})

const endpointRow = ({ endpoint, outages, seconds, budget }: EndpointPassage): Row => {
  const bad = seconds > budget
  return {
    name: endpoint,
    bad,
    bars: outages.map(({ from, to }) => ({ kind: bad ? 'over' : 'within', from, to })),
    took: `${inSeconds(seconds)} of ${inSeconds(budget)}`,
    note: outages
      .map(({ from, to, seen }) => `${inSeconds(to - from)} from second ${Math.round(from)} on: ${seen}`)
      .join('; '),
  }
}

/** Eight marks at most. */
const ticksUntil = (end: number): readonly number[] => {
  const tick = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((one) => end / one <= 8) ?? 1200
  return Array.from({ length: Math.floor(end / tick) + 1 }, (_, index) => index * tick)
}

const legend = (rows: readonly Row[]): Markup => {
  const kinds = new Set(rows.flatMap(({ bars }) => bars.map(({ kind }) => kind)))
  return markup`<ul class="legend">${[...kinds].map(
    (kind) =>
      markup`<li><svg class="key" aria-hidden="true">${rectangle(kind, '0', '100%')}</svg> ${shapes[kind].meaning}</li>`,
  )}</ul>`
}

/** The upgrades and the outages of each endpoint, as bars over the seconds of the passage. */
export const passageChart = (passage: Passage): Markup => {
  const end = Math.max(passage.seconds, 1)
  const helm = passage.helm.map(helmRow)
  const endpoints = byOutage(passage).map(endpointRow)
  const ticks = ticksUntil(end)
  return markup`${legend([...helm, ...endpoints])}
<div class="chart passage" role="img" style="--tick:${percent(ticks[1] ?? end, end)}"
aria-label="Bars over ${Math.round(end)} seconds for ${countOf(helm, 'helm upgrade')} and the outages of ${countOf(endpoints, 'endpoint')}; their numbers follow">
<div class="row axis"><span class="name">seconds since the upgrade began</span><span class="ticks">${ticks.map(
    (second) => markup`<span style="left:${percent(second, end)}">${second}</span>`,
  )}</span></div>
<p class="group">helm upgrade</p>
${helm.map((row) => chartRow(row, end))}
<p class="group">Outages</p>
${endpoints.map((row) => chartRow(row, end))}
</div>`
}
