import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { missingDataSources, noDataSource } from './dataSources.ts'

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

test('a data source of a ConfigMap that Grafana refuses, with what Grafana says', async () => {
  const env = [
    { name: 'LABEL', value: 'grafana_datasource' },
    { name: 'NAMESPACE', value: 'ALL' },
    { name: 'FOLDER', value: '/etc/grafana/provisioning/datasources' },
  ]
  const labels = { grafana_datasource: '1' }
  const configMap = (name: string, text: string) => ({
    metadata: { name, namespace: 'default', labels },
    data: { [`${name}.yaml`]: text },
  })
  const log =
    'logger=provisioning.datasources level=error msg="Failed to provision" error="Only one datasource may be default"'
  const kubernetes = {
    core: {
      listNamespacedPod: async () => ({ items: [pod] }),
      readNamespacedPodLog: async () => log,
      listConfigMapForAllNamespaces: async () => ({
        items: [
          configMap('loki', 'datasources: [{name: Loki, isDefault: true}, {name: $OTHER}]'),
          configMap('known', 'datasources: [{name: Prometheus}]'),
          configMap('broken', 'datasources: ['),
        ],
      }),
    },
    apps: {
      readNamespacedDeployment: async () => ({
        spec: { template: { spec: { containers: [{ name: 'grafana-sc-datasources', env }] } } },
      }),
    },
  } as unknown as Kubernetes
  const known = { uid: 'prometheus', name: 'Prometheus', type: 'prometheus', url: '', isDefault: true }
  expect(await missingDataSources(kubernetes, grafana, [known])).toEqual([
    'data source Loki, which loki.yaml of ConfigMap default/loki defines, is not in Grafana',
    expect.stringMatching(/^broken\.yaml of ConfigMap default\/broken cannot be parsed: /),
    expect.stringMatching(
      /^Grafana says: Failed to provision: Only one datasource may be default\n {2}remedy/,
    ),
  ])
})
