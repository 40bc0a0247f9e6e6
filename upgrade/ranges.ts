import { gte, valid } from 'semver'
import type { VersionChange } from './result.ts'

/** A range of versions, and the word that names it: `vector@0.50.0..0.57.0`. */
type Range = VersionChange & Readonly<{ word: string }>

/** The range that a word names, if it does. */
export const rangesIn = (word: string): readonly Range[] => {
  const [, chart, from, to] = /^([^@]*)@(.*?)\.\.(.*)$/.exec(word) ?? []
  return chart === undefined || from === undefined || to === undefined ? [] : [{ word, chart, from, to }]
}

const rangeProblems = ({ word, chart, from, to }: Range, charts: readonly string[]): readonly string[] => {
  if (valid(from) === null || valid(to) === null)
    return [`${word}: must be <chart>@<from>..<to> with full versions such as 1.2.3`]
  if (!charts.includes(chart)) return [`${word}: there is no chart ${chart}`]
  return gte(from, to) ? [`${word}: ${from} is not older than ${to}; write the older version first`] : []
}

/**
 * What is wrong with the arguments of `--bisect`.
 * @param words the other words
 * @param options the names of all options that are given
 */
export const bisectProblems = (
  ranges: readonly Range[],
  words: readonly string[],
  options: readonly string[],
  charts: readonly string[],
): readonly string[] => [
  ...ranges.flatMap((range) => rangeProblems(range, charts)),
  ...words.map((word) => `${word}: --bisect needs a range of versions: <chart>@<from>..<to>`),
  ...(ranges.length > 1
    ? [`--bisect: searches the versions of one chart, but ${ranges.length} ranges are given`]
    : []),
  ...['fresh', 'rollback']
    .filter((option) => options.includes(option))
    .map((option) => `--bisect: cannot be combined with --${option}; run that with the version it finds`),
  ...(options.includes('from')
    ? ['--bisect: starts from the first version of its range; leave out --from']
    : []),
]
