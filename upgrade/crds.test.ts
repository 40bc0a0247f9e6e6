import { expect, test } from 'vitest'
import { compareCrds } from './crds.ts'

const definition = (name: string, versions: string, scope = 'Namespaced') => `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${name}
spec:
  scope: ${scope}
  versions:
${versions.trim().replaceAll(/^/gm, '    ')}
`
const version = (name: string, spec: string, { served = true, storage = true } = {}) => `
- name: ${name}
  served: ${served}
  storage: ${storage}
  schema:
    openAPIV3Schema:
      type: object
      properties:
        spec: ${spec}`

const cart = '{ type: object, properties: { size: { type: integer } } }'
const described =
  '{ type: object, description: A cart., properties: { size: { type: integer, description: How large. } } }'

test('what is added helm makes, what is removed or changed it leaves, unless it is applied', () => {
  const before =
    definition('carts.shop.io', version('v1', cart)) + definition('old.shop.io', version('v1', cart))
  const after =
    definition('carts.shop.io', version('v1', cart), 'Cluster') +
    definition('new.shop.io', version('v1', cart))
  const carts = {
    chart: 'shop',
    name: 'carts.shop.io',
    change: 'changed',
    fields: ['scope: Namespaced → Cluster'],
  }
  const added = { chart: 'shop', name: 'new.shop.io', change: 'added', became: 'applied', fields: [] }
  const removed = { chart: 'shop', name: 'old.shop.io', change: 'removed', became: 'left old', fields: [] }
  expect(compareCrds('shop', before, after, false)).toEqual([
    { ...carts, became: 'left old' },
    added,
    removed,
  ])
  expect(compareCrds('shop', before, after, true)).toEqual([{ ...carts, became: 'applied' }, added, removed])
})

test('texts that describe a field are no part of the definition', () => {
  const [before, after] = [cart, described].map((spec) => definition('carts.shop.io', version('v1', spec)))
  expect(compareCrds('shop', before ?? '', after ?? '', false)).toEqual([])
  expect(compareCrds('shop', '', '', false)).toEqual([])
})

const fieldsOf = (before: string, after: string) =>
  compareCrds('shop', definition('carts.shop.io', before), definition('carts.shop.io', after), false)
    .flatMap(({ fields }) => fields)
    .join('\n')

test('versions that are no longer served, served now, stored now', () => {
  const before =
    version('v1alpha1', cart, { storage: false }) +
    version('v1beta1', cart) +
    version('v1', cart, { served: false, storage: false })
  const after = version('v1beta1', cart, { served: false, storage: false }) + version('v1', cart)
  expect(fieldsOf(before, after)).toMatchInlineSnapshot(`
    "version v1alpha1 is no longer served
    version v1beta1 is no longer served
    version v1 is now served
    v1: storage: false → true"
  `)
})

test('fields of the schema, in lists and maps as well', () => {
  const before = `
          type: object
          required: [size]
          properties:
            size: { type: integer, maximum: 10 }
            description: { type: string }
            items:
              type: array
              items: { type: object, properties: { price: { type: string, enum: [low, high] } } }
            labels: { additionalProperties: { type: object, properties: { text: { type: string } } } }`
  const after = `
          type: object
          required: [size, owner]
          properties:
            size: { type: string }
            owner: { type: object, properties: { name: { type: string } } }
            items:
              type: array
              items: { type: object, properties: { price: { type: string, enum: [low] }, tax: { type: string } } }
            labels: { additionalProperties: { type: object } }`
  expect(fieldsOf(version('v1', before), version('v1', after))).toMatchInlineSnapshot(`
    "v1: spec.required[1]: not set → owner
    v1: spec.size.type: integer → string
    v1: spec.size.maximum: 10 → not set
    v1: spec.description removed
    v1: spec.items[].price.enum[1]: high → not set
    v1: spec.items[].tax added
    v1: spec.labels[*].properties: {"text":{"type":"string"}} → not set
    v1: spec.owner added"
  `)
})

test('the first fields, and how many more there are', () => {
  const sizes = Array.from({ length: 10 }, (_, index) => `size${index}: { type: integer }`).join(', ')
  const after = `{ type: object, properties: { size: { type: integer }, ${sizes} } }`
  expect(fieldsOf(version('v1', cart), version('v1', after))).toMatchInlineSnapshot(`
    "v1: spec.size0 added
    v1: spec.size1 added
    v1: spec.size2 added
    v1: spec.size3 added
    v1: spec.size4 added
    v1: spec.size5 added
    v1: spec.size6 added
    v1: spec.size7 added
    and 2 more"
  `)
})
