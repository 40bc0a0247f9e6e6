import { readFile } from 'node:fs/promises'
import { messageOf } from '../lib/messages.ts'
import { compare } from '../upgrade/compare.ts'
import { acceptExpected, readExpected } from '../upgrade/expected.ts'
import { countVerdicts } from '../upgrade/findings.ts'
import type { Observation } from '../upgrade/observation.ts'
import { writePair } from '../upgrade/pairs.ts'
import { describeFindings } from '../upgrade/report.ts'
import { hasRegressions } from '../upgrade/result.ts'

const given = process.argv.slice(2)
const [beforeFile, afterFile, ...others] = given.filter((word) => word !== '--record')
if (beforeFile === undefined || afterFile === undefined || others.length > 0) {
  console.error(
    'usage: npm run compare -- BEFORE AFTER [--record], two files of `npm run observe` or of `npm run upgrade`',
  )
  process.exit(2)
}
const read = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as Observation
try {
  const [before, after, expected] = await Promise.all([read(beforeFile), read(afterFile), readExpected()])
  const result = acceptExpected(compare(before, after), expected)
  for (const line of describeFindings(result)) console.log(line)
  console.log(countVerdicts(result.findings))
  if (given.includes('--record')) console.log(`recorded: ${await writePair(before, after)}`)
  process.exitCode = hasRegressions(result) ? 1 : 0
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
