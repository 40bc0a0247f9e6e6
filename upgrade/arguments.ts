import { parseArgs } from 'node:util'
import { valid } from 'semver'
import { stacks } from '../config/stacks.ts'
import { bisectProblems, rangesIn } from './ranges.ts'
import type { VersionChange } from './result.ts'

/** Everything that is wrong with the arguments. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export type UpgradeArguments = Readonly<{
  upgrades: readonly VersionChange[]
  /** Whether to install the new versions on an empty cluster as well. */
  fresh: boolean
  /** Whether to apply the new CustomResourceDefinitions, which helm does not do. */
  applyCrds: boolean
  /** Whether to roll the charts back after the check. */
  rollback: boolean
  /** Whether to find the first version after `from` that breaks what `to` breaks. */
  bisect: boolean
}>

export const charts = stacks.flatMap(({ chart }) => chart ?? [])

/** Stands for the newest version that is not a pre-release. */
export const newest = 'newest'

const usage = `usage: npm run upgrade -- <chart>@<version>... [--from <chart>@<version>]... [--fresh] [--apply-crds] [--rollback]
       npm run upgrade -- <chart>@<from>..<to> --bisect [--apply-crds]
  example: npm run upgrade -- kube-prometheus-stack@89.0.0
  charts: ${charts.map(({ name, version }) => `${name} (starts from ${version})`).join(', ')}`

const options = {
  from: { type: 'string', multiple: true },
  fresh: { type: 'boolean' },
  'apply-crds': { type: 'boolean' },
  rollback: { type: 'boolean' },
  bisect: { type: 'boolean' },
} as const
const optionNames = Object.keys(options)

/** Versions by chart, and what is wrong with the words. */
const readVersions = (
  words: readonly string[],
  shown: (word: string) => string,
): Readonly<{ versions: Partial<Record<string, string>>; problems: readonly string[] }> => {
  const pairs = words.map((word) => {
    const at = word.indexOf('@')
    return { word, chart: word.slice(0, Math.max(at, 0)), version: word.slice(at + 1) }
  })
  const problems = pairs.flatMap(({ word, chart, version }, index) => {
    if (chart === '' || (valid(version) === null && version !== newest))
      return [`${shown(word)}: must be <chart>@<version> with a full version such as 1.2.3, or ${newest}`]
    if (!charts.some(({ name }) => name === chart)) return [`${shown(word)}: there is no chart ${chart}`]
    if (pairs.findIndex((pair) => pair.chart === chart) < index)
      return [`${shown(word)}: ${chart} is given twice`]
    return []
  })
  return { versions: Object.fromEntries(pairs.map(({ chart, version }) => [chart, version])), problems }
}

/**
 * A chart starts from the version that --from gives, or from the one in config/stacks.ts.
 * @throws UsageError with everything that is wrong, and the usage
 */
export const parseUpgradeArguments = (args: readonly string[]): UpgradeArguments => {
  // Strict parsing would stop at the first problem.
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token] : []))
  const optionProblems = given.flatMap(({ name, rawName, value }) => {
    if (!optionNames.includes(name))
      return [`${rawName}: no such option; there are ${optionNames.map((one) => `--${one}`).join(', ')}`]
    if (name === 'from') return value === undefined ? ['--from: must be followed by <chart>@<version>'] : []
    return value === undefined ? [] : [`${rawName}=${value}: ${rawName} takes no value`]
  })
  const isGiven = (option: string) => given.some(({ name }) => name === option)
  const ranges = positionals.flatMap(rangesIn)
  const words = positionals.filter((word) => rangesIn(word).length === 0)
  const to = readVersions(words, (word) => word)
  const start = readVersions(
    given.flatMap(({ name, value }) => (name === 'from' && value !== undefined ? [value] : [])),
    (word) => `--from ${word}`,
  )

  const isBisection = isGiven('bisect')
  const upgrades = charts.flatMap(({ name, version }) => {
    const wanted = to.versions[name]
    return wanted === undefined ? [] : [{ chart: name, from: start.versions[name] ?? version, to: wanted }]
  })
  const notUpgraded = charts.filter(({ name }) => name in start.versions && !(name in to.versions))
  const problems = [
    ...optionProblems,
    ...to.problems,
    ...start.problems,
    ...(positionals.length === 0 ? ['name at least one chart to upgrade'] : []),
    ...(isBisection
      ? bisectProblems(
          ranges,
          words,
          given.map(({ name }) => name),
          charts.map(({ name }) => name),
        )
      : ranges.map(
          ({ word }) => `${word}: a range of versions needs --bisect; without it, name one version`,
        )),
    ...(isBisection ? [] : notUpgraded).map(
      ({ name }) => `--from ${name}@${start.versions[name]}: ${name} is not upgraded; add ${name}@<version>`,
    ),
    // Whoever names the version twice wants to know whether an upgrade to the same version changes something.
    ...upgrades
      .filter(({ chart, from, to }) => from === to && !(chart in start.versions))
      .map(
        ({ chart, from }) =>
          `${chart}@${from}: already starts from this version; choose another start with --from ${chart}@<version>, or name this one there to upgrade to the same version`,
      ),
  ]
  if (problems.length > 0) throw new UsageError([...problems, usage].join('\n'))
  return {
    upgrades: isBisection ? ranges.map(({ chart, from, to }) => ({ chart, from, to })) : upgrades,
    fresh: isGiven('fresh'),
    applyCrds: isGiven('apply-crds'),
    rollback: isGiven('rollback'),
    bisect: isBisection,
  }
}
