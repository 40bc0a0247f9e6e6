import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, gt, lt, prerelease, rcompare, valid } from 'semver'
import { versionsAmong } from '../setup/charts.ts'
import type { Config } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import type { Chart } from '../config/stacks.ts'
import type { Tools } from '../setup/tools.ts'
import { charts, newest, UsageError } from './arguments.ts'
import type { VersionChange } from './result.ts'

const inRepository = async (
  config: Config,
  tools: Tools,
  { name, repository }: Chart,
): Promise<readonly string[]> => {
  // Leave the user's own list of repositories alone.
  const home = await mkdtemp(join(tmpdir(), 'chart-repository-'))
  const own = ['--repository-config', join(home, 'repositories.yaml'), '--repository-cache', home]
  try {
    await run(tools.helm, ['repo', 'add', 'charts', repository, ...own], { within: config.limits.install })
    const { stdout } = await run(
      tools.helm,
      ['search', 'repo', `charts/${name}`, '--versions', '--devel', '--output', 'json', ...own],
      { within: config.limits.command },
    )
    const found = JSON.parse(stdout) as readonly Readonly<{ name: string; version: string }>[]
    return found.filter((one) => one.name === `charts/${name}`).map(({ version }) => version)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/**
 * The available versions of a chart, the newest first: from the chart folder if one is set, else from its repository.
 * @throws Error that names the folder or the host, and the setting that replaces it
 */
export const chartVersions = async (
  config: Config,
  tools: Tools,
  chart: Chart,
): Promise<readonly string[]> => {
  try {
    const versions = await (config.chartFolder === undefined
      ? inRepository(config, tools, chart)
      : readdir(config.chartFolder).then((files) => versionsAmong(files, chart.name)))
    return versions.filter((version) => valid(version) !== null).sort(rcompare)
  } catch (error) {
    const [where, remedy] =
      config.chartFolder === undefined
        ? [
            new URL(chart.repository).host,
            `put the archives of both versions into a folder and set E2E_CHARTS to it`,
          ]
        : [
            config.chartFolder,
            config.bundle === undefined
              ? 'set E2E_CHARTS to a folder of <chart>-<version>.tgz'
              : 'set E2E_BUNDLE to a folder that `npm run bundle -- FOLDER` wrote',
          ]
    throw new Error(
      `could not read the versions of ${chart.name} from ${where}: ${messageOf(error)}\n  remedy: ${remedy}`,
      { cause: error },
    )
  }
}

/**
 * The versions of a chart from `from` to `to`, the oldest first; between these two without pre-releases.
 * @throws UsageError if there is none in between
 */
export const versionsBetween = async (
  config: Config,
  tools: Tools,
  { chart: name, from, to }: VersionChange,
): Promise<readonly string[]> => {
  const chart = charts.find((one) => one.name === name)
  const versions = chart ? await chartVersions(config, tools, chart) : []
  const between = versions
    .filter((version) => prerelease(version) === null && gt(version, from) && lt(version, to))
    .sort(compare)
  if (between.length === 0)
    throw new UsageError(
      `there is no version between ${name} ${from} and ${to}, so there is nothing to bisect\n` +
        `  remedy: npm run upgrade -- ${name}@${to} --from ${name}@${from}`,
    )
  return [from, ...between, to]
}

/**
 * Replaces `newest` by the newest version, and leaves out charts that already are on it.
 * @throws UsageError with each version that does not exist, and the newest ones that do
 */
export const resolveVersions = async (
  config: Config,
  tools: Tools,
  upgrades: readonly VersionChange[],
): Promise<readonly VersionChange[]> => {
  const toBundle = (chart: string, version: string) =>
    config.bundle === undefined
      ? ''
      : `\n  remedy: on a machine with access: npm run bundle -- ${config.bundle} ${chart}@${version}`
  const resolve = async (chart: Chart, { from, to }: VersionChange) => {
    const versions = await chartVersions(config, tools, chart)
    const latest = versions.find((version) => prerelease(version) === null)
    const upgrade = { chart: chart.name, from, to: to === newest ? (latest ?? to) : to }
    const available =
      versions.length === 0 ? 'no version exists' : `available: ${versions.slice(0, 10).join(', ')}`
    const problems = [upgrade.from, upgrade.to]
      .filter((version) => !versions.includes(version))
      .map(
        (version) =>
          `${chart.name} ${version} is not in ${config.chartFolder ?? chart.repository}; ${available}${toBundle(chart.name, version)}`,
      )
    return { upgrade, problems }
  }
  const resolved = await Promise.all(
    charts.flatMap((chart) =>
      upgrades.filter((one) => one.chart === chart.name).map((upgrade) => resolve(chart, upgrade)),
    ),
  )
  const problems = resolved.flatMap((one) => one.problems)
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  const wantsNewest = (name: string) => upgrades.some(({ chart, to }) => chart === name && to === newest)
  return resolved
    .map(({ upgrade }) => upgrade)
    .filter(({ chart, from, to }) => from !== to || !wantsNewest(chart))
}
