import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadCheckedConfig } from '../config/config.ts'
import { readOwnClaims } from '../config/ownClaims.ts'
import { overlayNames } from '../config/overlayNames.ts'
import { readManifests } from '../config/overlayManifests.ts'
import { isObject } from '../lib/json.ts'
import { initOverlay } from './initOverlay.ts'

test('the overlay of `npm run init` is valid, and nothing is overwritten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'init-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const target = join(folder, 'team')
  await initOverlay(target)
  const { overlay } = loadCheckedConfig({ E2E_OVERLAY: target })
  expect(overlay).toMatchObject({
    claims: join(target, 'claims.yaml'),
    accepted: join(target, 'accepted.yaml'),
  })
  const [, schema = ''] = /\$schema=(\S+)/.exec(await readFile(join(target, 'accepted.yaml'), 'utf8')) ?? []
  expect(resolve(target, schema)).toBe(resolve('schemas/accepted.schema.json'))
  await expect(initOverlay(target)).rejects.toThrow(/is not empty; nothing was written/)
  await expect(initOverlay(join(target, 'claims.yaml'))).rejects.toThrow(/is a file; nothing was written/)
})

test.each(['examples/start', 'examples/shop'])('the overlay in %s is valid', (folder) => {
  const { overlay } = loadCheckedConfig({ E2E_OVERLAY: folder })
  const { objects } = readManifests(overlay ?? { folder, values: {}, nextValues: {}, manifests: [] })
  expect(readOwnClaims(`${folder}/claims.yaml`)).not.toEqual([])
  expect(overlayNames(objects).length).toBeGreaterThan(objects.length)
  for (const { object } of objects.filter(
    ({ object: { kind, metadata } }) => kind === 'ConfigMap' && metadata.labels,
  ))
    for (const [key, text] of Object.entries(isObject(object['data']) ? object['data'] : {}))
      expect(() => JSON.parse(String(text)) as unknown, key).not.toThrow()
})

test('the shop uses an image of the stacks, so no other image is pulled', async () => {
  const [ours, theirs] = await Promise.all(
    ['manifests/custom-metrics-app.yaml', 'examples/shop/manifests/checkout.yaml'].map((file) =>
      readFile(file, 'utf8'),
    ),
  )
  const imageIn = (text = '') => /image: (\S+)/.exec(text)?.[1]
  expect(imageIn(theirs)).toBe(imageIn(ours))
})
