import type { Finding } from './findings.ts'
import type { Bisection, Trial, UpgradeResult } from './result.ts'
import { firstLine } from '../lib/messages.ts'

type Searched = Pick<Bisection, 'versions' | 'trials'>

/** The first version known to break, the last one before it known to work, and those in between, all by their index. */
const bounds = ({ versions, trials }: Searched) => {
  const verdicts = versions.map((version) => trials.find((trial) => trial.version === version)?.verdict)
  // Nothing is left to try if no version breaks.
  const firstBreaking = Math.max(0, verdicts.indexOf('breaks'))
  // The first version is not tried: every check starts from it and ends without a result unless it works.
  const lastWorking = Math.max(0, verdicts.lastIndexOf('works', firstBreaking))
  const between = versions.slice(lastWorking + 1, firstBreaking)
  const untried = between.filter((_, index) => verdicts[lastWorking + 1 + index] === undefined)
  return { firstBreaking, lastWorking, between, untried }
}

/**
 * The version to try next: the one nearest to the middle, because a version that cannot be tested is skipped.
 * @returns undefined if the search has ended
 */
export const nextVersion = (searched: Searched): string | undefined => {
  const { firstBreaking, lastWorking, untried } = bounds(searched)
  const middle = Math.floor((lastWorking + firstBreaking) / 2)
  const distance = (version: string) => Math.abs(searched.versions.indexOf(version) - middle)
  return untried.toSorted((a, b) => distance(a) - distance(b))[0]
}

/**
 * Tries versions until the first one that breaks is known.
 * @param searched with the trial of the last version, which breaks
 */
export const bisect = async (
  searched: Bisection,
  tryVersion: (version: string) => Promise<Trial>,
): Promise<Bisection> => {
  const version = nextVersion(searched)
  if (version === undefined) return searched
  const trials = [...searched.trials, await tryVersion(version)]
  return bisect({ ...searched, trials }, tryVersion)
}

export type Answer = Readonly<{
  /** The first version known to break, and the last one before it known to work. */
  first: Trial
  works: string
  /** Versions in between that could not be tested. */
  skipped: readonly string[]
}>

/** @returns undefined if the last version breaks nothing */
export const answerOf = (searched: Bisection): Answer | undefined => {
  const { firstBreaking, lastWorking, between } = bounds(searched)
  const { versions, trials } = searched
  const first = trials.find(({ version }) => version === versions[firstBreaking])
  const works = versions[lastWorking]
  return first && works !== undefined ? { first, works, skipped: between } : undefined
}

/** What identifies a regression across versions. Errors of `helm upgrade` all have the same id, so their text counts too. */
const keyOf = ({ id, sentence }: Finding, version: string): string => {
  if (!id.startsWith('helm/')) return id
  // `not so after 600.3 s (598 tries)`: both differ in every run.
  return `${id} ${firstLine(sentence)
    .replaceAll(version, '')
    .replace(/[\d.]+ s \(\d+ (?:try|tries)\)/, '')}`
}

const regressions = ({ findings }: Pick<UpgradeResult, 'findings'>) =>
  findings.filter(({ verdict }) => verdict === 'new')

type Tried = Pick<UpgradeResult, 'findings' | 'invalid'>

/** Whether a version has a regression that the last version has too. */
export const judgeVersion = (
  last: Readonly<{ version: string; result: Tried }>,
  version: string,
  result: Tried,
  seconds: number,
): Trial => {
  const wanted = new Set(regressions(last.result).map((finding) => keyOf(finding, last.version)))
  const isShared = (finding: Finding) => wanted.has(keyOf(finding, version))
  const found = regressions(result)
  const shared = found.filter(isShared).map(({ id }) => id)
  const others = found.filter((finding) => !isShared(finding))
  const failed = others.find(({ id }) => id.startsWith('helm/'))
  // If its release could not be upgraded, nothing else that fails says anything about this version.
  const why = result.invalid ?? failed?.sentence
  return {
    version,
    verdict: why !== undefined ? 'cannot be tested' : shared.length > 0 ? 'breaks' : 'works',
    shared,
    others: others.map(({ id }) => id),
    ...(why === undefined ? {} : { why: firstLine(why) }),
    seconds,
  }
}
