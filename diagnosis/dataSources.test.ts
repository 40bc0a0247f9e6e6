import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { noDataSource } from './dataSources.ts'

const grafana = { namespace: 'monitoring', name: 'grafana' }
const pod: V1Pod = {
  metadata: {
    name: 'grafana-1',
    namespace: 'monitoring',
    labels: { 'pod-template-hash': '1' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'grafana-1', uid: '1' }],
  },
}
const logging = (log: string) =>
  ({
    core: { listNamespacedPod: async () => ({ items: [pod] }), readNamespacedPodLog: async () => log },
  }) as unknown as Kubernetes

const sent = (answer: string) => `{"msg":"None sent to http://localhost:3000/reload. Response: ${answer}"}`

test('the answer that Grafana gave to the sidecar is the cause', async () => {
  const log = [sent('200 OK'), sent('401 Unauthorized'), '{"msg":"Initial sync complete"}'].join('\n')
  expect(await noDataSource(logging(log), grafana)).toMatch(
    /the answer was 401 Unauthorized.*\n.*REQ_PASSWORD.*REQ_BASIC_AUTH_ENCODING/,
  )
  expect(await noDataSource(logging(sent('500 Internal Server Error')), grafana)).toMatch(
    /the answer was 500 .*\n.*a restart loads them/,
  )
})

test('without a refusal, the ConfigMap or the order of the start is', async () => {
  for (const log of ['', [sent('401 Unauthorized'), sent('200 OK')].join('\n')])
    expect(await noDataSource(logging(log), grafana)).toMatch(/must list one; if it does, Grafana started/)
})
