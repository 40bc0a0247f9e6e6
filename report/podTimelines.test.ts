import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { podTimelines } from './podTimelines.ts'

afterEach(() => void vi.useRealTimers())

const time = (ms: number | undefined) => (ms === undefined ? '-' : new Date(ms).toISOString().slice(14, 19))
const timesOf = (pods: readonly V1Pod[], events: readonly CoreV1Event[]) =>
  Object.fromEntries(
    podTimelines(pods, events).map(
      ({ name, created, scheduled, imagesPulled, started, ready, restarts, trouble }) => [
        name,
        [
          ...[created, scheduled, imagesPulled, started, ready].map(time),
          restarts,
          ...(trouble === undefined ? [] : ['trouble']),
        ].join(' '),
      ],
    ),
  )

test('created, scheduled, images pulled, started, ready, restarts', async () => {
  const { pods, of } = await readRecording('pod-times')
  const times = timesOf(pods, of('Event'))
  expect(Object.keys(times)).toHaveLength(pods.length)
  expect(times).toMatchObject({
    'opensearch-cluster-master-0': '43:42 44:13 44:20 44:25 44:50 0',
    // Its image was on the node already.
    'coredns-66bc5c9577-dxt68': '43:42 43:51 - 43:55 43:56 0',
    // The API server learned of this static pod after it was scheduled.
    'etcd-observability-e2e-control-plane': '43:10 43:10 - 43:22 43:47 0',
  })
})

test('pods with a problem have no times for what they have not reached', async () => {
  const { pods, of } = await readRecording('crashes')
  const times = timesOf(pods, of('Event'))
  expect(times).toMatchObject({
    'command-not-found': '52:53 52:53 - - - 3 trouble',
    evicted: '52:55 52:55 - 55:04 - 0 trouble',
    'init-crashing': '52:54 52:54 - - - 3 trouble',
    'keeps-crashing': '52:53 52:53 - 56:02 - 3 trouble',
    'liveness-failing': '52:53 52:53 - 56:27 - 4 trouble',
  })
  expect(Object.values(times).every((text) => text.endsWith(' trouble'))).toBe(true)
})

test('a pod that has succeeded is ready since its last container finished', () => {
  const finishedAt = '2026-11-23T07:44:15Z'
  const finished = {
    restartCount: 0,
    state: { terminated: { exitCode: 0, startedAt: finishedAt, finishedAt } },
  }
  const readySince = (...containerStatuses: readonly object[]) => {
    const pod = { metadata: { name: 'done' }, status: { phase: 'Succeeded', containerStatuses } }
    return podTimelines([pod as unknown as V1Pod], [])[0]?.ready
  }
  expect(readySince(finished)).toBe(Date.parse(finishedAt))
  expect(readySince(finished, { restartCount: 0, state: {} })).toBeUndefined()
})
