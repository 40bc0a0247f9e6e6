import { countOf, firstLine } from '../../lib/messages.ts'
import { markup, type Markup } from './markup.ts'
import { isOlder, type NamedStep, type Phase, type PodBar, type Segment } from './clock.ts'

/** How each phase is drawn in a bar 14 pixels high. Phases differ in height as well as in colour. */
const phases: Readonly<Record<Phase, Readonly<{ meaning: string; y: number; height: number }>>> = {
  node: { meaning: 'waits for a node', y: 6, height: 2 },
  images: { meaning: 'pulls images', y: 1, height: 12 },
  start: { meaning: 'starts containers', y: 3, height: 8 },
  'earlier runs': { meaning: 'ran before the last restart', y: 2, height: 10 },
  ready: { meaning: 'becomes ready', y: 5, height: 4 },
  stuck: { meaning: 'not ready at the end', y: 1, height: 12 },
}
export const phaseNames = Object.keys(phases) as Phase[]
export const meaningOf = (phase: Phase): string => phases[phase].meaning

export const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(2)}%`

type Rectangle = Readonly<{ kind: string; y: number; height: number; x: string; width: string }>
export const rectangle = ({ kind, y, height, x, width }: Rectangle): Markup =>
  markup`<rect class="${kind.replace(' ', '-')}" x="${x}" y="${y}" width="${width}" height="${height}"/>`

const barBetween = (
  kind: string,
  shape: Pick<Rectangle, 'y' | 'height'>,
  from: number,
  to: number,
  end: number,
) =>
  rectangle({ kind, y: shape.y, height: shape.height, x: percent(from, end), width: percent(to - from, end) })

export type Row = Readonly<{ name: string; kind: string; bar: readonly Markup[]; took: string; note: string }>
export const chartRow = ({ name, kind, bar, took, note }: Row): Markup =>
  markup`<div class="row ${kind}"><span class="name">${name}</span><svg class="bar">${bar}</svg><span class="took">${took}</span>${
    note === '' ? '' : markup`<span class="note">${note}</span>`
  }</div>`

const stepRow = ({ label, inner, ok, error = '', from, seconds }: NamedStep, end: number): Row => ({
  name: ok ? label : `✗ ${label}`,
  kind: [inner ? 'inner' : '', ok ? '' : 'bad'].join(' '),
  bar: [barBetween(ok ? 'step' : 'stuck', { y: 3, height: 8 }, from, from + seconds, end)],
  took: `${seconds.toFixed(1)} s`,
  note: firstLine(error),
})

/** The part of a segment that is within the run. */
const segment = ({ phase, from, to }: Segment, end: number): readonly Markup[] =>
  to <= Math.max(from, 0) ? [] : [barBetween(phase, phases[phase], Math.max(from, 0), to, end)]

const podRow = (one: PodBar, end: number): Row => {
  const { pod, segments } = one
  const { ready, restarts, trouble } = pod
  const [first = 0, last = end] = [segments[0]?.from, segments.at(-1)?.to]
  const older = isOlder(one)
  return {
    name: trouble === undefined ? pod.name : `✗ ${pod.name}`,
    kind: trouble === undefined ? '' : 'bad',
    bar: [
      ...segments.flatMap((part) => segment(part, end)),
      ...(older ? [markup`<path d="M7 1v12L0 7z"/>`] : []),
      ...(ready === undefined
        ? []
        : [markup`<circle cx="${percent(Math.max(last, 0), end)}" cy="7" r="3"/>`]),
    ],
    took: ready === undefined ? 'not ready' : older ? 'older' : `${(last - first).toFixed(0)} s`,
    note: [restarts > 0 ? countOf(restarts, 'restart') : '', trouble ?? ''].filter(Boolean).join('; '),
  }
}

/** How each phase is drawn, and how long all pods together were in it during the run. */
export const legend = (bars: readonly PodBar[]): Markup => {
  const total = (phase: Phase) =>
    bars
      .flatMap(({ segments }) => segments)
      .filter((part) => part.phase === phase)
      .reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(from, 0)), 0)
  const present = phaseNames.filter((phase) => total(phase) > 0)
  return markup`<p>Seconds of all pods together:</p>
<ul class="legend">${present.map(
    (phase) =>
      markup`<li><svg class="key" aria-hidden="true">${rectangle({ kind: phase, ...phases[phase], x: '0', width: '100%' })}</svg>
${meaningOf(phase)} <small>${total(phase).toFixed(0)} s</small></li>`,
  )}<li><svg class="key" aria-hidden="true"><circle cx="50%" cy="7" r="3"/></svg> ready</li></ul>`
}

/** At most eight ticks. */
const ticksUntil = (end: number): readonly number[] => {
  const tick = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800].find((one) => end / one <= 8) ?? 3600
  return Array.from({ length: Math.floor(end / tick) + 1 }, (_, index) => index * tick)
}

type Frame = Readonly<{ end: number; label: string; axis: string; className?: string }>
/** Rows below a time axis that ends after `end` seconds. */
export const chartFrame = (
  { end, label, axis, className = '' }: Frame,
  rows: readonly (Markup | readonly Markup[])[],
): Markup => {
  const ticks = ticksUntil(end)
  return markup`<div class="chart${className}" role="img" style="--tick:${percent(ticks[1] ?? end, end)}"
aria-label="${label}">
<div class="row axis"><span class="name">${axis}</span><span class="ticks">${ticks.map(
    (second) => markup`<span style="left:${percent(second, end)}">${second}</span>`,
  )}</span></div>
${rows}
</div>`
}

/**
 * Steps, and below them pods by namespace, as bars over time.
 * @param end of the last step, in seconds since the process started; above 0
 */
export const chart = (steps: readonly NamedStep[], bars: readonly PodBar[], end: number): Markup => {
  const namespaces = [...Map.groupBy(bars, ({ pod }) => pod.namespace)]
  const label = `Bars over ${end.toFixed(0)} seconds for ${countOf(steps.length, 'step')} and ${countOf(bars.length, 'pod')}; their numbers follow`
  return chartFrame({ end, label, axis: 'seconds' }, [
    markup`<svg class="patterns"><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5"/><path d="M0 0v5"/></pattern></svg>`,
    markup`<p class="group">Steps</p>`,
    steps.map((step) => chartRow(stepRow(step, end))),
    ...namespaces.map(([namespace, pods]) => [
      markup`<p class="group">Pods in ${namespace}</p>`,
      ...pods.map((one) => chartRow(podRow(one, end))),
    ]),
  ])
}
