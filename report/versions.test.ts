import { expect, test } from 'vitest'
import { describeUndecided } from './claims.ts'
import { imageVersions } from './versions.ts'

test('versions of images, from whatever registry, with a digest or without', () => {
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

test('claims that are undecided: how many, and some of them by name', () => {
  const undecided = new Set(['vector-nodes', 'logs-shape'])
  expect(describeUndecided(48, 50, undecided)).toBe('48 of 50 decided, waiting for: vector-nodes, logs-shape')
  for (const id of ['logs-event-time', 'dql-since', 'dql-exists']) undecided.add(id)
  expect(describeUndecided(45, 50, undecided)).toBe(
    '45 of 50 decided, waiting for: vector-nodes, logs-shape, logs-event-time and 2 more',
  )
  expect(describeUndecided(50, 50, new Set())).toBe('50 of 50 decided')
})
