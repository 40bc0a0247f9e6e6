import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { base } from './exampleObservation.ts'
import { readObservation, readWatched } from './read.ts'

const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'read-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

test.each([
  ['', /file cannot be read: it is empty\n {2}remedy: name a file that `npm run observe`/],
  ['text', /file cannot be read: it is not JSON\n/],
  ['null', /is not an observation of this version: it has no takenAt, kubernetes, releases and \d+ more\n/],
  [JSON.stringify({ ...base, families: undefined }), /of this version: it has no families\n/],
])('%j is no observation', async (text, problem) => {
  const file = join(await folder(), 'file')
  await writeFile(file, text)
  await expect(readObservation(file)).rejects.toThrow(problem)
})

test('an observation, which is no watch', async () => {
  const file = join(await folder(), 'file')
  await writeFile(file, JSON.stringify(base))
  expect(await readObservation(file)).toEqual(base)
  await expect(readWatched(file)).rejects.toThrow(/is not a watch .*it has no from, to, seconds and \d more/)
  await expect(readWatched(await folder())).rejects.toThrow(/cannot be read: EISDIR/)
})
