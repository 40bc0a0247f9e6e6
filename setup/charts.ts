import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { cacheFolder, type Tools } from './tools.ts'
import { CommandError, run } from '../lib/run.ts'
import type { Chart } from '../config/stacks.ts'

export const archiveName = ({ name, version }: Chart) => `${name}-${version}.tgz`

/** The versions of a chart among file names; other files are ignored. */
export const versionsAmong = (files: readonly string[], chart: string): readonly string[] =>
  // The name of another chart may begin with the name of this one.
  files.flatMap((file) => new RegExp(`^${chart}-(\\d.*)\\.tgz$`).exec(file)?.[1] ?? [])

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * The path of the archive of a chart: in the chart folder if one is set; otherwise in the cache, downloaded if needed.
 * @throws Error with the chart, the host and the setting that avoids the download
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
    // Atomic: another run finds the complete archive or none.
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
