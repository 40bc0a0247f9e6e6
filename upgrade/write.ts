import { appendFile, mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../lib/messages.ts'
import { outFolder } from '../lib/steps.ts'
import { upgradeDocument } from './document.ts'
import type { Observation } from './observation.ts'
import { upgradePage } from './page.ts'
import { upgradeFiles, upgradeMarkdown } from './report.ts'
import type { UpgradeResult } from './result.ts'

/**
 * Makes sure that a file can be written, before what belongs in it takes minutes.
 * @throws Error
 */
export const prepareFile = async (file: string): Promise<void> => {
  try {
    await mkdir(dirname(file), { recursive: true })
    await (await open(file, 'a')).close()
  } catch (error) {
    throw new Error(`${file} cannot be written: ${messageOf(error)}\n  remedy: name another file`)
  }
}

export const writeObservation = (file: string, observation: Observation): Promise<void> =>
  writeFile(file, `${JSON.stringify(observation, null, 2)}\n`)

/**
 * Writes the reports and both observations.
 * @param jobSummary path of GitHub's job summary, if there is one
 */
export const writeUpgrade = async (
  result: UpgradeResult,
  observations: Readonly<Record<string, Observation | undefined>>,
  jobSummary: string | undefined,
): Promise<void> => {
  const markdown = upgradeMarkdown(result)
  await Promise.all([
    writeFile(upgradeFiles.markdown, markdown),
    writeFile(upgradeFiles.page, upgradePage(result)),
    writeFile(upgradeFiles.json, JSON.stringify(upgradeDocument(result), null, 2)),
    ...Object.entries(observations).map(
      ([name, observation]) =>
        observation && writeObservation(join(outFolder, `observation-${name}.json`), observation),
    ),
    jobSummary ? appendFile(jobSummary, markdown) : undefined,
  ])
}
