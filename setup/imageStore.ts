import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** The folder for images, shared by all checkouts of this user. */
export const imageFolder = join(homedir(), '.cache', 'observability-e2e', 'images')

/** As in an OCI image layout. */
const blobPath = (folder: string, digest: string) => join(folder, 'blobs', ...digest.split(':'))
const refPath = (folder: string, { registry, repository, tag }: Tag) =>
  join(folder, 'tags', registry, repository, tag)

type Tag = Readonly<{ registry: string; repository: string; tag: string }>

/** Bytes by digest, with their number. The reader waits for what is still being downloaded. */
export type Blob = Readonly<{ size: number; read: () => AsyncIterable<Buffer> }>

const chunkBytes = 1 << 20

type Download = {
  /** Resolves when there is more to read or the download has ended; replaced each time. */
  next: PromiseWithResolvers<void>
  state: 'running' | 'complete' | Error
}

/** Reads a file while it is being written. It may be moved to `kept` before it is opened. */
const follow = async function* (path: string, kept: string, download: Download): AsyncGenerator<Buffer> {
  const file = await open(path).catch(() => open(kept))
  try {
    for (let position = 0; ;) {
      const { next, state } = download
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position)
      position += bytesRead
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
      else if (state === 'complete') return
      else if (state instanceof Error) throw state
      else await next.promise
    }
  } finally {
    await file.close()
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
   */
  add: (digest: string, size: number, stream: AsyncIterable<Buffer>) => Promise<Blob>
}>

/** For `catch`: undefined if the file does not exist. */
export const orMissing = (error: unknown): undefined => {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}

export const openImageStore = (folder: string): ImageStore => {
  const downloads = new Map<string, Blob>()

  const receive = async (digest: string, path: string, stream: AsyncIterable<Buffer>, download: Download) => {
    const hash = createHash('sha256')
    const file = await open(path, 'a')
    const wake = () => {
      download.next.resolve()
      download.next = Promise.withResolvers()
    }
    try {
      for await (const chunk of stream) {
        await file.writeFile(chunk)
        hash.update(chunk)
        wake()
      }
      const received = `sha256:${hash.digest('hex')}`
      if (received !== digest) throw new Error(`expected ${digest}, received ${received}`)
      const kept = blobPath(folder, digest)
      await mkdir(dirname(kept), { recursive: true })
      await rename(path, kept)
      download.state = 'complete'
    } catch (error) {
      await rm(path, { force: true })
      download.state = error as Error
    } finally {
      await file.close()
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
      return found && { size: found.size, read: () => createReadStream(path) }
    },
    add: async (digest, size, stream) => {
      // The name contains the process, so that the download of a killed process can be removed.
      const path = join(folder, `arriving-${process.pid}-${randomBytes(4).toString('hex')}`)
      await mkdir(folder, { recursive: true })
      await writeFile(path, '')
      const download: Download = { next: Promise.withResolvers(), state: 'running' }
      const blob = { size, read: () => follow(path, blobPath(folder, digest), download) }
      downloads.set(digest, blob)
      void receive(digest, path, stream, download)
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
