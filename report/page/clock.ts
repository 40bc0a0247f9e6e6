import type { Step } from '../../lib/steps.ts'
import type { PodTimeline } from '../podTimelines.ts'
import type { RunResult } from '../result.ts'

/** When the last step ended, in seconds since the process started. */
export const endOf = (steps: readonly Step[]): number =>
  Math.max(0, ...steps.map(({ from, seconds }) => from + seconds))

/** A step with its label; an inner step is part of the step before it. */
export type NamedStep = Step & Readonly<{ label: string; inner: boolean }>

/** Steps in the order they began; `opensearch: helm` follows `opensearch`, which it is part of. */
export const inOrder = (steps: readonly Step[]): readonly NamedStep[] => {
  const outerOf = ({ name }: Step) => {
    const outer = name.split(': ', 1)[0] ?? name
    return steps.some((step) => step.name === outer) ? outer : name
  }
  const groups = Map.groupBy(
    [...steps].sort((a, b) => a.from - b.from),
    outerOf,
  )
  return [...groups].flatMap(([outer, group]) =>
    group.map((step) => ({
      ...step,
      inner: step.name !== outer,
      label: step.name === outer ? step.name : step.name.slice(outer.length + 2),
    })),
  )
}

/** What a pod spent its time on; a pod that is not ready at the end of the run is `stuck` until then. */
export type Phase = 'node' | 'images' | 'start' | 'earlier runs' | 'ready' | 'stuck'
/** In seconds since the process started; negative before that. */
export type Segment = Readonly<{ phase: Phase; from: number; to: number }>
export type PodBar = Readonly<{ pod: PodTimeline; segments: readonly Segment[] }>

const segmentsOf = (
  { created, scheduled, imagesPulled, started, ready, restarts }: PodTimeline,
  clock: (ms: number) => number,
  end: number,
): readonly Segment[] => {
  const reached: readonly (readonly [Phase, number | undefined])[] = [
    ['node', scheduled],
    ['images', imagesPulled],
    [restarts > 0 ? 'earlier runs' : 'start', started],
    ['ready', ready],
  ]
  const segments: Segment[] = []
  let from = clock(created)
  for (const [phase, ms] of reached) {
    if (ms === undefined) continue
    // The API server rounds to seconds, but no phase may exceed the run.
    const to = Math.max(from, Math.min(clock(ms), end))
    segments.push({ phase, from, to })
    from = to
  }
  return ready === undefined ? [...segments, { phase: 'stuck', from, to: end }] : segments
}

/**
 * The phases of each pod, in the order the pods were created. Steps count seconds since the process started, pods have
 * wall-clock times. `finishedAt`, the end of the last step, is known on both clocks.
 */
export const podBars = ({ steps, pods, finishedAt }: RunResult): readonly PodBar[] => {
  const end = endOf(steps)
  const clock = (ms: number) => end + (ms - Date.parse(finishedAt)) / 1000
  return [...pods]
    .sort((a, b) => a.created - b.created || a.name.localeCompare(b.name))
    .map((pod) => ({ pod, segments: segmentsOf(pod, clock, end) }))
}

export const isOlder = ({ segments }: PodBar): boolean => segments.some(({ from }) => from < 0)

/** Whether a pod was ready before the run began, and has stayed ready. */
export const isUnchanged = ({ pod, segments }: PodBar): boolean =>
  pod.trouble === undefined && segments.every(({ to }) => to <= 0)
