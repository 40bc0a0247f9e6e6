import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { cacheFolder, type Tools } from './tools.ts'
import { CommandError, run } from '../lib/run.ts'
import type { Chart } from '../config/stacks.ts'

export const archiveName = ({ name, version }: Chart) => `${name}-${version}.tgz`

/** The versions of a chart among the names of files, whatever else there is. */
export const versionsAmong = (files: readonly string[], chart: string): readonly string[] =>
  // Another chart's name may begin with this one's.
  files.flatMap((file) => new RegExp(`^${chart}-(\\d.*)\\.tgz$`).exec(file)?.[1] ?? [])

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * The path of the chart's archive: from the chart folder where one is set, else from the cache, else downloaded.
 * @throws Error that names the host, what was wanted from it, and the setting that replaces it
 */
export const findChart = async (config: Config, tools: Tools, chart: Chart): Promise<string> => {
  if (config.chartFolder) return join(config.chartFolder, archiveName(chart))

  const folder = join(cacheFolder, 'charts')
  const archive = join(folder, archiveName(chart))
  if (await exists(archive)) return archive

  await mkdir(folder, { recursive: true })
  const arriving = await mkdtemp(join(folder, `arriving-${process.pid}-`))
  try {
    await run(
      tools.helm,
      ['pull', chart.name, '--repo', chart.repository, '--version', chart.version, '--destination', arriving],
      { within: config.limits.install },
    )
    // Atomic: another run finds the whole archive or none.
    await rename(join(arriving, archiveName(chart)), archive)
    return archive
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new Error(
      `chart ${chart.name} ${chart.version} could not be downloaded from ${new URL(chart.repository).host}: ${error.message}\n` +
        `  remedy: put ${archiveName(chart)} into a folder and set E2E_CHARTS to it`,
      { cause: error },
    )
  } finally {
    await rm(arriving, { recursive: true, force: true })
  }
}
