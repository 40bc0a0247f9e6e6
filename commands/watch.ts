import { writeFile } from 'node:fs/promises'
import { loadConfigOrExit } from '../config/config.ts'
import { exitWith } from '../lib/exit.ts'
import { cleanUpOnSignal, untilSignal } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import { startStepTimings } from '../lib/steps.ts'
import { closeContext, openContextRun } from '../setup/context/run.ts'
import { newRunId } from '../setup/global.ts'
import { describeWatched, startWatch } from '../upgrade/watch.ts'
import { prepareFile } from '../upgrade/write.ts'

const print = (line: string) => console.log(line)
const config = loadConfigOrExit(process.env, { allowContext: true })
const [file, ...others] = process.argv.slice(2)
if (file === undefined || others.length > 0 || config.context === undefined) {
  exitWith('usage: E2E_CONTEXT=<context> npm run watch -- FILE, for the third argument of `npm run compare`')
}
await prepareFile(file).catch((error: unknown) => {
  exitWith(messageOf(error))
})
cleanUpOnSignal(async () => closeContext())
const id = newRunId()
const run = await openContextRun(config, id, { timings: startStepTimings(print), print })
try {
  const end = await startWatch({ ...run, id, within: config.limits.logs })
  print('watching; Ctrl-C ends it')
  const signal = await untilSignal()
  print(`${signal}: counting what arrived, at most ${config.limits.logs / 1000} s`)
  const watched = await end()
  await writeFile(file, `${JSON.stringify(watched, null, 2)}\n`)
  print(`${describeWatched(watched)}\nwritten: ${file}`)
} catch (error) {
  print(messageOf(error))
  process.exitCode = 1
} finally {
  await closeContext()
}
