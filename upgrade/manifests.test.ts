import { expect, test } from 'vitest'
import { compareManifests as compareRendered } from './manifests.ts'

const compareManifests = (before: string, after: string) => compareRendered(before, after).manifests

/** Each object that differs. */
const objectsOf = (before: string, after: string) =>
  compareManifests(before, after).map(({ object, change }) => `${change} ${object}`)

const pod = (fields: string) => `kind: Pod\nmetadata: { name: shop }\n${fields}`
const fieldsOf = (before: string, after: string) =>
  compareManifests(pod(before), pod(after)).flatMap(({ fields }) => fields)

test('objects that are added, removed and changed, also inside a List', () => {
  const before = `---
# Source: shop/templates/service.yaml
kind: Service
metadata: { name: shop, namespace: monitoring }
spec: { clusterIP: null, type: ClusterIP }
---
---
kind: ClusterRole
metadata: { name: shop }
`
  const after = `---
kind: Service
metadata: { name: shop, namespace: monitoring }
spec: { type: NodePort }
---
kind: ConfigMapList
items:
  - { kind: ConfigMap, metadata: { name: shop, namespace: monitoring } }
`
  expect(compareManifests(before, after)).toEqual([
    { object: 'ClusterRole shop', change: 'removed', fields: [], count: 0 },
    { object: 'ConfigMap monitoring/shop', change: 'added', fields: [], count: 0 },
    {
      object: 'Service monitoring/shop',
      change: 'changed',
      fields: ['spec.type: ClusterIP → NodePort'],
      count: 1,
    },
  ])
})

test('what differs in every version, and what is random, is no change', () => {
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

test('labels in a selector, and labels that cannot be changed, are a change', () => {
  const rendered = (version: string) => `
kind: StatefulSet
metadata: { name: shop, namespace: monitoring }
spec:
  selector: { matchLabels: { helm.sh/chart: shop-${version} } }
  volumeClaimTemplates:
    - metadata: { name: data, labels: { helm.sh/chart: shop-${version} } }
`
  expect(compareManifests(rendered('1.0.0'), rendered('2.0.0'))).toMatchObject([
    {
      fields: [
        'spec.selector.matchLabels["helm.sh/chart"]: shop-1.0.0 → shop-2.0.0',
        'spec.volumeClaimTemplates[0].metadata.labels["helm.sh/chart"]: shop-1.0.0 → shop-2.0.0',
      ],
    },
  ])
})

test('a Secret is compared by its keys', () => {
  const secret = (key: string) => `{ kind: Secret, metadata: { name: shop }, stringData: { ${key}: x } }`
  expect(compareManifests(secret('password'), secret('admin-password'))).toMatchObject([
    { fields: ['stringData.password: a secret → not set', 'stringData.admin-password: not set → a secret'] },
  ])
})

test('an object without a namespace is in the namespace of the release', () => {
  const before = 'kind: Service\nmetadata: { name: shop }'
  const after = 'kind: Service\nmetadata: { name: shop, namespace: monitoring }'
  expect(objectsOf(before, after)).toEqual([])
  expect(objectsOf(before, `${after}\nspec: { type: NodePort }`)).toEqual(['changed Service monitoring/shop'])
  expect(objectsOf(after, after.replace('monitoring', 'default'))).toEqual([
    'added Service default/shop',
    'removed Service monitoring/shop',
  ])
})

test.each([
  {
    what: 'a number that becomes text',
    before: 'port: 80',
    after: "port: '80'",
    fields: ['port: 80 → "80"'],
  },
  {
    what: 'a field that is new as a whole',
    before: '',
    after: 'spec: { type: NodePort }',
    fields: ['spec: not set → {"type":"NodePort"}'],
  },
  {
    what: 'items by their name, wherever they are in the list',
    before: 'list: [{ name: web, image: shop:1 }, { name: proxy, image: proxy:1 }]',
    after: 'list: [{ name: new }, { name: web, image: shop:2 }, { name: proxy, image: proxy:1 }]',
    fields: ['list[web].image: shop:1 → shop:2', 'list[new]: not set → {"name":"new"}'],
  },
  {
    what: 'arguments by their flag',
    before: 'args: [--port=80, --verbose, --level=info]',
    after: 'args: [--cache, --port=80, --level=warn]',
    fields: [
      'args[--verbose]: --verbose → not set',
      'args[--level]: --level=info → --level=warn',
      'args[--cache]: not set → --cache',
    ],
  },
  {
    what: 'permissions by their resources',
    before: 'rules: [{ resources: [pods], verbs: [get, list] }]',
    after: 'rules: [{ resources: [jobs], verbs: [get] }, { resources: [pods], verbs: [create, get, list] }]',
    fields: [
      'rules[pods].verbs[0]: not set → create',
      'rules[jobs]: not set → {"resources":["jobs"],"verbs":["get"]}',
    ],
  },
  {
    what: 'items of the same name by their order',
    before:
      'rules: [{ alert: Full, expr: a > 1 }, { alert: Full, expr: a > 2 }, { alert: Full, expr: a > 3 }]',
    after:
      'rules: [{ alert: Full, expr: a > 2 }, { alert: Full, expr: a > 4 }, { alert: Full, expr: a > 5 }]',
    fields: ['rules[Full].expr: a > 1 → a > 4', 'rules[Full 2].expr: a > 3 → a > 5'],
  },
  {
    what: 'a list in another order',
    before: 'list: [a, b]',
    after: 'list: [b, a]',
    fields: ['list: ["a","b"] → ["b","a"]'],
  },
  {
    what: 'text of many lines by the number of lines that differ',
    before: 'shop.ini: "a = 1\\nb = 2\\nc = 3"',
    after: 'shop.ini: "b = 3\\na = 1\\nc = 4"',
    fields: ['["shop.ini"]: 2 lines differ'],
  },
  {
    what: 'lines in another order',
    before: 'text: "a\\nb\\n"',
    after: 'text: "b\\na\\n"',
    fields: ['text: 1 line differs'],
  },
  {
    what: 'JSON in a text by its fields',
    before: `orders: '{"panels":[{"title":"Load","targets":[{"expr":"up","refId":"A"}]}]}'`,
    after: `orders: '{"panels": [{"title": "New"}, {"title": "Load", "targets": [{"expr": "up == 1", "refId": "A"}]}]}'`,
    fields: [
      'orders.panels[Load].targets[A].expr: up → up == 1',
      'orders.panels[New]: not set → {"title":"New"}',
    ],
  },
  {
    what: 'long values around the place where they differ',
    before: `image: registry.example/${'shop/'.repeat(20)}web@${'a'.repeat(90)}`,
    after: `image: registry.example/${'shop/'.repeat(20)}web@${'b'.repeat(90)}`,
    fields: [`image: …/shop/shop/shop/web@${'a'.repeat(60)}… → …/shop/shop/shop/web@${'b'.repeat(60)}…`],
  },
])('$what', ({ before, after, fields }) => expect(fieldsOf(before, after)).toEqual(fields))

test('the first fields, and how many differ in all', () => {
  const fields = (value: number) =>
    pod(Array.from({ length: 10 }, (_, index) => `field-${index}: ${value}`).join('\n'))
  const [change] = compareManifests(fields(1), fields(2))
  expect(change?.fields).toHaveLength(8)
  expect(change?.count).toBe(10)
})
