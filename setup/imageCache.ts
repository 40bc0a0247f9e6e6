import { channel } from 'node:diagnostics_channel'
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import pMap from 'p-map'
import { askRegistry, type Source } from '../clients/registry.ts'
import { parseImage, type Repository } from '../lib/imageReference.ts'
import { messageOf } from '../lib/messages.ts'
import { interruption } from '../lib/run.ts'
import { notInBundle } from '../diagnosis/imagePulls.ts'
import { openImageStore, type Blob, type ImageStore } from './imageStore.ts'

/** The sources of transfers to nodes. Transfers to this machine name the mirror or registry. */
export const thisMachine = 'this machine'
export const theBundle = 'the bundle'
export type Origin = typeof thisMachine | typeof theBundle

/** A manifest or layer of `<registry>/<repository>` that was transferred. */
export type Transfer = Readonly<{ image: string; from: string; bytes: number; seconds: number }>

// Like steps: setup publishes them, the reporters show them.
const transfers = channel('observability-e2e:image-transfer')

/** Calls the listener for every later transfer of this process. */
export const onTransfer = (listener: (transfer: Transfer) => void): void =>
  transfers.subscribe((transfer) => listener(transfer as Transfer))

/** The status of the last source, and what each source answered, if none has what was asked for. */
type Refusal = Readonly<{ status: number; text: string }>
type Found = Readonly<{ digest: string; blob: Blob }>

export type ImageCache = Readonly<{
  /** Where the nodes reach it. */
  url: string
  /**
   * Fetches images before a node asks for them.
   * @returns the digests of all their parts
   * @throws AggregateError after it has tried all of them
   */
  warm: (images: readonly string[]) => Promise<readonly string[]>
}>

type Options = Readonly<{
  /** Folder of the images. */
  folder: string
  /** Address of this machine that the nodes reach. */
  address: string
  /** What to ask for the images of a registry that are not in the folder, in this order. */
  sourcesOf: (registry: string) => readonly Source[]
  /** What the folder is to the nodes. */
  origin: Origin
}>

const digestPattern = /^sha256:[0-9a-f]{64}$/
const hostPattern = /^[\w-]+(\.[\w-]+)*(:\d+)?$/
const requestPattern = /^\/v2\/([\w./-]+)\/(manifests|blobs)\/([\w.:-]+)$/

type Manifest = Readonly<{
  mediaType?: string
  manifests?: readonly Readonly<{ digest: string; platform?: { os: string; architecture: string } }>[]
  config?: { digest: string }
  layers?: readonly { digest: string }[]
}>

const mediaTypeOf = ({ mediaType, manifests }: Manifest) =>
  mediaType ?? `application/vnd.oci.image.${manifests ? 'index' : 'manifest'}.v1+json`

const secondsSince = (start: number) => (performance.now() - start) / 1000

/** Finds manifests and blobs in the store. Fetches what is missing, once for all concurrent requests. */
const imageFinder = (store: ImageStore, sourcesOf: Options['sourcesOf']) => {
  const lookups = new Map<string, Promise<Found | Refusal>>()

  const fromSources = async <T>(
    { registry, repository }: Repository,
    path: string,
    receive: (body: IncomingMessage, bytes: number) => T | Promise<T>,
  ): Promise<T | Refusal> => {
    let status = 404
    const answers: string[] = []
    for (const source of sourcesOf(registry)) {
      const start = performance.now()
      try {
        const question = { source, registry, repository, path, signal: interruption.signal }
        const { data, headers, ...answered } = await askRegistry(question)
        if (answered.status === 200) {
          const bytes = Number(headers['content-length'])
          const image = `${registry}/${repository}`
          data.once('end', () =>
            transfers.publish({ image, from: source.name, bytes, seconds: secondsSince(start) }),
          )
          return await receive(data, bytes)
        }
        status = answered.status
        answers.push(`${source.name}: HTTP ${status} ${String(await buffer(data)).trim()}`.trimEnd())
      } catch (error) {
        status = 502
        // An error of several addresses has no message.
        const text = messageOf(error) || String((error as NodeJS.ErrnoException).code)
        answers.push(`${source.name}: ${text}`)
      }
    }
    return { status, text: answers.join('; ') || `no source has images of ${registry}` }
  }

  const fetchManifest = (repository: Repository, reference: string) =>
    fromSources(repository, `manifests/${reference}`, async (body) => {
      const bytes = await buffer(body)
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      const stream = () => Readable.from([bytes])
      const blob = store.add(digest, bytes.length, stream(), async () => stream())
      // Without it, the tag is asked for again.
      if (!digestPattern.test(reference))
        await store.setDigest({ ...repository, tag: reference }, digest).catch(() => {})
      return { digest, blob }
    })
  const fetchBlob = (repository: Repository, digest: string) => {
    const path = `blobs/${digest}`
    const again = async () => {
      const body = await fromSources(repository, path, (stream) => stream)
      if ('status' in body) throw new Error(body.text)
      return body
    }
    return fromSources(repository, path, (body, bytes) => ({
      digest,
      blob: store.add(digest, bytes, body, again),
    }))
  }

  const lookUp = async (
    repository: Repository,
    kind: string,
    reference: string,
  ): Promise<Found | Refusal> => {
    const digest = digestPattern.test(reference)
      ? reference
      : await store.digestOf({ ...repository, tag: reference })
    const blob = digest && (await store.find(digest))
    if (blob) return { digest, blob }
    return kind === 'manifests' ? fetchManifest(repository, reference) : fetchBlob(repository, reference)
  }
  return (repository: Repository, kind: string, reference: string): Promise<Found | Refusal> => {
    // Repositories share layers.
    const key = digestPattern.test(reference)
      ? reference
      : `${repository.registry}/${repository.repository}:${reference}`
    const underWay =
      lookups.get(key) ?? lookUp(repository, kind, reference).finally(() => lookups.delete(key))
    lookups.set(key, underWay)
    return underWay
  }
}

