import { createHash } from 'node:crypto'
import { mkdtemp, open, readdir, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { NotStoredError } from './imageStore.ts'
import { onTransfer, startImageCache, theBundle, thisMachine, type Transfer } from './imageCache.ts'

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const layer = 'a layer'
const config = '{}'
const manifest = JSON.stringify({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { digest: digestOf(config) },
  layers: [{ digest: digestOf(layer) }],
})
const answers: Readonly<Record<string, string>> = {
  '/v2/shop/app/manifests/1.0': manifest,
  [`/v2/shop/app/manifests/${digestOf(manifest)}`]: manifest,
  [`/v2/shop/app/blobs/${digestOf(config)}`]: config,
  [`/v2/shop/app/blobs/${digestOf(layer)}`]: layer,
}

/** A mirror that counts what is asked for, and a cache in front of it. */
const startCache = async (
  respond = (path: string, response: ServerResponse) => {
    const text = answers[path]
    response.writeHead(text === undefined ? 404 : 200, { 'content-length': text?.length ?? 0 }).end(text)
  },
) => {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    const path = url.replace(/\?.*/, '')
    asked.push(path)
    respond(path, response)
  }).listen(0, '127.0.0.1')
  const folder = await mkdtemp(join(tmpdir(), 'images-'))
  onTestFinished(async () => {
    server.close()
    // After a part that is missing, the other parts still arrive.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const { port } = server.address() as AddressInfo
  const mirror = { name: 'mirror.test', url: `http://127.0.0.1:${port}` }
  const sourcesOf = (registry: string) => (registry === 'quay.io' ? [mirror] : [])
  const cache = await startImageCache({ folder, address: '127.0.0.1', sourcesOf, origin: thisMachine })
  const get = (path: string, method = 'GET') => fetch(`${cache.url}/v2/${path}?ns=quay.io`, { method })
  return { cache, get, asked, folder }
}

test('what was fetched once is served without asking again', async () => {
  const { cache, get, asked } = await startCache()
  const transfers: Transfer[] = []
  onTransfer((one) => transfers.push(one))
  await cache.warm(['quay.io/shop/app:1.0'])
  expect(asked).toHaveLength(3)
  const tag = await get('shop/app/manifests/1.0', 'HEAD')
  expect(tag.headers.get('docker-content-digest')).toBe(digestOf(manifest))
  expect(tag.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json')
  expect(await (await get(`shop/app/manifests/${digestOf(manifest)}`)).text()).toBe(manifest)
  expect(await (await get(`shop/app/blobs/${digestOf(layer)}`)).text()).toBe(layer)
  expect(asked).toHaveLength(3)
  const served = () => transfers.filter(({ from }) => from === thisMachine).map(({ bytes }) => bytes)
  // The reader has the last byte before the cache counts it.
  await vi.waitFor(() => expect(served()).toEqual([0, manifest.length, layer.length]))
  expect(transfers.map(({ from, bytes }) => [from, bytes])).toContainEqual(['mirror.test', layer.length])
})

test('nodes that ask at once share one download, and read it while it arrives', async () => {
  let finish = () => {}
  const { get, asked } = await startCache((_, response) => {
    response.writeHead(200, { 'content-length': layer.length }).write(layer.slice(0, 3))
    finish = () => response.end(layer.slice(3))
  })
  const path = `shop/app/blobs/${digestOf(layer)}`
  const nodes = await Promise.all([get(path), get(path)])
  finish()
  expect(await Promise.all(nodes.map((node) => node.text()))).toEqual([layer, layer])
  expect(asked).toHaveLength(1)
})

test('an image without one of its layers counts as not fetched', async () => {
  const { cache } = await startCache((path, response) => {
    const text = path.endsWith(digestOf(layer)) ? undefined : answers[path]
    response.writeHead(text === undefined ? 404 : 200, { 'content-length': text?.length ?? 0 }).end(text)
  })
  const { errors } = (await cache
    .warm(['quay.io/shop/app:1.0'])
    .catch((error: unknown) => error)) as AggregateError
  expect(errors).toMatchObject([{ message: 'quay.io/shop/app:1.0: mirror.test: HTTP 404' }])
})

test('a damaged layer is not kept', async () => {
  const { get, folder } = await startCache((_, response) => response.end('another!'))
  // The node compares the digest too.
  await get(`shop/app/blobs/${digestOf(layer)}`).then(
    (answer) => answer.text(),
    () => {},
  )
  await vi.waitFor(async () => expect(await readdir(folder, { recursive: true })).toEqual([]))
})

test('a download that is cut short is not kept', async () => {
  const { get, folder } = await startCache((_, response) => {
    response.writeHead(200, { 'content-length': layer.length })
    response.write(layer.slice(0, 3), () => setImmediate(() => response.destroy()))
  })
  await expect(get(`shop/app/blobs/${digestOf(layer)}`).then((answer) => answer.text())).rejects.toThrow()
  await vi.waitFor(async () => expect(await readdir(folder, { recursive: true })).toEqual([]))
})

test('what the disk does not take is passed on and not kept', async () => {
  const { cache, get, asked, folder } = await startCache()
  await writeFile(join(folder, 'blobs'), 'in the way')
  const { errors } = (await cache
    .warm(['quay.io/shop/app:1.0'])
    .catch((error: unknown) => error)) as AggregateError
  expect(errors).toMatchObject([{ cause: expect.any(NotStoredError) as unknown }])
  const path = `shop/app/blobs/${digestOf(layer)}`
  const nodes = await Promise.all([get(path), get(path)])
  expect(await Promise.all(nodes.map((node) => node.text()))).toEqual([layer, layer])
  expect(asked.length).toBeGreaterThan(1)
  // Its last byte is passed on before the file is removed.
  await vi.waitFor(async () => expect(await readdir(folder)).toEqual(['blobs', 'tags']))
})

test('a node that has read the beginning gets the rest when the disk is full', async () => {
  const rest: (() => void)[] = []
  const { get, asked, folder } = await startCache((_, response) => {
    response.writeHead(200, { 'content-length': layer.length }).write(layer.slice(0, 3))
    rest.push(() => response.end(layer.slice(3)))
  })
  const probe = await open(join(folder, 'probe'), 'w')
  await probe.close()
  await rm(join(folder, 'probe'))
  const write = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'writeFile')
  onTestFinished(() => write.mockRestore())
  const node = await get(`shop/app/blobs/${digestOf(layer)}`)
  write.mockRejectedValueOnce(new Error('ENOSPC'))
  rest[0]?.()
  await vi.waitFor(() => expect(rest).toHaveLength(2))
  rest[1]?.()
  expect(await node.text()).toBe(layer)
  expect(asked).toHaveLength(2)
  await vi.waitFor(async () => expect(await readdir(folder, { recursive: true })).toEqual([]))
})

test('a bundle serves what it has and says what it lacks', async () => {
  const { cache, folder } = await startCache()
  const parts = await cache.warm(['quay.io/shop/app:1.0'])
  expect(new Set(parts)).toEqual(new Set([manifest, config, layer].map(digestOf)))
  const transfers: Transfer[] = []
  onTransfer((one) => transfers.push(one))
  const options = { folder, address: '127.0.0.1', sourcesOf: () => [], origin: theBundle } as const
  const bundle = await startImageCache(options)
  const ask = (path: string) => fetch(`${bundle.url}/v2/${path}?ns=quay.io`)
  expect(await (await ask('shop/app/manifests/1.0')).text()).toBe(manifest)
  await vi.waitFor(() => expect(transfers).toMatchObject([{ from: theBundle, bytes: manifest.length }]))
  const missing = await ask('shop/app/manifests/2.0')
  expect([missing.status, missing.statusText]).toEqual([410, 'Not in the bundle'])
})

test.each([
  'shop/app/tags/list?ns=quay.io',
  'shop/app/manifests/1.0?ns=registry.test',
  'shop/app/manifests/1.0',
])('nothing is asked for %s', async (path) => {
  const { cache, asked } = await startCache()
  expect((await fetch(`${cache.url}/v2/${path}`)).status).toBe(404)
  expect(asked).toEqual([])
})
