import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pMap from 'p-map'
import type { Chart } from '../../config/stacks.ts'
import { interruption } from '../../lib/run.ts'
import type { Tools } from '../tools.ts'
import { orMissing } from '../imageStore.ts'

/** Other versions of the harness may read it, so count up when the layout changes. */
export const formatVersion = 1

export type Checksum = Readonly<{ sha256: string; bytes: number }>
export type BundledChart = Pick<Chart, 'name' | 'version'>

/** What an offline bundle consists of, as in its `bundle.json`. */
export type Contents = Readonly<{
  formatVersion: number
  /** Such as `linux-amd64`. */
  platform: string
  /** ISO 8601. */
  createdAt: string
  /** `source` is where it came from, `reference` its name in the archive: loading an archive loses names with a digest. */
  nodeImage: Readonly<{ source: string; reference: string }>
  /** Versions. */
  tools: Tools
  charts: readonly BundledChart[]
  /** Full names. */
  images: readonly string[]
  /** By path in the folder. */
  files: Readonly<Record<string, Checksum>>
}>

/** Written last. */
export const contentsFile = (folder: string) => join(folder, 'bundle.json')
/** Marks a bundle that is being written; it becomes `bundle.json`. */
export const incompleteFile = (folder: string) => join(folder, 'bundle.incomplete')
/** As in setup/imageStore.ts. */
export const bundledImages = (folder: string) => join(folder, 'images')
export const nodeImageArchive = join('node-image', 'image.tar')

/** @throws SyntaxError, or the error of the file system */
export const readContents = async (file: string): Promise<Contents> =>
  JSON.parse(await readFile(file, 'utf8')) as Contents

const checksumOf = async (path: string): Promise<Checksum> => {
  const hash = createHash('sha256')
  const file = createReadStream(path, { highWaterMark: 1 << 20, signal: interruption.signal })
  for await (const chunk of file) hash.update(chunk as Buffer)
  return { sha256: hash.digest('hex'), bytes: file.bytesRead }
}

// While one file is hashed, the next is read.
const filesSideBySide = 4

/** The checksums of files, by path in the folder; undefined for a file that does not exist. */
export const checksumsOf = async (
  folder: string,
  paths: readonly string[],
): Promise<Readonly<Record<string, Checksum | undefined>>> => {
  const checksums = await pMap(paths, (path) => checksumOf(join(folder, path)).catch(orMissing), {
    concurrency: filesSideBySide,
  })
  return Object.fromEntries(paths.map((path, index) => [path, checksums[index]]))
}
