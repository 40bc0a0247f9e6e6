import { cleanCommand, type Config } from '../config/config.ts'
import { stackNames } from '../config/stacks.ts'
import { nodeContainers } from '../setup/cluster.ts'
import type { Tools } from '../setup/tools.ts'
import { parseUpgradeArguments, UsageError, type UpgradeArguments } from './arguments.ts'
import { readExpected, type Expected } from './expected.ts'
import { releasesOf, type UpgradeReleases } from './releases.ts'
import { resolveVersions, versionsBetween } from './versions.ts'

/** What the user asks: which charts to upgrade and how, and which regressions are accepted. */
export type Question = UpgradeReleases &
  Pick<UpgradeArguments, 'fresh' | 'applyCrds' | 'rollback'> &
  Readonly<{
    expected: readonly Expected[]
    /** Charts that already are on the newest version. */
    newestAlready: readonly string[]
    /** The versions to bisect, the oldest first; empty without --bisect. */
    range: readonly string[]
  }>

/**
 * The arguments, if they fit the settings.
 * @throws UsageError
 */
export const readArguments = (config: Config, args: readonly string[]): UpgradeArguments => {
  const asked = parseUpgradeArguments(args)
  if (config.stacks.length < stackNames.length)
    throw new UsageError('an upgrade is checked with all stacks: unset E2E_STACKS')
  if (config.keep && asked.fresh)
    throw new UsageError('--fresh replaces the first cluster with a second one: unset E2E_KEEP')
  if (config.keep && asked.bisect)
    throw new UsageError('--bisect replaces each cluster with the next one: unset E2E_KEEP')
  return asked
}

/**
 * Finds everything that is wrong with the question before anything is created.
 * @throws UsageError, ExpectedError
 */
export const readQuestion = async (
  config: Config,
  tools: Tools,
  asked: UpgradeArguments,
): Promise<Question> => {
  const expected = await readExpected(config.overlay)
  const upgrades = await resolveVersions(config, tools, asked.upgrades)
  const [searched] = asked.bisect ? upgrades : []
  const range = searched ? await versionsBetween(config, tools, searched) : []
  if (upgrades.length > 0 && (await nodeContainers(config.cluster, config.limits.command)).length > 0)
    throw new UsageError(
      `cluster ${config.cluster} already exists, but the old versions need an empty one: ${cleanCommand(config.cluster)}`,
    )
  const charts = asked.upgrades.map(({ chart }) => chart)
  const newestAlready = charts.filter((name) => !upgrades.some(({ chart }) => chart === name))
  const { fresh, applyCrds, rollback } = asked
  return {
    ...releasesOf(upgrades, config.overlay),
    fresh,
    applyCrds,
    rollback,
    expected,
    newestAlready,
    range,
  }
}
