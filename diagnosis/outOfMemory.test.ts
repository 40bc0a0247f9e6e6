import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { outOfMemory } from './outOfMemory.ts'

const minute = 60_000
const killedAt = new Date('2026-11-29T04:00:00Z')

const pod = (reason: string): V1Pod => ({
  metadata: { name: 'prometheus-0', namespace: 'monitoring' },
  spec: { containers: [{ name: 'prometheus', resources: { limits: { memory: '250Mi' } } }] },
  status: {
    startTime: new Date(killedAt.getTime() - 4 * minute),
    containerStatuses: [
      {
        ...{ name: 'prometheus', image: '', imageID: '', ready: true, restartCount: 3 },
        state: { running: {} },
        lastState: { terminated: { exitCode: 137, reason, finishedAt: killedAt } },
      },
    ],
  },
})

test('a container that runs again was killed for its memory', () => {
  expect(outOfMemory([pod('OOMKilled')], killedAt.getTime() + 2 * minute)).toEqual([
    'Pod monitoring/prometheus-0: container prometheus runs again, but keeps crashing: exit code 137: out of memory, its limit is 250Mi, 3 restarts in 4 min 0 s\n' +
      '  remedy: raise resources.limits.memory of container prometheus where values/ or manifests/ set it',
  ])
})

test('neither an old kill nor another end of a container counts', () => {
  expect(outOfMemory([pod('OOMKilled')], killedAt.getTime() + 61 * minute)).toEqual([])
  expect(outOfMemory([pod('Error')], killedAt.getTime() + 2 * minute)).toEqual([])
})
