import { expect, test } from 'vitest'
import { describeUndecided } from './claims.ts'
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

test.each([
  [48, ['vector-nodes', 'logs-shape'], '48 of 50 decided, waiting for: vector-nodes, logs-shape'],
  [45, ['a', 'b', 'c', 'd', 'e'], '45 of 50 decided, waiting for: a, b, c and 2 more'],
  [50, [], '50 of 50 decided'],
])('%d claims are decided, undecided: %j', (decided, ids, text) => {
  expect(describeUndecided(decided, 50, new Set(ids))).toBe(text)
})
