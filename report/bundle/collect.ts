import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withLimit } from '../../lib/eventually.ts'
import { messageOf } from '../../lib/messages.ts'
import { redactText } from '../redact.ts'

/** A file that can be collected. */
export type Source = Readonly<{
  /** Its path in the bundle. */
  file: string
  /** What it is, in a few words. */
  about: string
  /** Its text, an empty one where there is nothing to tell; rejects where it cannot be had. */
  read: () => Promise<string>
}>

export type Task = Readonly<{
  name: string
  /** Lists the files to collect; rejects where that cannot be known. */
  sources: () => Promise<readonly Source[]>
}>

/** What became of a file; one of 0 bytes was not written, since there was nothing to tell. */
export type Kept = Readonly<{ file: string; about: string; bytes: number; missing?: string }>

export type TaskRecord = Readonly<{ name: string; seconds: number; files: readonly Kept[] }>

// A silent source must not delay the others; one that works answers much sooner.
const limitMs = 20_000

/** @param until as performance.now() tells it */
const bounded = <T>(work: () => Promise<T>, until: number): Promise<T> => {
  const tenths = Math.ceil(Math.min(limitMs, until - performance.now()) / 100)
  return withLimit(work(), Math.max(tenths, 1) * 100)
}

const keep = async (folder: string, { file, about, read }: Source, until: number): Promise<Kept> => {
  const path = join(folder, file)
  try {
    const text = redactText((await bounded(read, until)).trimEnd())
    if (text === '') return { file, about, bytes: 0 }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${text}\n`)
    return { file, about, bytes: Buffer.byteLength(text) + 1 }
  } catch (error) {
    // On a full disk the half of a file takes the room of the page that tells of it.
    await rm(path, { force: true }).catch(() => {})
    return { file, about, bytes: 0, missing: messageOf(error) }
  }
}

/**
 * Writes what the tasks bring, side by side and without credentials; never rejects.
 * @param within milliseconds for all; what is not there by then is recorded as missing
 */
export const collectFiles = (
  folder: string,
  tasks: readonly Task[],
  within: number,
): Promise<readonly TaskRecord[]> => {
  const started = performance.now()
  const until = started + within
  return Promise.all(
    tasks.map(async ({ name, sources }) => {
      const files = await bounded(sources, until).then(
        (found) => Promise.all(found.map((source) => keep(folder, source, until))),
        (error: unknown): Kept[] => [{ file: name, about: 'all of it', bytes: 0, missing: messageOf(error) }],
      )
      return { name, seconds: (performance.now() - started) / 1000, files }
    }),
  )
}
