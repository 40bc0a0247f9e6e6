import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { parse } from 'yaml'
import { settings } from '../config/config.ts'
import { endpoints } from '../config/endpoints.ts'
import { stacks } from '../config/stacks.ts'
import { checklist } from '../specs/support/checklist.ts'
import {
  checklistTable,
  describeMissing,
  describeStale,
  portsOf,
  settingsTable,
  stacksTable,
  withTables,
} from './docTables.ts'

const page = 'README.md'
const onlyCheck = process.argv.includes('--check')

const ports = Object.fromEntries(
  await Promise.all(
    stacks.map(async ({ name, values }) => {
      const given: unknown = values === undefined ? {} : parse(await readFile(values, 'utf8'))
      return [name, portsOf(given, endpoints)] as const
    }),
  ),
)
const tables = {
  settings: settingsTable(settings),
  checklist: checklistTable(checklist),
  stacks: stacksTable(stacks, ports),
}

const style = await resolveConfig(page)
const formatted = Object.fromEntries(
  await Promise.all(
    Object.entries(tables).map(
      async ([name, text]) => [name, await format(text, { ...style, parser: 'markdown' })] as const,
    ),
  ),
)

const filled = withTables(await readFile(page, 'utf8'), formatted)
if (!onlyCheck && filled.stale.length > 0) await writeFile(page, filled.page)
const problems = [...describeMissing(page, filled), ...(onlyCheck ? describeStale(page, filled) : [])]
if (problems.length > 0) console.error(problems.join('\n'))
process.exitCode = problems.length > 0 ? 1 : 0
