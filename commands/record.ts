import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { exitWith } from '../lib/exit.ts'
import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import { resultsFile } from '../report/files.ts'
import { recordMarkdown } from '../report/record/summary.ts'
import { parseRecord, recordedRun, textToAppend, type RecordedRun } from '../report/record/run.ts'
import { resultsVersion, type ResultsDocument } from '../report/results.ts'

const [file, ...given] = process.argv.slice(2)
if (file === undefined) {
  exitWith(`usage: npm run record -- RECORD [RESULTS...]
adds the runs of the RESULTS files (${resultsFile}) to RECORD, one line each, and prints how the runs compare`)
}

/** The run in a results file, or why it could not be read. */
const readRun = async (results: string, commit: string): Promise<RecordedRun | string> => {
  try {
    const document = JSON.parse(await readFile(results, 'utf8')) as ResultsDocument
    return (document.version as number) === resultsVersion
      ? recordedRun(document, commit)
      : `${results}: has version ${document.version}, but this command reads version ${resultsVersion}`
  } catch (error) {
    return `${results}: ${messageOf(error)}`
  }
}

const unlessMissing = (error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') return ''
  throw error
}

try {
  const { stdout } = await run('git', ['rev-parse', 'HEAD'], { within: 30_000 })
  const paths = given.length === 0 ? [resultsFile] : given
  const read = await Promise.all(paths.map((results) => readRun(results, stdout.trim())))
  const text = await readFile(file, 'utf8').catch(unlessMissing)
  const added = textToAppend(
    text,
    parseRecord(file, text).runs,
    read.filter((one) => typeof one !== 'string'),
  )
  await mkdir(dirname(file), { recursive: true })
  await appendFile(file, added)
  const { runs, problems } = parseRecord(file, text + added)
  const unread = read.filter((one) => typeof one === 'string')
  const markdown = recordMarkdown(runs, [...unread, ...problems])
  console.log(markdown)
  const page = process.env['GITHUB_STEP_SUMMARY']
  if (page) await appendFile(page, markdown)
  process.exitCode = unread.length > 0 ? 1 : 0
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
