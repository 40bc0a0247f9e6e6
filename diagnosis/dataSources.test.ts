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
  const refused = sent('401 Unauthorized {\\"message\\":\\"Invalid username or password\\"}')
  const log = [sent('200 OK'), refused, '{"msg":"Initial sync complete"}'].join('\n')
  expect(await noDataSource(logging(log), grafana)).toMatch(
    /^Grafana has no .* request to reload them with 401 Unauthorized\n.*REQ_PASSWORD.*REQ_BASIC_AUTH_ENCODING/,
  )
  expect(await noDataSource(logging(sent('500 Internal Server Error')), grafana)).toMatch(
    /with 500 Internal Server Error\n.*restart Grafana/,
  )
})

test('without a refusal, the remedy is about the ConfigMap and the order of the start', async () => {
  for (const log of ['', [sent('401 Unauthorized'), sent('200 OK')].join('\n')])
    expect(await noDataSource(logging(log), grafana)).toMatch(/must list one; if it does, Grafana started/)
})
