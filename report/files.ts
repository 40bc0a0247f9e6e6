import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../lib/messages.ts'
import { outFolder } from '../lib/steps.ts'
import { summaryMarkdown } from './checklist.ts'
import { junitXml } from './junit.ts'
import { reportPage } from './page.ts'
import type { RunResult } from './result.ts'

export const reportFile = join(outFolder, 'report.html')
export const timelineFile = join(outFolder, 'timeline.json')

const contents: Readonly<Record<string, (result: RunResult) => string>> = {
  [join(outFolder, 'summary.md')]: summaryMarkdown,
  [join(outFolder, 'junit.xml')]: junitXml,
  [reportFile]: reportPage,
  [timelineFile]: ({ steps }) => JSON.stringify(steps, null, 2),
}

/** `out/summary.md could not be written: ENOSPC: no space left on device, write` */
export const unwritten = (file: string) => (error: unknown) =>
  `${file} could not be written: ${messageOf(error)}`

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
