import { expect, test } from 'vitest'
import { compareManifests } from './manifests.ts'

/** Each object in a line, its fields below it. */
const compared = (before: string, after: string): string =>
  compareManifests(before, after)
    .map(({ object, change, fields, count }) =>
      [`${change} ${object}${count > 0 ? ` (${count})` : ''}`, ...fields].join('\n  '),
    )
    .join('\n')

const configMap = (data: string) => `
kind: ConfigMap
metadata: { name: settings, namespace: monitoring }
data:
${data.replaceAll(/^/gm, '  ')}
`

test('what is added, removed and changed, by name', () => {
  const before = `---
# Source: shop/templates/service.yaml
kind: Service
metadata: { name: shop, namespace: monitoring }
spec:
  clusterIP: null
  ports:
    - { name: http, port: 80 }
    - { name: metrics, port: 9100 }
---
---
kind: ClusterRole
metadata: { name: shop }
rules:
  - { apiGroups: [''], resources: [pods], verbs: [get, list, watch] }
  - { apiGroups: [apps], resources: [deployments], verbs: [get] }
`
  const after = `---
kind: Service
metadata: { name: shop, namespace: monitoring, annotations: { prometheus.io/scrape: 'true' } }
spec:
  ports:
    - { name: health, port: 8081 }
    - { name: http, port: '80' }
    - { name: metrics, port: 9200 }
---
kind: ClusterRole
metadata: { name: shop }
rules:
  - { apiGroups: [batch], resources: [jobs], verbs: [get] }
  - { apiGroups: [''], resources: [pods], verbs: [create, get, list, watch] }
  - { apiGroups: [apps], resources: [deployments], verbs: [get] }
---
kind: ConfigMapList
items:
  - { kind: ConfigMap, metadata: { name: shop, namespace: monitoring } }
`
  expect(compared(before, after)).toMatchInlineSnapshot(`
    "changed ClusterRole shop (2)
      rules[pods].verbs[0]: not set → create
      rules[jobs]: not set → {"apiGroups":["batch"],"resources":["jobs"],"verbs":["get"]}
    added ConfigMap monitoring/shop
    changed Service monitoring/shop (4)
      metadata.annotations: not set → {"prometheus.io/scrape":"true"}
      spec.ports[http].port: 80 → "80"
      spec.ports[metrics].port: 9100 → 9200
      spec.ports[health]: not set → {"name":"health","port":8081}"
  `)
  expect(compared(after, before)).toMatchInlineSnapshot(`
    "changed ClusterRole shop (2)
      rules[jobs]: {"apiGroups":["batch"],"resources":["jobs"],"verbs":["get"]} → not set
      rules[pods].verbs[0]: create → not set
    removed ConfigMap monitoring/shop
    changed Service monitoring/shop (4)
      metadata.annotations: {"prometheus.io/scrape":"true"} → not set
      spec.ports[health]: {"name":"health","port":8081} → not set
      spec.ports[http].port: "80" → 80
      spec.ports[metrics].port: 9200 → 9100"
  `)
})

test('what each version has different, and what is random, is no change', () => {
  const rendered = (version: string) => `
kind: Deployment
metadata: { name: shop, labels: { helm.sh/chart: shop-${version}, app.kubernetes.io/version: ${version} } }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata:
      annotations: { checksum/config: a${version} }
      labels: { app: shop, chart: shop-${version}, heritage: Helm${version} }
---
kind: Secret
metadata: { name: shop, labels: { chart: shop-${version} } }
data: { password: a${version} }
---
kind: CustomResourceDefinition
metadata: { name: carts.shop.io }
spec: { group: v${version} }
`
  expect(compareManifests(rendered('1.0.0'), rendered('2.0.0'))).toEqual([])
  const unlabelled = 'kind: Service\nmetadata: { name: shop }'
  const labelled = 'kind: Service\nmetadata: { name: shop, labels: { chart: shop-1.0.0 } }'
  expect(compareManifests(unlabelled, labelled)).toEqual([])
})

test('labels by which something is selected, and those that cannot be changed, are a change', () => {
  const rendered = (version: string) => `
kind: StatefulSet
metadata: { name: shop, namespace: monitoring }
spec:
  selector: { matchLabels: { helm.sh/chart: shop-${version} } }
  volumeClaimTemplates:
    - metadata: { name: data, labels: { helm.sh/chart: shop-${version} } }
`
  expect(compared(rendered('1.0.0'), rendered('2.0.0'))).toMatchInlineSnapshot(`
    "changed StatefulSet monitoring/shop (2)
      spec.selector.matchLabels["helm.sh/chart"]: shop-1.0.0 → shop-2.0.0
      spec.volumeClaimTemplates[0].metadata.labels["helm.sh/chart"]: shop-1.0.0 → shop-2.0.0"
  `)
})

test('a Secret by its keys', () => {
  const secret = (key: string) => `{ kind: Secret, metadata: { name: shop }, stringData: { ${key}: x } }`
  expect(compared(secret('password'), secret('admin-password'))).toMatchInlineSnapshot(`
    "changed Secret shop (2)
      stringData.password: a secret → not set
      stringData.admin-password: not set → a secret"
  `)
})

