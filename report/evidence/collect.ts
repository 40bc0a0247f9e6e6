import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withLimit } from '../../lib/eventually.ts'
import { messageOf } from '../../lib/messages.ts'
import { redactText } from '../redact.ts'

/** A file to collect. */
export type Source = Readonly<{
  /** Its path in the folder of the evidence. */
  file: string
  /** Its content in a few words. */
  about: string
  /** Rejects if the text cannot be read. An empty text is not written. */
  read: () => Promise<string>
}>

export type Task = Readonly<{
  name: string
  /** Rejects if the files cannot be listed. */
  sources: () => Promise<readonly Source[]>
}>

/** Where the files go, and the passwords that they must not contain. */
type Destination = Readonly<{ folder: string; passwords: readonly string[] }>

/** A file after collecting: `missing` says why there is none, 0 bytes without it that the file was empty. */
export type Kept = Readonly<{ file: string; about: string; bytes: number; missing?: string }>

export type TaskRecord = Readonly<{ name: string; seconds: number; files: readonly Kept[] }>

// A source that does not answer must not delay the others; a healthy one answers much sooner.
const limitMs = 20_000

/** @param until on the clock of performance.now() */
const bounded = <T>(work: () => Promise<T>, until: number): Promise<T> => {
  const tenths = Math.ceil(Math.min(limitMs, until - performance.now()) / 100)
  return withLimit(work(), Math.max(tenths, 1) * 100)
}

const keep = async (
  { folder, passwords }: Destination,
  { file, about, read }: Source,
  until: number,
): Promise<Kept> => {
  const path = join(folder, file)
  try {
    const text = redactText((await bounded(read, until)).trimEnd(), passwords)
    if (text === '') return { file, about, bytes: 0 }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${text}\n`)
    return { file, about, bytes: Buffer.byteLength(text) + 1 }
  } catch (error) {
    // On a full disk, an incomplete file takes the space of the index page.
    await rm(path, { force: true }).catch(() => {})
    return { file, about, bytes: 0, missing: messageOf(error) }
  }
}

/**
 * Runs the tasks in parallel and writes their files without credentials. Never rejects.
 * @param within milliseconds for everything; files that take longer are recorded as missing
 */
export const collectFiles = (
  destination: Destination,
  tasks: readonly Task[],
  within: number,
): Promise<readonly TaskRecord[]> => {
  const started = performance.now()
  const until = started + within
  return Promise.all(
    tasks.map(async ({ name, sources }) => {
      const files = await bounded(sources, until).then(
        (found) => Promise.all(found.map((source) => keep(destination, source, until))),
        (error: unknown): Kept[] => [{ file: name, about: 'all files', bytes: 0, missing: messageOf(error) }],
      )
      return { name, seconds: (performance.now() - started) / 1000, files }
    }),
  )
}
