import { expect, test } from 'vitest'
import { admissionErrorCause } from '../diagnosis/admissionErrors.ts'
import { crdDifferences } from './claims.ts'
import { compare } from './compare.ts'
import { base } from './example.ts'
import type { Observation } from './observation.ts'

const release = { chart: 'kube-prometheus-stack-89.0.0', revision: 2, status: 'deployed' }
const found = (before: Partial<Observation>, after: Partial<Observation>): string =>
  compare(
    { ...base, ...before },
    { ...base, releases: { ...base.releases, 'kube-prometheus-stack': release }, ...after },
  )
    .filter(({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/'))
    .map(({ verdict, id }) => `${verdict}: ${id}`)
    .join('\n')

// What chart versions broke in the past.
test('79.0.0: the password changed', () => {
  expect(
    found({}, { secrets: { 'monitoring/grafana': { 'admin-password': 'zzzz', 'ldap-toml': 'bbbb' } } }),
  ).toMatchInlineSnapshot(`"new: secret/monitoring/grafana/admin-password"`)
})

test('67.0.0: Prometheus 3 refuses a target without a content type', () => {
  const error = 'received unsupported Content-Type "" and no fallback_scrape_protocol specified for target'
  expect(
    found({}, { targets: { ...base.targets, 'node-exporter': { up: 0, down: [error] } } }),
  ).toMatchInlineSnapshot(`"new: target/node-exporter"`)
})

test('80.2.2: the image of a hook comes from another registry', () => {
  const hook = 'Hook kube-prometheus-stack/Job kube-prometheus-stack-admission-create: create'
  expect(
    found(
      { images: { [hook]: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.4' } },
      { images: { [hook]: 'ghcr.io/jkroepke/kube-webhook-certgen:1.7.2' } },
    ),
  ).toMatchInlineSnapshot(
    `"change: image/Hook kube-prometheus-stack/Job kube-prometheus-stack-admission-create: create"`,
  )
})

test('every operator: definitions that Helm leaves old', () => {
  const [difference] = crdDifferences([
    {
      chart: 'kube-prometheus-stack',
      name: 'prometheuses.monitoring.coreos.com',
      change: 'changed',
      became: 'left old',
      fields: ['v1: spec.scrapeClasses added'],
    },
  ])
  expect(difference).toMatchObject({
    verdict: 'change',
    id: 'crd-left/prometheuses.monitoring.coreos.com',
    sentence: expect.stringContaining('spec.scrapeClasses added'),
  })
})

test('63.0.0: ServiceMonitors that are no longer selected', () => {
  const { coredns, ...targets } = base.targets
  expect(coredns).toBeDefined()
  expect(found({}, { targets })).toMatchInlineSnapshot(`"new: target/coredns"`)
})

test('68.0.0: metrics that a panel needs are dropped', () => {
  const { node_load1, ...metrics } = base.metrics
  expect(node_load1).toBeDefined()
  expect(found({}, { metrics })).toMatchInlineSnapshot(`"new: metric/node_load1"`)
})

test('84.0.0: a panel that the new Grafana cannot query', () => {
  const panels = { 'Load / A': { expr: 'node_load1', answer: 'error: plugin not found' } }
  expect(
    found({}, { dashboards: { ...base.dashboards, nodes: { title: 'Nodes', panels } } }),
  ).toMatchInlineSnapshot(`"new: panel/nodes/Load / A"`)
})

test('75.0.0: rules in a group of another name are the same rules', () => {
  const rule = base.recordingRules['node / instance:load']
  expect(rule).toBeDefined()
  expect(
    found(
      { recordingRules: rule ? { 'node / instance:load': rule } : {} },
      { recordingRules: rule ? { 'stack-node / instance:load': rule } : {} },
    ),
  ).toBe('')
})

test('73.0.0 and vector 0.52.0: the chart refuses this Kubernetes', () => {
  const text =
    'Error: UPGRADE FAILED: chart requires kubeVersion: >=1.28.0-0 which is incompatible with Kubernetes v1.27.3'
  expect(admissionErrorCause(text, 'monitoring')).toMatchInlineSnapshot(`
    {
      "cause": "the chart requires Kubernetes >=1.28.0-0, the cluster runs v1.27.3",
      "remedy": "set E2E_NODE_IMAGE to a node image of such a version, or keep the previous chart",
    }
  `)
})

test('a field that cannot be changed in place', () => {
  const texts = [
    'Error: UPGRADE FAILED: cannot patch "grafana" with kind Deployment: Deployment.apps "grafana" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"grafana"}}: field is immutable',
    "Error: UPGRADE FAILED: StatefulSet.apps \"opensearch-cluster-master\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template' are forbidden",
  ]
  expect(texts.map((text) => admissionErrorCause(text, 'monitoring'))).toMatchInlineSnapshot(`
    [
      {
        "cause": "Deployment monitoring/grafana cannot be changed in place at spec.selector",
        "remedy": "\`kubectl -n monitoring delete deployment grafana --cascade=orphan\`, then upgrade again: its pods keep running",
      },
      {
        "cause": "StatefulSet monitoring/opensearch-cluster-master cannot be changed in place at spec",
        "remedy": "\`kubectl -n monitoring delete statefulset opensearch-cluster-master --cascade=orphan\`, then upgrade again: its pods keep running",
      },
    ]
  `)
})

test('a chart that refuses its values', () => {
  const text = [
    "Error: UPGRADE FAILED: values don't meet the specifications of the schema(s) in the following chart(s):",
    'vector:',
    "- at '/role': value must be one of 'Agent', 'Aggregator'",
    "- at '/tolerations': got array, want object",
    '',
  ]
  expect(admissionErrorCause(text.join('\n'), 'monitoring').cause).toMatchInlineSnapshot(
    `"the chart rejects its values: vector: at '/role': value must be one of 'Agent', 'Aggregator'; at '/tolerations': got array, want object"`,
  )
})

test('68.0.0: a ServiceMonitor drops more of what it scrapes', () => {
  const of = (relabelings: Readonly<Record<string, string>>) => ({
    objects: { 'ServiceMonitor monitoring/kubelet': { 'https-metrics /metrics/cadvisor': relabelings } },
  })
  const drop = { 'drop container_network_.*;cali.*': '__name__;interface' }
  expect(found(of({}), of(drop))).toMatchInlineSnapshot(
    `"change: object/ServiceMonitor monitoring/kubelet/https-metrics /metrics/cadvisor.drop container_network_.*;cali.*"`,
  )
})