test('the namespace of the release is the one that an object has that names none', () => {
  const before = 'kind: Service\nmetadata: { name: shop }'
  const after = 'kind: Service\nmetadata: { name: shop, namespace: monitoring }'
  expect(compareManifests(before, after)).toEqual([])
  expect(compared(before, `${after}\nspec: { type: NodePort }`)).toMatchInlineSnapshot(`
    "changed Service monitoring/shop (1)
      spec: not set → {"type":"NodePort"}"
  `)
  expect(compared(after, after.replace('monitoring', 'default'))).toMatchInlineSnapshot(`
    "added Service default/shop
    removed Service monitoring/shop"
  `)
})

test('of an item only what differs in it, wherever it stands now', () => {
  const pod = (containers: string) => `
kind: Pod
metadata: { name: shop, namespace: monitoring }
spec:
  containers:
${containers.replaceAll(/^/gm, '    ')}
`
  const before = pod(`
- name: web
  image: shop:1
  args: [--port=80, --verbose, --level=info]
  env: [{ name: HOME, value: / }]
- name: proxy
  image: proxy:1`)
  const after = pod(`
- name: metrics
  image: exporter:1
- name: web
  image: shop:2
  args: [--cache, --port=80, --level=warn]
  env: [{ name: CI, value: '1' }, { name: HOME, value: / }]
- name: proxy
  image: proxy:1`)
  expect(compared(before, after)).toMatchInlineSnapshot(`
    "changed Pod monitoring/shop (6)
      spec.containers[web].image: shop:1 → shop:2
      spec.containers[web].args[--verbose]: --verbose → not set
      spec.containers[web].args[--level]: --level=info → --level=warn
      spec.containers[web].args[--cache]: not set → --cache
      spec.containers[web].env[CI]: not set → {"name":"CI","value":"1"}
      spec.containers[metrics]: not set → {"name":"metrics","image":"exporter:1"}"
  `)
})

test('items of the same name in their order, and a list in another order', () => {
  const rules = (...thresholds: string[]) => `
kind: PrometheusRule
metadata: { name: disks, namespace: monitoring }
spec:
  groups:
    - name: disks
      rules: [${thresholds.map((text) => `{ alert: DiskFull, expr: ${text} }`).join(', ')}]
`
  expect(compared(rules('a > 1', 'a > 2', 'a > 3'), rules('a > 2', 'a > 4', 'a > 5'))).toMatchInlineSnapshot(`
    "changed PrometheusRule monitoring/disks (2)
      spec.groups[disks].rules[DiskFull].expr: a > 1 → a > 4
      spec.groups[disks].rules[DiskFull 2].expr: a > 3 → a > 5"
  `)
  expect(compared(rules('a > 1', 'a > 2'), rules('a > 2', 'a > 1'))).toMatchInlineSnapshot(`
    "changed PrometheusRule monitoring/disks (1)
      spec.groups[disks].rules: [{"alert":"DiskFull","expr":"a > 1"},{"alert":"DiskFull","expr":"a > 2"}] → [{"alert":"DiskFull","expr":"a > 2"},{"alert":"DiskFull","expr":"a > 1"}]"
  `)
})

test('texts of many lines by how many differ, and JSON in a text by its fields', () => {
  const before = configMap(`shop.ini: |
  a = 1
  b = 2
  c = 3
one.conf: |
  a = 1
  b = 2
orders.json: '{"title":"Orders","panels":[{"title":"Load","targets":[{"expr":"up","refId":"A"}]}]}'
`)
  const after = configMap(`shop.ini: |
  b = 3
  a = 1
  c = 4
one.conf: |
  b = 2
  a = 1
orders.json: '{"title": "Orders", "panels": [{"title": "New"}, {"title": "Load", "targets": [{"expr": "up == 1", "refId": "A"}]}]}'
`)
  expect(compared(before, after)).toMatchInlineSnapshot(`
    "changed ConfigMap monitoring/settings (4)
      data["shop.ini"]: 2 lines differ
      data["one.conf"]: 1 line differs
      data["orders.json"].panels[Load].targets[A].expr: up → up == 1
      data["orders.json"].panels[New]: not set → {"title":"New"}"
  `)
})

test('long values are shown where they differ', () => {
  const image = (digest: string) =>
    configMap(`image: registry.example/${'shop/'.repeat(20)}web@${digest.repeat(90)}`)
  expect(compared(image('a'), image('b'))).toMatchInlineSnapshot(`
    "changed ConfigMap monitoring/settings (1)
      data.image: …/shop/shop/shop/web@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa… → …/shop/shop/shop/web@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…"
  `)
})

test('the first fields, and how many there are', () => {
  const fields = (value: number) =>
    configMap(Array.from({ length: 10 }, (_, index) => `field-${index}: ${value}`).join('\n'))
  expect(compared(fields(1), fields(2))).toMatchInlineSnapshot(`
    "changed ConfigMap monitoring/settings (10)
      data.field-0: 1 → 2
      data.field-1: 1 → 2
      data.field-2: 1 → 2
      data.field-3: 1 → 2
      data.field-4: 1 → 2
      data.field-5: 1 → 2
      data.field-6: 1 → 2
      data.field-7: 1 → 2"
  `)
})
