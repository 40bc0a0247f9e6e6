import { expect, test } from 'vitest'
import { imageVersions } from './versions.ts'

test('image versions: any registry, with or without a digest', () => {
  const pod = (...images: readonly string[]) => ({
    spec: { containers: images.map((image) => ({ name: 'one', image })) },
  })
  const pods = [
    pod('quay.io/prometheus/prometheus:v3.14.0-distroless', 'mirror:5000/busybox'),
    pod('node:24-slim@sha256:099e', 'quay.io/prometheus/prometheus:v3.13.1', 'node:24-slim'),
  ]
  expect(imageVersions(pods)).toEqual({
    'mirror:5000/busybox': 'latest',
    node: '24-slim',
    'quay.io/prometheus/prometheus': 'v3.14.0-distroless, v3.13.1',
  })
})
