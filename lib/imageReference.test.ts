import { expect, test } from 'vitest'
import { fullName, parseImage } from './imageReference.ts'

const digest = `sha256:${'0'.repeat(64)}`

test.each([
  ['busybox', 'docker.io', 'library/busybox', 'latest'],
  ['timberio/vector:0.56.0-alpine', 'docker.io', 'timberio/vector', '0.56.0-alpine'],
  ['quay.io/prometheus/prometheus:v3.14.0', 'quay.io', 'prometheus/prometheus', 'v3.14.0'],
  ['localhost:5000/app', 'localhost:5000', 'app', 'latest'],
  [`ghcr.io/a/b:1@${digest}`, 'ghcr.io', 'a/b', digest],
])('%s is an image of %s', (image, registry, repository, reference) => {
  expect(parseImage(image)).toEqual({ registry, repository, reference })
})

test.each([
  ['busybox', 'docker.io/library/busybox:latest'],
  [`ghcr.io/a/b:1@${digest}`, `ghcr.io/a/b@${digest}`],
])('the full name of %s is %s', (image, name) => {
  expect(fullName(image)).toBe(name)
})
