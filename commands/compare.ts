import { readFile } from 'node:fs/promises'
import { loadConfigOrExit } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { compare } from '../upgrade/compare.ts'
import { acceptExpected, readExpected } from '../upgrade/expected.ts'
import { countVerdicts } from '../upgrade/findings.ts'
import type { Observation } from '../upgrade/observation.ts'
import { describeFindings } from '../upgrade/report.ts'
import { hasRegressions } from '../upgrade/result.ts'

const [beforeFile, afterFile, ...others] = process.argv.slice(2)
if (beforeFile === undefined || afterFile === undefined || others.length > 0) {
  console.error('usage: npm run compare BEFORE AFTER, two files of `npm run observe`')
  process.exit(2)
}
const { overlay } = loadConfigOrExit(process.env)
const read = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as Observation
try {
  const [before, after, expected] = await Promise.all([
    read(beforeFile),
    read(afterFile),
    readExpected(overlay),
  ])
  const result = acceptExpected(compare(before, after), expected)
  for (const line of describeFindings(result)) console.log(line)
  console.log(countVerdicts(result.findings))
  process.exitCode = hasRegressions(result) ? 1 : 0
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
