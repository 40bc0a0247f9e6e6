import { countOf, firstLine } from '../../lib/messages.ts'
import type { RunResult } from '../result.ts'
import { chart, legend, meaningOf, phaseNames } from './chart.ts'
import { endOf, inOrder, isUnchanged, podBars, type NamedStep, type Phase, type PodBar } from './clock.ts'
import { markup, type Markup } from './markup.ts'
import { table } from './table.ts'

const stepTable = (steps: readonly NamedStep[]): Markup =>
  table({
    caption: 'Steps, in seconds since the run began',
    numbers: 3,
    head: ['Step', 'From', 'To', 'Took', 'Result'],
    rows: steps.map(({ name, from, seconds, ok, error = 'failed' }) => [
      name,
      ...[from, from + seconds, seconds].map((value) => value.toFixed(1)),
      ok ? 'done' : firstLine(error),
    ]),
  })

const podTable = (bars: readonly PodBar[]): Markup =>
  table({
    caption: 'Pods, in whole seconds, as the API server reports them',
    numbers: phaseNames.length + 2,
    head: ['Pod', 'Created', ...phaseNames.map(meaningOf), 'Restarts', 'Node', 'Problem'],
    rows: bars.map(({ pod, segments }) => {
      const lasted = (phase: Phase) => {
        const segment = segments.find((one) => one.phase === phase)
        return segment ? (segment.to - segment.from).toFixed(0) : '–'
      }
      return [
        `${pod.namespace}/${pod.name}`,
        segments[0]?.from.toFixed(0) ?? '–',
        ...phaseNames.map(lasted),
        String(pod.restarts),
        pod.node || '–',
        pod.trouble ?? '–',
      ]
    }),
  })

const unchangedPods = (bars: readonly PodBar[]): Markup => {
  const namespaces = [...Map.groupBy(bars, ({ pod }) => pod.namespace)].map(
    ([namespace, pods]) => `${namespace}: ${pods.map(({ pod }) => pod.name).join(', ')}`,
  )
  return markup`<p>${countOf(bars.length, 'pod')} older than the run and ready throughout, in ${namespaces.join('; in ')}.</p>`
}

/** Steps and pods over time, as a chart and in numbers. */
export const timeline = (result: RunResult): Markup => {
  const end = endOf(result.steps)
  const steps = inOrder(result.steps)
  const bars = podBars(result)
  const changed = bars.filter((bar) => !isUnchanged(bar))
  const unchanged = bars.filter(isUnchanged)
  const content = markup`${changed.length === 0 ? undefined : legend(changed)}
${chart(steps, changed, end)}
${bars.length === 0 ? markup`<p>Pods could not be read.</p>` : undefined}
${unchanged.length === 0 ? undefined : unchangedPods(unchanged)}
<details class="numbers"><summary><h3>The same in numbers</h3></summary>
${stepTable(steps)}
${bars.length === 0 ? undefined : podTable(bars)}
</details>`
  return markup`<section aria-labelledby="timeline">
<h2 id="timeline">Where the time went</h2>
<div>${end === 0 ? markup`<p>The run ended before its first step was done.</p>` : content}</div>
</section>`
}
