import { relative } from 'node:path'
import { outFolder } from '../../lib/steps.ts'
import { countOf } from '../../lib/messages.ts'
import { describeSubject, isGreen, verdictLine } from '../checklist.ts'
import { describeRecording } from '../recording.ts'
import type { RunResult } from '../result.ts'
import { endOf } from './clock.ts'
import { markup, type Markup } from './markup.ts'

const titles = {
  passed: 'Passed',
  failed: 'Failed',
  interrupted: 'Interrupted',
  empty: 'Nothing was run',
} as const
export type State = keyof typeof titles
export const states = Object.keys(titles) as readonly State[]

/** A run in which no claim was checked has not passed. */
export const stateOf = (result: RunResult): State => {
  if (result.interruptedBy !== undefined) return 'interrupted'
  if (!isGreen(result)) return 'failed'
  return result.outcomes.some(({ verdict }) => verdict === 'holds') ? 'passed' : 'empty'
}

/** Each state has its own silhouette: disc, octagon, triangle, ring. */
export const shapes: Readonly<Record<State, Markup>> = {
  passed: markup`<circle cx="16" cy="16" r="15"/><path d="M9 16.5l5 5 9.5-11"/>`,
  failed: markup`<path class="solid" d="M10 1h12l9 9v12l-9 9H10l-9-9V10z"/><path d="M10.5 10.5l11 11m0-11l-11 11"/>`,
  interrupted: markup`<path class="solid" d="M16 2l15 27H1z"/><path d="M16 12v8m0 4v.5"/>`,
  empty: markup`<circle class="ring" cx="16" cy="16" r="13"/><path class="ring" d="M10 16h12"/>`,
}

export const titleOf = (result: RunResult): string =>
  `${result.recording ? 'Recording: ' : ''}${titles[stateOf(result)]}: ${verdictLine(result.outcomes)}`

export const evidenceLink = ({ evidence }: RunResult): Markup | undefined =>
  evidence === undefined
    ? undefined
    : markup`<p class="evidence">Evidence: <a href="${encodeURI(relative(outFolder, evidence))}">${evidence}</a></p>`

export const verdict = (result: RunResult): Markup => {
  const { outcomes, errors, interruptedBy, finishedAt, steps, overlay } = result
  const state = stateOf(result)
  const by = interruptedBy === undefined ? '' : ` by ${interruptedBy}`
  // Lines break after a comma, not between a number and its noun.
  const counts = verdictLine(outcomes).replaceAll(/(?<!,) /g, '\u00a0')
  return markup`<header>
<p>${result.recording ? describeRecording(result.recording) : describeSubject(overlay)}</p>
<h1><span class="state"><svg viewBox="0 0 32 32" aria-hidden="true">${shapes[state]}</svg> ${titles[state]}${by}</span>
${counts}</h1>
${
  result.recording
    ? ''
    : markup`<p>${errors.length === 0 ? '' : `${countOf(errors.length, 'error')} outside of any claim. `}Took ${endOf(steps).toFixed(1)} s,
finished <time datetime="${finishedAt}">${finishedAt.slice(0, 19).replace('T', ' ')} UTC</time></p>`
}
${evidenceLink(result)}
</header>`
}
