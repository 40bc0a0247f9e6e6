import { glob, readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { acceptedSchema } from '../config/accepted.ts'
import { settings } from '../config/config.ts'
import { ownClaimsSchema } from '../config/ownClaims.ts'
import { stacks } from '../config/stacks.ts'
import { drillsSchema } from '../drills/schema.ts'
import { drills } from '../drills/table.ts'
import { resultsSchema } from '../report/schema.ts'
import { checklist } from '../specs/support/checklist.ts'
import { ownArea } from '../specs/support/claim.ts'
import { upgradeSchema } from '../upgrade/schema.ts'
import {
  checklistTable,
  drillsTable,
  describeMissing,
  describeStale,
  describeStaleSchemas,
  fillTables,
  settingsTable,
  stacksTable,
} from './docTables.ts'

const files = ['README.md', ...(await Array.fromAsync(glob('docs/*.md')))].toSorted()
const onlyCheck = process.argv.includes('--check')

const tables = {
  settings: settingsTable(settings),
  checklist: checklistTable(checklist.filter(({ area }) => area !== ownArea)),
  stacks: stacksTable(stacks),
  drills: drillsTable(drills),
}

const schemas = {
  'schemas/accepted.schema.json': acceptedSchema,
  'schemas/claims.schema.json': ownClaimsSchema,
  'schemas/results.schema.json': resultsSchema,
  'schemas/upgrade.schema.json': upgradeSchema,
  'schemas/drills.schema.json': drillsSchema,
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
const schemaFiles = await Promise.all(
  Object.entries(schemas).map(async ([file, schema]) => {
    const text = await format(JSON.stringify(schema), { ...style, parser: 'json' })
    return { file, text, isStale: text !== (await readFile(file, 'utf8').catch(() => undefined)) }
  }),
)
const written = [
  ...Object.entries(filled.pages).map(([file, text]) => ({ file, text, isStale: text !== pages[file] })),
  ...schemaFiles,
]
if (!onlyCheck) {
  for (const { file, text } of written.filter(({ isStale }) => isStale)) await writeFile(file, text)
}
const staleSchemas = schemaFiles.filter(({ isStale }) => isStale).map(({ file }) => file)
const problems = [
  ...describeMissing(filled),
  ...(onlyCheck ? [...describeStale(filled), ...describeStaleSchemas(staleSchemas)] : []),
]
if (problems.length > 0) console.error(problems.join('\n'))
process.exitCode = problems.length > 0 ? 1 : 0
