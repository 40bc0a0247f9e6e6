import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Shard } from '../clients/opensearch.ts'
import { ourComponents } from '../config/components.ts'
import { isPodOf } from './componentPods.ts'
import { openSearchNodes } from './openSearchNodes.ts'
import { expectedStatus, surplusReplicas } from './shards.ts'

/** The copies of a shard of an index. */
const shards = (index: string, copies: number): readonly Shard[] =>
  Array.from({ length: copies }, (_, copy) => ({
    ...{ index, shard: 0, reason: '' },
    primary: copy === 0,
    state: 'STARTED',
  }))
const logs = shards('logs-2026-11-28', 2)

test.each<[string, readonly Shard[], number, string, readonly string[]]>([
  ['one node', logs, 1, 'yellow', ['logs-2026-11-28']],
  ['one node, whose logs have no replica although they should', shards('logs-1', 1), 1, 'yellow', []],
  ['three nodes', logs, 3, 'green', []],
  ['three nodes, and more replicas', [...logs, ...shards('orders', 5)], 3, 'yellow', ['orders', 'orders']],
])('the status that nodes and replicas allow: %s', (_, all, dataNodes, status, surplus) => {
  expect(expectedStatus(all, 1, dataNodes)).toBe(status)
  expect(surplusReplicas(all, dataNodes)).toEqual(surplus)
})

test('a cluster of one node whose logs need no replica is green', () => {
  expect(expectedStatus(shards('logs-1', 1), 0, 1)).toBe('green')
})

test('the nodes of OpenSearch are those of every StatefulSet of its cluster', async () => {
  const statefulSet = (name: string, cluster: string, replicas: number) => ({
    metadata: { name },
    spec: {
      replicas,
      template: { spec: { containers: [{ env: [{ name: 'cluster.name', value: cluster }] }] } },
    },
  })
  const { opensearch } = ourComponents
  const items = [
    statefulSet(opensearch.name, 'a', 3),
    statefulSet('data', 'a', 2),
    statefulSet('other', 'b', 1),
  ]
  const apps = { listNamespacedStatefulSet: async () => ({ items }) }
  expect(await openSearchNodes({ apps } as unknown as Kubernetes, opensearch)).toEqual({ own: 3, all: 5 })
})

test('a pod belongs to the workload that owns it, to a Deployment through its ReplicaSet', () => {
  const pod = (kind: string, owner: string): V1Pod => ({
    metadata: {
      namespace: 'monitoring',
      labels: { 'pod-template-hash': '7b79' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind, name: owner, uid: '' }],
    },
  })
  const { vector, grafana } = ourComponents
  expect(isPodOf(pod('DaemonSet', 'vector'), vector)).toBe(true)
  expect(isPodOf(pod('DaemonSet', 'vector-2'), vector)).toBe(false)
  expect(isPodOf(pod('DaemonSet', 'vector'), { ...vector, namespace: 'logs' })).toBe(false)
  expect(isPodOf(pod('ReplicaSet', `${grafana.name}-7b79`), grafana)).toBe(true)
  expect(isPodOf(pod('ReplicaSet', `${grafana.name}-canary-7b79`), grafana)).toBe(false)
})
