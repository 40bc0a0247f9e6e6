import { readFile } from 'node:fs/promises'
import { loadConfigOrExit } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { describeNotChecked } from '../report/notChecked.ts'
import { compare, notObservedIn } from '../upgrade/compare.ts'
import { acceptExpected, readExpected } from '../upgrade/expected.ts'
import { countVerdicts } from '../upgrade/findings.ts'
import type { Observation } from '../upgrade/observation.ts'
import { writePair } from '../upgrade/pairs.ts'
import { describeFindings } from '../upgrade/report.ts'
import { hasRegressions } from '../upgrade/result.ts'
import { watchedDifferences, type Watched } from '../upgrade/watch.ts'

const given = process.argv.slice(2)
const [beforeFile, afterFile, watchFile, ...others] = given.filter((word) => word !== '--record')
if (beforeFile === undefined || afterFile === undefined || others.length > 0) {
  console.error(
    'usage: npm run compare -- BEFORE AFTER [WATCH] [--record], with two files of `npm run observe` or `npm run upgrade`, and one of `npm run watch`',
  )
  process.exit(2)
}
const { overlay } = loadConfigOrExit(process.env, { allowContext: true })
const read = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T
try {
  const [before, after, watched, expected] = await Promise.all([
    read<Observation>(beforeFile),
    read<Observation>(afterFile),
    watchFile === undefined ? undefined : read<Watched>(watchFile),
    readExpected(overlay),
  ])
  const { differences, notChecked } = watched
    ? watchedDifferences(watched)
    : { differences: [], notChecked: [] }
  const result = acceptExpected(compare(before, after, differences), expected)
  for (const line of describeFindings(result)) console.log(line)
  for (const line of describeNotChecked([...notObservedIn(before, after), ...notChecked])) console.log(line)
  console.log(countVerdicts(result.findings))
  if (given.includes('--record')) console.log(`recorded: ${await writePair(before, after)}`)
  process.exitCode = hasRegressions(result) ? 1 : 0
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
