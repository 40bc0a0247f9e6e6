import { expect, test } from 'vitest'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { loadConfig } from '../../config/config.ts'
import { serveApi } from '../../tests/apiServer.ts'
import { discover } from './discovery.ts'
import { findGrafanaLogin } from './logins.ts'

const named = (name: string) => ({ 'app.kubernetes.io/name': name })
const meta = (name: string, labels: object = {}, created = '2026-01-02T00:00:00Z') => ({
  metadata: { namespace: 'obs', name, labels, creationTimestamp: created },
})
type Port = Readonly<{ name: string; containerPort: number }>
const workload = (name: string, labels: object, ports: readonly Port[], env: object[] = []) => ({
  ...meta(name, labels),
  spec: {
    template: { metadata: { labels }, spec: { containers: [{ name: name.split('-').at(-1), ports, env }] } },
  },
  status: { availableReplicas: 1 },
})
const service = (name: string, selector: object, ports: object[], clusterIP = '10.0.0.1') => ({
  ...meta(name),
  spec: { selector, ports, clusterIP },
})

const prometheusPods = { ...named('prometheus'), 'operator.prometheus.io/name': 'mon-prometheus' }
const secretKeyRef = (key: string) => ({ valueFrom: { secretKeyRef: { name: 'mon-grafana', key } } })

// As kube-prometheus-stack and the charts of OpenSearch render them for a release of another name.
const lists: Readonly<Record<string, readonly object[]>> = {
  '/apis/monitoring.coreos.com/v1/prometheuses': [
    { ...meta('team-prometheus', {}, '2026-02-02T00:00:00Z'), status: { availableReplicas: 1 } },
    { ...meta('mon-prometheus'), status: { availableReplicas: 2 } },
    { ...meta('broken', {}, '2025-01-01T00:00:00Z'), status: { availableReplicas: 0 } },
  ],
  '/apis/apps/v1/statefulsets': [
    workload('prometheus-mon-prometheus', prometheusPods, [{ name: 'http-web', containerPort: 9090 }]),
    workload('opensearch-data', named('opensearch'), [{ name: 'http', containerPort: 9200 }]),
  ],
  '/apis/apps/v1/deployments': [
    workload(
      'mon-grafana',
      named('grafana'),
      [{ name: 'grafana', containerPort: 3000 }],
      [
        { name: 'GF_SECURITY_ADMIN_USER', ...secretKeyRef('admin-user') },
        { name: 'GF_SECURITY_ADMIN_PASSWORD', ...secretKeyRef('admin-password') },
      ],
    ),
    workload('osd', named('opensearch-dashboards'), []),
  ],
  '/apis/apps/v1/daemonsets': [workload('logs-vector', named('vector'), [])],
  '/api/v1/services': [
    service('prometheus-operated', prometheusPods, [{ port: 9090, targetPort: 'http-web' }], 'None'),
    service('mon-prometheus', prometheusPods, [
      { port: 8080, targetPort: 'reloader-web' },
      { port: 80, targetPort: 9090 },
    ]),
    service('mon-grafana', named('grafana'), [{ port: 80, targetPort: 'grafana' }]),
    service('opensearch-data', named('opensearch'), [{ port: 9200 }, { port: 9300 }]),
    service('everything', {}, [{ port: 3000 }]),
  ],
}

const connect = async (forbidden?: string) => {
  const { kubeconfig } = await serveApi(({ url = '' }) => {
    if (url === forbidden) return { status: 403, body: { message: 'secrets is forbidden' } }
    if (url.endsWith('/secrets/mon-grafana')) {
      const data = { 'admin-user': btoa('root'), 'admin-password': btoa('pw') }
      return { body: { apiVersion: 'v1', kind: 'Secret', data } }
    }
    const [, group, one] = /^(.*)\/namespaces\/obs(\/[a-z]+)\/[a-z-]+$/.exec(url) ?? []
    const items = lists[`${group}${one}`] ?? lists[url]
    if (one !== undefined) return { body: items?.[0] }
    return items && { body: { items } }
  })
  return connectKubernetes(kubeconfig, { readOnly: true })
}

test('components are found by their resources and labels, and their Services by selector and port', async () => {
  const { components, backends, lines } = await discover(await connect())
  expect(components).toEqual({
    prometheus: { namespace: 'obs', name: 'mon-prometheus' },
    grafana: { namespace: 'obs', name: 'mon-grafana' },
    opensearch: { namespace: 'obs', name: 'opensearch-data' },
    dashboards: { namespace: 'obs', name: 'osd' },
    vector: { namespace: 'obs', name: 'logs-vector' },
  })
  expect(backends).toMatchObject({
    prometheus: { service: 'mon-prometheus', port: 80 },
    grafana: { service: 'mon-grafana', port: 80 },
    opensearch: { service: 'opensearch-data', port: 9200 },
  })
  expect(lines.map(({ line }) => line)).toMatchInlineSnapshot(`
    [
      "Prometheus: Prometheus obs/mon-prometheus; not obs/team-prometheus, obs/broken: of several, the oldest available one is checked",
      "no Alertmanager: the cluster has no Alertmanager resource",
      "no Prometheus operator: no Deployment has a label app.kubernetes.io/name that is or ends with prometheus-operator",
      "Grafana: Deployment obs/mon-grafana",
      "no kube-state-metrics: no Deployment has a label app.kubernetes.io/name that is or ends with kube-state-metrics",
      "no node-exporter: no DaemonSet has a label app.kubernetes.io/name that is or ends with node-exporter",
      "OpenSearch: StatefulSet obs/opensearch-data",
      "OpenSearch Dashboards: Deployment obs/osd; no Service has target port 5601 of its pods, so it cannot be queried",
      "Vector: DaemonSet obs/logs-vector",
    ]
  `)
})

test('the login is read from the Secret that the pods use, if that is allowed', async () => {
  const login = async (forbidden?: string) => {
    const kubernetes = await connect(forbidden)
    const { components } = await discover(kubernetes)
    return findGrafanaLogin(kubernetes, loadConfig({ E2E_CONTEXT: 'staging' }), components)
  }
  expect(await login()).toEqual({ login: { user: 'root', password: 'pw' } })
  expect(await login('/api/v1/namespaces/obs/secrets/mon-grafana')).toEqual({
    why: 'Secret obs/mon-grafana has the login, but the account may not read it; set E2E_GRAFANA_LOGIN=<user>:<password>',
  })
})
