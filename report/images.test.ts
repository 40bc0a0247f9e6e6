import type { CoreV1Event } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { theBundle, thisMachine } from '../setup/imageCache.ts'
import { describeImages, describeSource, imageUses } from './images.ts'

const event = (message: string) => ({ reason: 'Pulled', message }) as CoreV1Event
const kept = event(
  'Container image "quay.io/a/kept:1" already present on machine and can be accessed by the pod',
)
const pulled = event(
  'Successfully pulled image "vector:1" in 1m2.5s (1m3s including waiting). Image size: 83091 bytes.',
)
const transfer = (image: string, from: string, bytes: number) => ({ image, from, bytes, seconds: 1 })

test('an image that every node had', () => {
  const uses = imageUses([kept, kept], [])
  expect(uses).toMatchObject([{ image: 'quay.io/a/kept:1', kept: 2, pulled: 0, bytes: 0 }])
  expect(uses.map(describeSource)).toEqual(['kept on the nodes'])
  expect(describeImages(uses)).toBe('0 bytes from outside')
})

test('an image that came from outside once, and to two nodes', () => {
  const repository = 'docker.io/library/vector'
  const transfers = [
    transfer(repository, 'mirror.test', 300e6),
    transfer(repository, thisMachine, 300e6),
    transfer(repository, thisMachine, 300e6),
  ]
  const uses = imageUses([pulled, pulled], transfers)
  expect(uses).toMatchObject([{ pulled: 2, seconds: 62.5, bytes: 300e6, sources: ['mirror.test'] }])
  expect(describeImages(uses)).toBe('300 MB from mirror.test')
})

test('an image that this machine had', () => {
  const uses = imageUses([pulled], [transfer('docker.io/library/vector', thisMachine, 300e6)])
  expect(uses.map(describeSource)).toEqual(['the image cache'])
  expect(describeImages(uses)).toBe('0 bytes from outside')
})

test('an image that came from the offline bundle', () => {
  const uses = imageUses([pulled], [transfer('docker.io/library/vector', theBundle, 300e6)])
  expect(uses).toMatchObject([{ bytes: 0, sources: [] }])
  expect(uses.map(describeSource)).toEqual(['the bundle'])
  expect(describeImages(uses)).toBe('0 bytes from outside; 1 image from the bundle')
})

test('a node that fell back to the registry is not counted as nothing', () => {
  const uses = imageUses([pulled], [])
  expect(uses).toMatchObject([{ pastCache: true }])
  expect(describeImages(uses)).toContain('1 image pulled past the image cache')
})
