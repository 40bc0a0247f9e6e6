import { afterEach, expect, test, vi } from 'vitest'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { ourComponents } from '../config/components.ts'
import { ourServers } from '../config/endpoints.ts'
import { watchDrops } from './drops.ts'

const refused =
  '2026-11-29T11:26:54Z ERROR sink{component_kind="sink" component_id=opensearch component_type=elasticsearch}:' +
  'request{request_id=9}: vector::sinks::util::retries: Not retriable; dropping the request. ' +
  'reason="error type: unavailable_shards_exception, reason: primary shard is not active"'

const retried = refused.replace('Not retriable; dropping the request.', 'Retrying after response.')

const pod = (name: string) => ({
  metadata: {
    namespace: 'monitoring',
    name,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'vector', uid: 'u' }],
  },
  spec: { nodeName: 'worker', containers: [] },
})

afterEach(() => {
  vi.useRealTimers()
})

test('drops that a Vector pod logged are kept after the upgrade replaces the pod; retries are none', async () => {
  vi.useFakeTimers()
  const pods = { names: ['vector-old'] }
  const core = {
    listNamespacedPod: async () => ({ items: pods.names.map(pod) }),
    readNamespacedPodLog: async ({ name }: { name: string }) => (name === 'vector-old' ? refused : retried),
  }
  const end = watchDrops({ core } as unknown as Kubernetes, ourComponents, ourServers)
  await vi.advanceTimersByTimeAsync(1)
  pods.names = ['vector-new']
  await vi.advanceTimersByTimeAsync(5000)
  expect(await end()).toEqual([
    {
      node: 'worker',
      message: expect.stringMatching(/^Vector says in vector-old: .*unavailable_shards_exception/),
      remedy: expect.stringContaining('request_retry_partial'),
    },
  ])
})
