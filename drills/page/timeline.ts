import { countOf } from '../../lib/messages.ts'
import { chartFrame, chartRow, percent, rectangle } from '../../report/page/chart.ts'
import { markup, type Markup } from '../../report/page/markup.ts'
import type { DrillResult, Timeline } from '../result.ts'
import { orNever } from '../summary.ts'

type Phase = 'away' | 'back' | 'caught-up' | 'green'
/** They differ in height as well as in colour. */
const shapes: Readonly<Record<Phase, Readonly<{ meaning: string; y: number; height: number }>>> = {
  away: { meaning: 'something is gone', y: 0, height: 14 },
  back: { meaning: 'until everything is ready and answers', y: 2, height: 10 },
  'caught-up': { meaning: 'until every line is found', y: 4, height: 6 },
  green: { meaning: 'until every claim holds', y: 6, height: 2 },
}
const phases = Object.keys(shapes) as readonly Phase[]

/** When each phase ends; a phase that did not end has no later ones. */
const endsOf = ({ released, back, caughtUp, green }: Timeline): readonly (readonly [Phase, number])[] => {
  const ends = [
    ['away', released],
    ['back', back],
    ['caught-up', caughtUp],
    ['green', green],
  ] as const
  const reached = ends.findIndex(([, end]) => end === undefined)
  return ends.slice(0, reached < 0 ? ends.length : reached).map(([phase, end]) => [phase, end ?? 0] as const)
}

const row = ({ name, verdict, timeline, sentence }: DrillResult, end: number): Markup => {
  const ends = endsOf(timeline)
  const isBad = verdict === 'broken'
  return chartRow({
    name: isBad ? `✗ ${name}` : name,
    kind: isBad ? 'bad' : '',
    bar: ends.map(([phase, to], index) => {
      const from = index === 0 ? 0 : (ends[index - 1]?.[1] ?? 0)
      return rectangle({
        kind: phase,
        ...shapes[phase],
        x: percent(from, end),
        width: percent(Math.max(0, to - from), end),
      })
    }),
    took: orNever(timeline.green),
    note: sentence,
  })
}

/** When each drill's component was gone, when all was back, and when every line was found. */
export const timelineChart = (drills: readonly DrillResult[]): Markup => {
  const end = Math.max(1, ...drills.flatMap(({ timeline }) => Object.values(timeline)))
  const label = `Bars over ${Math.round(end)} seconds for ${countOf(drills.length, 'drill')}; the table has their numbers`
  return markup`<ul class="legend">${phases.map(
    (phase) =>
      markup`<li><svg class="key" aria-hidden="true">${rectangle({ kind: phase, ...shapes[phase], x: '0', width: '100%' })}</svg> ${shapes[phase].meaning}</li>`,
  )}</ul>
${chartFrame(
  { end, label, axis: 'seconds since the drill began', className: ' traffic' },
  drills.map((drill) => row(drill, end)),
)}`
}
