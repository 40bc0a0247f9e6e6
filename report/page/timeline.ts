import { countOf } from '../../lib/messages.ts'
import type { RunResult } from '../result.ts'
import { chart, legend, meaningOf, phaseNames } from './chart.ts'
import { endOf, inOrder, isUnchanged, podBars, type NamedStep, type Phase, type PodBar } from './clock.ts'
import { markup, type Markup } from './markup.ts'

/** Of each row a name, then numbers, then words. */
type Table = Readonly<{
  caption: string
  head: readonly [name: string, numbers: readonly string[], words: readonly string[]]
  rows: readonly (readonly [name: string, numbers: readonly string[], words: readonly string[]])[]
}>

// It scrolls in a box of its own where it is too wide, by keyboard as well.
const table = ({ caption, head: [name, numbers, words], rows }: Table): Markup =>
  markup`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">${name}</th>${numbers.map((one) => markup`<th scope="col" class="number">${one}</th>`)}${words.map((one) => markup`<th scope="col">${one}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name, numbers, words]) =>
      markup`<tr><th scope="row">${name}</th>${numbers.map((one) => markup`<td class="number">${one}</td>`)}${words.map((one) => markup`<td>${one}</td>`)}</tr>`,
  )}</tbody>
</table></div>`

const stepTable = (steps: readonly NamedStep[]): Markup =>
  table({
    caption: 'Steps, in seconds since the run began',
    head: ['Step', ['From', 'To', 'Took'], ['Result']],
    rows: steps.map(({ name, from, seconds, ok, error = 'failed' }) => [
      name,
      [from, from + seconds, seconds].map((value) => value.toFixed(1)),
      [ok ? 'done' : (error.split('\n', 1)[0] ?? '')],
    ]),
  })

const podTable = (bars: readonly PodBar[]): Markup =>
  table({
    caption: 'Pods, in seconds; the API server tells whole ones',
    head: ['Pod', ['Created', ...phaseNames.map(meaningOf), 'Restarts'], ['Node', 'Trouble']],
    rows: bars.map(({ pod, segments }) => {
      const lasted = (phase: Phase) => {
        const segment = segments.find((one) => one.phase === phase)
        return segment ? (segment.to - segment.from).toFixed(0) : '–'
      }
      return [
        `${pod.namespace}/${pod.name}`,
        [segments[0]?.from.toFixed(0) ?? '–', ...phaseNames.map(lasted), String(pod.restarts)],
        [pod.node || '–', pod.trouble ?? '–'],
      ]
    }),
  })

const standing = (bars: readonly PodBar[]): Markup => {
  const namespaces = Object.entries(Object.groupBy(bars, ({ pod }) => pod.namespace))
  const names = namespaces.map(
    ([namespace, pods = []]) => `${namespace}: ${pods.map(({ pod }) => pod.name).join(', ')}`,
  )
  return markup`<p>${countOf(bars.length, 'pod')} older than the run and ready all the while, in ${names.join('; in ')}.</p>`
}

/** Steps and pods over time, drawn and in numbers. */
export const timeline = (result: RunResult): Markup => {
  const end = endOf(result.steps)
  const steps = inOrder(result.steps)
  const bars = podBars(result)
  const changed = bars.filter((bar) => !isUnchanged(bar))
  const unchanged = bars.filter(isUnchanged)
  const drawn = markup`${changed.length === 0 ? undefined : legend(changed)}
${chart(steps, changed, end)}
${bars.length === 0 ? markup`<p>Nothing is known of pods.</p>` : undefined}
${unchanged.length === 0 ? undefined : standing(unchanged)}
<details class="numbers"><summary><h3>The same in numbers</h3></summary>
${stepTable(steps)}
${bars.length === 0 ? undefined : podTable(bars)}
</details>`
  return markup`<section aria-labelledby="timeline">
<h2 id="timeline">Where the time went</h2>
<div>${end === 0 ? markup`<p>The run ended before its first step was through.</p>` : drawn}</div>
</section>`
}
