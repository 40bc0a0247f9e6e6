import { readFile } from 'node:fs/promises'
import { messageOf } from '../lib/messages.ts'
import { describeNotChecked } from '../report/notChecked.ts'
import { compare, notObservedIn } from '../upgrade/compare.ts'
import { acceptExpected, readExpected } from '../upgrade/expected.ts'
import { countVerdicts } from '../upgrade/findings.ts'
import type { Observation } from '../upgrade/observation.ts'
import { describeFindings } from '../upgrade/report.ts'
import { hasRegressions } from '../upgrade/result.ts'
import { watchedDifferences, type Watched } from '../upgrade/watch.ts'

const [beforeFile, afterFile, watchFile, ...others] = process.argv.slice(2)
if (beforeFile === undefined || afterFile === undefined || others.length > 0) {
  console.error(
    'usage: npm run compare BEFORE AFTER [WATCH], two files of `npm run observe` and one of `npm run watch`',
  )
  process.exit(2)
}
const read = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T
try {
  const [before, after, watched, expected] = await Promise.all([
    read<Observation>(beforeFile),
    read<Observation>(afterFile),
    watchFile === undefined ? undefined : read<Watched>(watchFile),
    readExpected(),
  ])
  const { differences, notChecked } = watched
    ? watchedDifferences(watched)
    : { differences: [], notChecked: [] }
  const result = acceptExpected(compare(before, after, differences), expected)
  for (const line of describeFindings(result)) console.log(line)
  for (const line of describeNotChecked([...notObservedIn(before, after), ...notChecked])) console.log(line)
  console.log(countVerdicts(result.findings))
  process.exitCode = hasRegressions(result) ? 1 : 0
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
