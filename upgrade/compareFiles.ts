import { readFile } from 'node:fs/promises'
import { messageOf } from '../setup/messages.ts'
import { compare } from './compare.ts'
import { acceptExpected, readExpected } from './expected.ts'
import { verdicts } from './findings.ts'
import type { Observation } from './observation.ts'
import { describeFindings } from './report.ts'
import { hasRegressions } from './result.ts'

const [beforeFile, afterFile, ...others] = process.argv.slice(2)
if (beforeFile === undefined || afterFile === undefined || others.length > 0) {
  console.error('usage: npm run compare BEFORE AFTER, two files of `npm run observe`')
  process.exit(2)
}
const read = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as Observation
try {
  const [before, after, expected] = await Promise.all([read(beforeFile), read(afterFile), readExpected()])
  const today = new Date().toISOString().slice(0, 10)
  const result = acceptExpected(compare(before, after), expected, today)
  for (const line of describeFindings(result)) console.log(line)
  const counts = verdicts.map((wanted) => {
    const count = result.findings.filter(({ verdict }) => verdict === wanted).length
    return `${count} ${wanted}`
  })
  console.log(counts.join(', '))
  process.exitCode = hasRegressions(result) ? 1 : 0
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
