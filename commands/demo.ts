import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describeChecklist } from '../report/checklist.ts'
import { reportFile, writeReports } from '../report/files.ts'
import { describeRecording, recordedVersions } from '../report/recording.ts'
import { replayLook } from '../recordings/look.ts'
import { recordCommand, subjects, withoutFault } from '../recordings/replay.ts'
import { readDictionary, readRecording, recordingNames } from '../recordings/store.ts'
import { exitWith } from '../lib/exit.ts'
import { outFolder } from '../lib/steps.ts'

const print = (line: string) => console.log(line)
const [name = withoutFault.name, ...others] = process.argv.slice(2)
const subject = subjects.find((one) => one.name === name)
if (subject === undefined || others.length > 0) {
  exitWith(
    `usage: npm run demo [-- FAULT], where FAULT is one of ${subjects.map((one) => one.name).join(', ')}`,
  )
}
if (!(await recordingNames()).includes(name)) {
  exitWith(
    `there is no recording of ${name}\n  remedy: \`${recordCommand([name])}\` records it, on a cluster`,
  )
}

const recording = await readRecording(name, await readDictionary())
const { versions, settings, at } = recording
const look = {
  takenAt: new Date(at).toISOString(),
  name,
  sentence: subject.sentence,
  versions: recordedVersions(versions),
}
print(`${describeRecording(look)}\n\nsettings of that run\n${settings}\n`)
const { outcomes } = await replayLook(recording, recordCommand([name]))
print(`${describeChecklist(outcomes)}\n\n${describeRecording(look)}`)

// What an earlier run left there does not belong to this recording.
await rm(outFolder, { recursive: true, force: true })
const problems = await writeReports({
  ...{ outcomes, errors: [], interruptedBy: undefined, steps: [], pods: [], images: [] },
  ...{ settings, versions, evidence: undefined, recording: look },
  finishedAt: look.takenAt,
})
problems.forEach(print)
print(`report:    ${reportFile}, ${join(outFolder, 'junit.xml')}`)
process.exitCode = problems.length > 0 ? 1 : 0
