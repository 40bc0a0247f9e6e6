import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { messageOf } from '../lib/messages.ts'

/** The folder for images, shared by all checkouts of this user. */
export const imageFolder = join(homedir(), '.cache', 'observability-e2e', 'images')

/** As in an OCI image layout. */
const blobPath = (folder: string, digest: string) => join(folder, 'blobs', ...digest.split(':'))
const refPath = (folder: string, { registry, repository, tag }: Tag) =>
  join(folder, 'tags', registry, repository, tag)

type Tag = Readonly<{ registry: string; repository: string; tag: string }>

/** Bytes by digest, with their number. */
export type Blob = Readonly<{
  size: number
  /** Waits for what is still being downloaded. */
  read: () => AsyncIterable<Buffer>
  /** @throws NotStoredError, or the download's own error */
  stored: Promise<void>
}>

/** The content could not be written to the disk. Readers get the rest from its source. */
export class NotStoredError extends Error {}

const chunkBytes = 1 << 20

type Download = {
  /** Resolves when there is more to read or the download has ended; replaced each time. */
  next: PromiseWithResolvers<void>
  state: 'running' | 'complete' | Error
}

/**
 * Reads a file while it is being written. It is moved to `kept` at the end.
 * @returns the number of bytes read
 */
const follow = async function* (
  path: string,
  kept: string,
  download: Download,
): AsyncGenerator<Buffer, number> {
  let file: FileHandle | undefined
  let position = 0
  try {
    for (;;) {
      const { next, state } = download
      file ??= (await open(path).catch(orMissing)) ?? (await open(kept).catch(orMissing))
      const chunk = Buffer.allocUnsafe(chunkBytes)
      const bytesRead = (await file?.read(chunk, 0, chunkBytes, position))?.bytesRead ?? 0
      position += bytesRead
      if (bytesRead > 0) yield chunk.subarray(0, bytesRead)
      else if (state === 'complete' || state instanceof NotStoredError) return position
      else if (state instanceof Error) throw state
      else await next.promise
    }
  } finally {
    await file?.close()
  }
}

/** The stream without its first bytes. */
const skip = async function* (stream: Readable, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (left < chunk.length) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

/** Manifests, configurations and layers on this machine's disk, by digest, as the registries sent them. */
export type ImageStore = Readonly<{
  /** The digest that a tag stands for, if it is known. */
  digestOf: (tag: Tag) => Promise<string | undefined>
  setDigest: (tag: Tag, digest: string) => Promise<void>
  find: (digest: string) => Promise<Blob | undefined>
  /**
   * Stores a stream, which can be read meanwhile. Content with another digest is not kept.
   * @param size bytes
   * @param again the stream from its beginning: a reader continues with it if the disk does not take the content
   */
  add: (digest: string, size: number, stream: Readable, again: () => Promise<Readable>) => Blob
}>

/** For `catch`: undefined if the file does not exist. */
export const orMissing = (error: unknown): undefined => {
  if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
  throw error
}

/** For `catch` after writing to the folder of the images. */
const notStored = (error: unknown): never => {
  throw new NotStoredError(messageOf(error), { cause: error })
}

export const openImageStore = (folder: string): ImageStore => {
  const downloads = new Map<string, Blob>()

  const receive = async (digest: string, path: string, stream: Readable, download: Download) => {
    const kept = blobPath(folder, digest)
    const hash = createHash('sha256')
    const wake = () => {
      download.next.resolve()
      download.next = Promise.withResolvers()
    }
    try {
      await mkdir(folder, { recursive: true }).catch(notStored)
      const file = await open(path, 'a').catch(notStored)
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          await file.writeFile(chunk).catch(notStored)
          hash.update(chunk)
          wake()
        }
      } finally {
        await file.close().catch(notStored)
      }
      const received = `sha256:${hash.digest('hex')}`
      if (received !== digest) throw new Error(`expected ${digest}, received ${received}`)
      await mkdir(dirname(kept), { recursive: true }).catch(notStored)
      await rename(path, kept).catch(notStored)
      download.state = 'complete'
    } catch (error) {
      download.state = error as Error
      stream.destroy()
      // A read-only disk refuses this, too.
      await rm(path, { force: true }).catch(() => {})
      throw error
    } finally {
      downloads.delete(digest)
      wake()
    }
  }

  return {
    digestOf: (tag) => readFile(refPath(folder, tag), 'utf8').catch(orMissing),
    setDigest: async (tag, digest) => {
      const path = refPath(folder, tag)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, digest)
    },
    find: async (digest) => {
      const download = downloads.get(digest)
      if (download) return download
      const path = blobPath(folder, digest)
      const found = await stat(path).catch(orMissing)
      return found && { size: found.size, read: () => createReadStream(path), stored: Promise.resolve() }
    },
    add: (digest, size, stream, again) => {
      // The name contains the process, so that the download of a killed process can be removed.
      const path = join(folder, `arriving-${process.pid}-${randomBytes(4).toString('hex')}`)
      const download: Download = { next: Promise.withResolvers(), state: 'running' }
      const read = async function* () {
        const bytes = yield* follow(path, blobPath(folder, digest), download)
        if (download.state instanceof NotStoredError) yield* skip(await again(), bytes)
      }
      const stored = receive(digest, path, stream, download)
      // Those who only read do not wait for it.
      stored.catch(() => {})
      const blob = { size, read, stored }
      downloads.set(digest, blob)
      return blob
    },
  }
}

/** Bytes that the images take. */
export const imageBytes = async (): Promise<number> => {
  const names = await readdir(imageFolder, { recursive: true }).catch(() => [])
  const sizes = names.map((name) =>
    stat(join(imageFolder, name)).then((found) => (found.isFile() ? found.size : 0)),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
