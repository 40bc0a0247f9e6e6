import { isObject } from '../../lib/json.ts'
import type { Step } from '../../lib/steps.ts'
import type { ClaimOutcome } from '../../specs/support/claim.ts'
import type { State } from '../page/verdict.ts'
import type { ResultsDocument } from '../results.ts'

const recordVersion = 1

/** What the record keeps of a run: one line of JSON. */
export type RecordedRun = Readonly<{
  version: typeof recordVersion
  /** ISO 8601. */
  finishedAt: string
  commit: string
  state: State
  /** The versions of tools, Kubernetes, the node image, charts and images. */
  versions: Readonly<Record<string, string>>
  claims: readonly Readonly<{ id: string; verdict: ClaimOutcome['verdict']; seconds?: number }>[]
  steps: readonly Omit<Step, 'error'>[]
}>

export const recordedRun = (results: ResultsDocument, commit: string): RecordedRun => ({
  version: recordVersion,
  finishedAt: results.finishedAt,
  commit,
  state: results.state,
  versions: results.versions,
  claims: results.outcomes.map((outcome) => ({
    id: outcome.claim.id,
    verdict: outcome.verdict,
    ...(outcome.verdict === 'not run' ? {} : { seconds: outcome.seconds }),
  })),
  steps: results.steps.map(({ name, from, seconds, ok }) => ({ name, from, seconds, ok })),
})

const isRecordedRun = (value: unknown): value is RecordedRun =>
  isObject(value) &&
  value['version'] === recordVersion &&
  typeof value['commit'] === 'string' &&
  typeof value['state'] === 'string' &&
  !Number.isNaN(Date.parse(String(value['finishedAt']))) &&
  isObject(value['versions']) &&
  ['claims', 'steps'].every((key) => Array.isArray(value[key]) && value[key].every(isObject))

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const shownLength = 40

/** The runs of a record, the oldest first, and a sentence about each line that is not a run. */
export const parseRecord = (
  file: string,
  text: string,
): Readonly<{ runs: readonly RecordedRun[]; problems: readonly string[] }> => {
  const lines = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1, run: parseLine(line) }))
    .filter(({ line }) => line.trim() !== '')
  return {
    runs: lines
      .flatMap(({ run }) => (isRecordedRun(run) ? [run] : []))
      .toSorted((a, b) => Date.parse(a.finishedAt) - Date.parse(b.finishedAt)),
    problems: lines.flatMap(({ line, number, run }) =>
      isRecordedRun(run)
        ? []
        : [
            `${file}:${number}: not a recorded run of version ${recordVersion}: \`${line.slice(0, shownLength)}…\`; the line is ignored here and stays in the file`,
          ],
    ),
  }
}

/** The text to append to a record to add the runs that it lacks. A truncated last line stays on a line of its own. */
export const textToAppend = (
  text: string,
  known: readonly RecordedRun[],
  runs: readonly RecordedRun[],
): string => {
  const lines = new Set(known.map((run) => JSON.stringify(run)))
  const added = runs.map((run) => JSON.stringify(run)).filter((line) => !lines.has(line))
  const begin = text === '' || text.endsWith('\n') || added.length === 0 ? '' : '\n'
  return begin + added.map((line) => `${line}\n`).join('')
}