type Find = ReturnType<typeof imageFinder>

/** @throws Error where no source has it */
const findPart = async (find: Find, ...[repository, kind, reference]: Parameters<Find>): Promise<Found> => {
  const found = await find(repository, kind, reference)
  if ('status' in found) throw new Error(found.text)
  return found
}

const parseManifest = async (blob: Blob) => JSON.parse(String(await buffer(blob.read()))) as Manifest
const readManifest = async (find: Find, repository: Repository, reference: string) => {
  const { digest, blob } = await findPart(find, repository, 'manifests', reference)
  await blob.stored
  return { digest, manifest: await parseManifest(blob) }
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64' }

/**
 * Fetches the parts of an image that a node of this machine's architecture needs.
 * @returns their digests
 */
const fetchImage = async (find: Find, image: string): Promise<readonly string[]> => {
  const { reference, ...repository } = parseImage(image)
  const top = await readManifest(find, repository, reference)
  const architecture = architectures[process.arch] ?? process.arch
  const ours = top.manifest.manifests?.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  )
  const { digest, manifest } = ours ? await readManifest(find, repository, ours.digest) : top
  const digests = [manifest.config, ...(manifest.layers ?? [])].flatMap((part) => part?.digest ?? [])
  await Promise.all(
    digests.map(async (digest) => {
      const { blob } = await findPart(find, repository, 'blobs', digest)
      await blob.stored
    }),
  )
  return [top.digest, digest, ...digests]
}

const send = async (blob: Blob, response: ServerResponse): Promise<void> => {
  let bytes = 0
  const counted = async function* () {
    for await (const chunk of blob.read()) {
      bytes += chunk.length
      yield chunk
    }
  }
  await pipeline(counted, response).catch((error: unknown) => {
    // The reader may close the connection once it has the last byte.
    if (bytes < blob.size) throw error
  })
}

const answer = async (
  find: Find,
  origin: Origin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://cache')
  if (pathname === '/v2/') return void response.end('{}')
  const [, repository = '', kind = '', reference = ''] = requestPattern.exec(pathname) ?? []
  const registry = searchParams.get('ns') ?? ''
  const isPath = hostPattern.test(registry) && !repository.split('/').includes('..')
  const found =
    isPath && reference !== ''
      ? await find({ registry, repository }, kind, reference)
      : { status: 404, text: '' }
  if ('status' in found) {
    // For 404, containerd would say no more than "not found"; it repeats the reason of any other status.
    if (origin === theBundle) response.writeHead(410, notInBundle)
    else response.writeHead(found.status)
    return void response.end(found.text)
  }
  const { digest, blob } = found
  const contentType = kind === 'blobs' ? 'application/octet-stream' : mediaTypeOf(await parseManifest(blob))
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': blob.size,
    'docker-content-digest': digest,
  })
  // A node that has the content under another name asks for no more than the head.
  const hasBody = request.method !== 'HEAD'
  const start = performance.now()
  if (hasBody) await send(blob, response)
  else response.end()
  transfers.publish({
    image: `${registry}/${repository}`,
    from: origin,
    bytes: hasBody ? blob.size : 0,
    seconds: secondsSince(start),
  })
}

// More in parallel would not use the line better, and would delay the first image.
const imagesSideBySide = 4

/**
 * Serves images to the nodes from a folder on this machine, and fetches what is missing: an image comes from outside
 * once, for all nodes and all runs. The cache ends with the process; the nodes then ask the registries.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export const startImageCache = async (options: Options): Promise<ImageCache> => {
  const { folder, address, sourcesOf, origin } = options
  const find = imageFinder(openImageStore(folder), sourcesOf)
  const server = createServer((request, response) => {
    answer(find, origin, request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, address, resolve)
  })
  // It serves as long as something else keeps the process alive.
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${address}:${port}`,
    warm: async (images) => {
      const fetchOne = (image: string) =>
        fetchImage(find, image).catch((error: unknown) => {
          throw new Error(`${image}: ${messageOf(error)}`, { cause: error })
        })
      return (await pMap(images, fetchOne, { concurrency: imagesSideBySide, stopOnError: false })).flat()
    },
  }
}
