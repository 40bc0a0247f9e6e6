import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pack, unpack } from '../lib/zstd.ts'
import { keyOf, type Exchange } from './exchange.ts'
import type { Look } from './look.ts'

/** A look at the healthy cluster or at a fault, as it is kept. */
export type Recording = Look &
  Readonly<{
    /** Versions of tools, Kubernetes, charts and images by name, and settings as describeConfig() prints them. */
    versions: Readonly<Record<string, string>>
    settings: string
  }>

export const healthy = 'healthy'
export const recordingsFolder = 'tests/recordings/claims'
const fileOf = (name: string) => join(recordingsFolder, `${name}.json.zst`)

const read = async (name: string, dictionary?: Buffer): Promise<Buffer> =>
  unpack(await readFile(fileOf(name)), dictionary)

/** The dictionary of every other recording: a fault changes little of what the servers answer. */
export const readDictionary = (): Promise<Buffer> => read(healthy)

export const readRecording = async (name: string, dictionary: Buffer): Promise<Recording> =>
  JSON.parse((name === healthy ? dictionary : await read(name, dictionary)).toString()) as Recording

/** The names of all recordings that can be read: none without the one of the healthy cluster. */
export const recordingNames = async (): Promise<readonly string[]> => {
  const files = await readdir(recordingsFolder).catch(() => [])
  const names = files.flatMap((file) => /^(.+)\.json\.zst$/.exec(file)?.[1] ?? [])
  return names.includes(healthy) ? names : []
}

/** In an order that is the same in all recordings, so that they differ only where the answers do. */
const inOrder = (exchanges: readonly Exchange[]): readonly Exchange[] =>
  exchanges
    .map((exchange) => ({ exchange, key: keyOf(exchange.asked) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ exchange }) => exchange)

/**
 * A new recording of the healthy cluster replaces all others, which cannot be read without the old one.
 * @returns its size in bytes
 */
export const writeRecording = async (name: string, recording: Recording): Promise<number> => {
  if (name === healthy) await rm(recordingsFolder, { recursive: true, force: true })
  await mkdir(recordingsFolder, { recursive: true })
  const text = JSON.stringify({ ...recording, exchanges: inOrder(recording.exchanges) })
  const dictionary = name === healthy ? undefined : await readDictionary()
  const data = await pack(text, dictionary)
  await writeFile(fileOf(name), data)
  return data.length
}
