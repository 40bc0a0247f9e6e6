import { expect, test } from 'vitest'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { observeObjects } from './objects.ts'

test('a Role without rules, for which the API server returns null', async () => {
  const role = { metadata: { name: 'grafana', namespace: 'monitoring' }, rules: null }
  const get = async (path: string) => ({ items: path.endsWith('/roles') ? [role] : [] })
  const { objects } = await observeObjects({ get } as unknown as Kubernetes)
  expect(objects).toEqual({ 'Role monitoring/grafana': { rules: [] } })
})

test('a ServiceMonitor: its metric relabelings', async () => {
  const drop = {
    action: 'drop',
    regex: 'container_network_.*;cali.*',
    sourceLabels: ['__name__', 'interface'],
  }
  const endpoints = [
    { port: 'https-metrics', metricRelabelings: [drop] },
    { port: 'https-metrics', path: '/metrics/probes' },
  ]
  const metadata = { name: 'kubelet', namespace: 'monitoring' }
  const get = async (path: string) => ({
    items: path.endsWith('/servicemonitors') ? [{ metadata, spec: { endpoints } }] : [],
  })
  const { objects } = await observeObjects({ get } as unknown as Kubernetes)
  expect(objects).toEqual({
    'ServiceMonitor monitoring/kubelet': {
      'https-metrics /metrics': { 'drop container_network_.*;cali.*': '__name__;interface' },
      'https-metrics /metrics/probes': {},
    },
  })
})

const objectsOf = async (path: string, object: object) => {
  const get = async (asked: string) => ({ items: asked.endsWith(path) ? [object] : [] })
  return (await observeObjects({ get } as unknown as Kubernetes)).objects
}
const metadata = { name: 'shop', namespace: 'monitoring' }

test('each permission is one entry, however rules combine them', async () => {
  const joined = [{ verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods'] }]
  const split = ['', 'apps'].flatMap((group) =>
    ['list', 'get'].map((verb) => ({ verbs: [verb], apiGroups: [group], resources: ['pods'] })),
  )
  expect(await objectsOf('/roles', { metadata, rules: joined })).toEqual({
    'Role monitoring/shop': { rules: ['get pods', 'get pods.apps', 'list pods', 'list pods.apps'] },
  })
  expect(await objectsOf('/roles', { metadata, rules: split })).toEqual(
    await objectsOf('/roles', { metadata, rules: joined }),
  )
})

test('a StatefulSet: its volumes, resources, user, and the retention of Alertmanager', async () => {
  const template = {
    spec: {
      containers: [
        {
          name: 'main',
          args: ['--data.retention=120h'],
          volumeMounts: [
            { name: 'checkpoints', mountPath: '/a' },
            { name: 'logs', mountPath: '/b', readOnly: true },
          ],
          resources: { limits: { memory: '1Gi' }, requests: { cpu: '1' } },
        },
      ],
      securityContext: { fsGroup: 2000, runAsNonRoot: true },
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'checkpoints', hostPath: { path: '/var/lib/agent' } },
        { name: 'logs', hostPath: { path: '/var/log' } },
        { name: 'config', configMap: { name: 'x' } },
      ],
    },
  }
  const spec = { replicas: 2, template, volumeClaimTemplates: [{ metadata: { name: 'db' } }] }
  expect((await objectsOf('/statefulsets', { metadata, spec }))['StatefulSet monitoring/shop']).toEqual({
    selector: {},
    replicas: 2,
    arguments: expect.any(String) as string,
    containers: ['main'],
    serviceAccount: 'default',
    volumes: { checkpoints: 'hostPath /var/lib/agent', db: 'PersistentVolumeClaim', tmp: 'emptyDir' },
    resources: { main: { 'limits memory': '1Gi', 'requests cpu': '1' } },
    securityContext: { runAsUser: undefined, runAsGroup: undefined, fsGroup: 2000 },
    retention: '120h',
  })
})

test('a PodMonitor: also its relabelings before the scrape', async () => {
  const relabelings = [{ sourceLabels: ['__meta_a'], targetLabel: 'team' }]
  const spec = { podMetricsEndpoints: [{ port: 'web', relabelings }] }
  expect(await objectsOf('/podmonitors', { metadata, spec })).toEqual({
    'PodMonitor monitoring/shop': {
      'web /metrics': { 'before the scrape: replace .*': '__meta_a → team="$1"' },
    },
  })
})

test('a NetworkPolicy: who may connect to each port of the pods that it selects', async () => {
  const ports = [
    { name: 'web', containerPort: 80 },
    { name: 'admin', containerPort: 81 },
    { name: 'debug', containerPort: 82 },
  ]
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'main', ports }] } }
  const policy = {
    podSelector: { matchLabels: { app: 'shop' } },
    policyTypes: ['Ingress', 'Egress'],
    egress: [{ ports: [{ port: 53 }] }],
    ingress: [{ ports: [{ port: 'web' }] }, { ports: [{ port: 81 }], from: [{ podSelector: {} }] }],
  }
  const get = async (path: string) => ({
    items: path.endsWith('/deployments')
      ? [{ metadata, spec: { template } }]
      : path.endsWith('/networkpolicies')
        ? [{ metadata, spec: policy }]
        : [],
  })
  const { objects } = await observeObjects({ get } as unknown as Kubernetes)
  expect(objects['NetworkPolicy monitoring/shop']).toEqual({
    selects: ['Deployment monitoring/shop'],
    policyTypes: ['Egress', 'Ingress'],
    egress: 'some',
    admits: {
      'Deployment monitoring/shop: admin': 'some',
      'Deployment monitoring/shop: debug': 'nobody',
      'Deployment monitoring/shop: web': 'everyone',
    },
  })
})
