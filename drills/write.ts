import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { outFolder } from '../lib/steps.ts'
import { drillsDocument } from './document.ts'
import { drillsPage } from './page.ts'
import { drillsMarkdown } from './report.ts'
import type { DrillsResult } from './result.ts'

/** @param jobSummary path of GitHub's job summary, if there is one */
export const writeDrills = async (result: DrillsResult, jobSummary: string | undefined): Promise<void> => {
  const markdown = drillsMarkdown(result)
  await Promise.all([
    writeFile(join(outFolder, 'drills.md'), markdown),
    writeFile(join(outFolder, 'drills.json'), `${JSON.stringify(drillsDocument(result), null, 2)}\n`),
    writeFile(join(outFolder, 'drills.html'), drillsPage(result)),
    jobSummary ? appendFile(jobSummary, markdown) : undefined,
  ])
}
