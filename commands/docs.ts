import { glob, readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { settings } from '../config/config.ts'
import { stacks } from '../config/stacks.ts'
import { checklist } from '../specs/support/checklist.ts'
import {
  checklistTable,
  describeMissing,
  describeStale,
  fillTables,
  settingsTable,
  stacksTable,
} from './docTables.ts'

const files = ['README.md', ...(await Array.fromAsync(glob('docs/*.md')))].toSorted()
const onlyCheck = process.argv.includes('--check')

const tables = {
  settings: settingsTable(settings),
  checklist: checklistTable(checklist),
  stacks: stacksTable(stacks),
}

const style = await resolveConfig('README.md')
const formatted = Object.fromEntries(
  await Promise.all(
    Object.entries(tables).map(
      async ([name, text]) => [name, await format(text, { ...style, parser: 'markdown' })] as const,
    ),
  ),
)

const pages = Object.fromEntries(
  await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
)
const filled = fillTables(pages, formatted)
if (!onlyCheck) {
  for (const [file, page] of Object.entries(filled.pages))
    if (page !== pages[file]) await writeFile(file, page)
}
const problems = [...describeMissing(filled), ...(onlyCheck ? describeStale(filled) : [])]
if (problems.length > 0) console.error(problems.join('\n'))
process.exitCode = problems.length > 0 ? 1 : 0
