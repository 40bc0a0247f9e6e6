import { existsSync, writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../lib/messages.ts'
import { outFolder } from '../lib/steps.ts'
import { summaryMarkdown } from './checklist.ts'
import { junitXml } from './junit.ts'
import { reportPage } from './page.ts'
import type { RunResult } from './result.ts'
import { resultsDocument } from './results.ts'

type Contents = Readonly<Record<string, (result: RunResult) => string>>

export const reportFile = join(outFolder, 'report.html')
export const resultsFile = join(outFolder, 'results.json')

/** These have the steps. */
const jsonFiles: Contents = {
  [resultsFile]: (result) => JSON.stringify(resultsDocument(result), null, 2),
  [join(outFolder, 'timeline.json')]: ({ steps }) => JSON.stringify(steps, null, 2),
}

const contents: Contents = {
  [join(outFolder, 'summary.md')]: summaryMarkdown,
  [join(outFolder, 'junit.xml')]: junitXml,
  [reportFile]: reportPage,
  ...jsonFiles,
}

/** `out/summary.md could not be written: ENOSPC: no space left on device, write` */
export const unwritten = (file: string) => (error: unknown) =>
  `${file} could not be written: ${messageOf(error)}`

/** Writes the JSON files again, with the steps that followed the reports, such as deleting the cluster. */
export const updateSteps = (result: RunResult): void => {
  for (const [file, content] of Object.entries(jsonFiles))
    if (existsSync(file)) writeFileSync(file, content(result))
}

/** @returns one line for each file that could not be written */
export const writeReports = async (result: RunResult): Promise<readonly string[]> => {
  const problems = await Promise.all(
    Object.entries(contents).map(async ([file, content]) => {
      try {
        await mkdir(outFolder, { recursive: true })
        await writeFile(file, content(result))
        return []
      } catch (error) {
        // An incomplete file would mislead.
        await rm(file, { force: true }).catch(() => {})
        return [unwritten(file)(error)]
      }
    }),
  )
  return problems.flat()
}
