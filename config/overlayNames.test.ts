import { expect, test } from 'vitest'
import { parseManifest } from './overlayManifests.ts'
import { describeOrigins, overlayNames } from './overlayNames.ts'

const manifest = `apiVersion: v1
kind: ConfigMap
metadata: { name: shop-dashboard, namespace: shop }
data:
  shop.json: |
    {
      "title": "Shop",
      "panels": [
        { "title": "Checkouts",
          "targets": [] },
        { "title": "Refunds" }
      ]
    }
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: shop, namespace: shop }
spec:
  groups:
    - name: shop.rules
      rules:
        - record: shop:checkouts:rate1m
          expr: rate(a[1m])
        - alert: ShopSlow
          expr: a > 1
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout, namespace: shop }
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: checkout, namespace: shop }
`

test('rules that the operator refuses hide no others', () => {
  const { objects } = parseManifest(
    'm.yaml',
    `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: a }
spec: { groups: [null, { name: 5, rules: null }, { name: g, rules: [null, { alert: 7 }, { alert: Slow }] }] }`,
  )
  expect(describeOrigins('alert Slow of group g is firing', overlayNames(objects))).toEqual([
    '  from: m.yaml:4 of the overlay',
  ])
})

const names = overlayNames(parseManifest('manifests/shop.yaml', manifest).objects)

test.each([
  ['"Shop" (shop.json): panel "Refunds" A: no data: a: there is no metric a', [11]],
  ['"Shop" is not in Grafana', [7]],
  ['"Custom" (custom.json): panel "Refunds" A: no data', []],
  ['shop.json of ConfigMap shop/shop-dashboard is not JSON', [5]],
  ['alert ShopSlow of group shop.rules is firing', [24]],
  ['rule shop:checkouts:rate1m of group shop.rules cannot be evaluated', [22]],
  ['metric shop:checkouts:rate1m_total, alert ShopSlower', []],
  ['Pod shop/checkout-7d9f6bc5b8-x2x5p: image cannot be pulled', [27]],
  ['Deployment/checkout: 0 of 1 pods Ready', [27]],
  ['ServiceMonitor shop/checkout has no target', [31]],
  ['serviceMonitor/shop/checkout/0 is down', [31]],
  ['receiver shop/checkout/hook', []],
  ['Service shop/checkout selects no pod', []],
  ['serviceMonitor/shop/checkout-old/0 in namespace shop', []],
])('which lines a message is about: %s', (message, lines) => {
  expect(describeOrigins(message, names)).toEqual(
    lines.map((line) => `  from: manifests/shop.yaml:${line} of the overlay`),
  )
})
