import { endOf } from '../page/clock.ts'
import { median } from '../../lib/numbers.ts'
import type { RecordedRun } from './run.ts'

/** Runs on one minor version of Kubernetes, the oldest first. There is at least one. */
export type Series = Readonly<{
  name: string
  runs: readonly RecordedRun[]
  last: RecordedRun
  /** Whether other series have a run of a later night. */
  isMissing: boolean
}>

/** How many of the last runs of a series are compared. */
const window = 30

/** One series may contain several patch versions of the node image. */
const seriesName = ({ versions }: RecordedRun): string => {
  const minor = /:v(\d+\.\d+)/.exec(versions['node image'] ?? '')?.[1]
  return minor === undefined ? 'unknown Kubernetes version' : `Kubernetes ${minor}`
}

const hour = 3_600_000
/** Runs of the same night end within this time. */
const night = 20 * hour
/** A series without a run for this long has ended: its Kubernetes version is no longer tested. */
const retired = 14 * 24 * hour

/** The last runs of each series that has not ended. */
export const seriesOf = (runs: readonly RecordedRun[]): readonly Series[] => {
  const newest = Math.max(...runs.map(({ finishedAt }) => Date.parse(finishedAt)))
  return [...Map.groupBy(runs, seriesName)]
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .flatMap(([name, all]) => {
      const last = all.at(-1)
      const age = last ? newest - Date.parse(last.finishedAt) : Infinity
      return last && age < retired ? [{ name, runs: all.slice(-window), last, isMissing: age > night }] : []
    })
}

export const isGreen = ({ state }: RecordedRun): boolean => state === 'passed'

export type Change = Readonly<{ what: string; before: string; now: string }>
const none = '–'

/** The entries that differ between two maps. */
const changedEntries = (
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  describe: (name: string) => string,
): readonly Change[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .map((name) => ({ what: describe(name), before: before[name] ?? none, now: now[name] ?? none }))

export const changedVersions = (before: RecordedRun, now: RecordedRun): readonly Change[] =>
  changedEntries(before.versions, now.versions, (name) => name)

const verdictsOf = ({ claims }: RecordedRun) =>
  Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]))

const shortCommit = (commit: string) => commit.slice(0, 9)

/** The last green run before the newest run of a series, and what has changed since then. */
export const sinceGreen = ({
  runs,
  last,
}: Series): Readonly<{ green: RecordedRun; changes: readonly Change[] }> | undefined => {
  const green = runs.slice(0, -1).findLast(isGreen)
  return (
    green && {
      green,
      changes: [
        ...changedEntries(
          { commit: shortCommit(green.commit) },
          { commit: shortCommit(last.commit) },
          (name) => name,
        ),
        ...changedVersions(green, last),
        ...changedEntries(verdictsOf(green), verdictsOf(last), (id) => `claim ${id}`),
      ],
    }
  )
}

/** A claim whose verdict changed from one run to the next while all versions stayed the same. */
export type FlakyClaim = Readonly<{
  id: string
  failed: number
  /** How many runs decided it. */
  of: number
  changes: number
  /** How many of these changes were between runs of the same commit. */
  sameCommit: number
  /** ISO 8601. */
  lastFailed: string
}>

/** The runs of a series that decided a claim. */
const decidedRuns = ({ runs }: Series, id: string) =>
  runs.flatMap((run) => {
    const verdict = run.claims.find((claim) => claim.id === id)?.verdict
    return verdict === 'holds' || verdict === 'broken' ? [{ run, verdict }] : []
  })

const flakiness = (all: readonly Series[], id: string): FlakyClaim => {
  const histories = all.map((series) => decidedRuns(series, id))
  const decided = histories.flat()
  const failures = decided.filter(({ verdict }) => verdict === 'broken')
  const changes = histories.flatMap((history) =>
    history.slice(1).flatMap(({ run, verdict }, index) => {
      const previous = history[index]
      const isChange =
        previous && previous.verdict !== verdict && changedVersions(previous.run, run).length === 0
      return isChange ? [{ sameCommit: previous.run.commit === run.commit }] : []
    }),
  )
  return {
    id,
    failed: failures.length,
    of: decided.length,
    changes: changes.length,
    sameCommit: changes.filter(({ sameCommit }) => sameCommit).length,
    lastFailed:
      failures
        .map(({ run }) => run.finishedAt)
        .toSorted()
        .at(-1) ?? '',
  }
}

/** The flakiest claims first. */
export const flakyClaims = (all: readonly Series[]): readonly FlakyClaim[] => {
  const ids = new Set(all.flatMap(({ runs }) => runs.flatMap(({ claims }) => claims.map(({ id }) => id))))
  return [...ids]
    .map((id) => flakiness(all, id))
    .filter(({ changes }) => changes > 0)
    .toSorted((a, b) => b.changes - a.changes || b.failed - a.failed)
}

/** How long something took in the green runs of a series, the oldest first, in seconds. */
export type Duration = Readonly<{
  what: string
  seconds: readonly number[]
  last: number
  /** Of the runs before the last one; of the last one if there is no other. */
  median: number
}>

const wholeRun = 'whole run'
const measured = ({ steps, claims }: RecordedRun): readonly (readonly [what: string, seconds: number])[] => [
  [wholeRun, endOf(steps)],
  ...steps.map(({ name, seconds }) => [name, seconds] as const),
  ...claims.flatMap(({ id, seconds }) => (seconds === undefined ? [] : [[`claim ${id}`, seconds] as const])),
]

/** The whole run, then each step and each claim of the last green run. */
export const durationsOf = ({ runs }: Series): readonly Duration[] => {
  const green = runs.filter(isGreen).map((run) => new Map(measured(run)))
  return [...(green.at(-1) ?? [])].map(([what, last]) => {
    const seconds = green.flatMap((one) => one.get(what) ?? [])
    return { what, seconds, last, median: median(seconds.length > 1 ? seconds.slice(0, -1) : seconds) }
  })
}

/** More than half as long again as usual, and by more than 5 s: less would only be noise. */
export const isSlow = ({ last, median: usual }: Duration): boolean => last > usual * 1.5 && last - usual > 5
export const isWholeRun = ({ what }: Duration): boolean => what === wholeRun
