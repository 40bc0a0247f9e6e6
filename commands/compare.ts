import { loadConfigOrExit } from '../config/config.ts'
import { exitWith } from '../lib/exit.ts'
import { messageOf } from '../lib/messages.ts'
import { describeNotChecked } from '../report/notChecked.ts'
import { compare, notObservedIn } from '../upgrade/compare.ts'
import { acceptExpected, readExpected } from '../upgrade/expected.ts'
import { countVerdicts } from '../upgrade/findings.ts'
import { writePair } from '../upgrade/pairs.ts'
import { FileError, readObservation, readWatched } from '../upgrade/read.ts'
import { describeFindings } from '../upgrade/report.ts'
import { hasRegressions } from '../upgrade/result.ts'
import { watchedDifferences } from '../upgrade/watch.ts'

const given = process.argv.slice(2)
const [beforeFile, afterFile, watchFile, ...others] = given.filter((word) => word !== '--record')
if (beforeFile === undefined || afterFile === undefined || others.length > 0) {
  exitWith(
    'usage: npm run compare -- BEFORE AFTER [WATCH] [--record], with two files of `npm run observe` or `npm run upgrade`, and one of `npm run watch`',
  )
}
const { overlay } = loadConfigOrExit(process.env, { allowContext: true })
try {
  const [before, after, watched, expected] = await Promise.all([
    readObservation(beforeFile),
    readObservation(afterFile),
    watchFile === undefined ? undefined : readWatched(watchFile),
    readExpected(overlay),
  ])
  if (before.takenAt > after.takenAt)
    throw new FileError(
      `${beforeFile} was observed at ${before.takenAt}, after ${afterFile} at ${after.takenAt}\n  remedy: name the earlier one first`,
    )
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
