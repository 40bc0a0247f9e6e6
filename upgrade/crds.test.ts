import { expect, test } from 'vitest'
import { crdDifferences } from './claims.ts'
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

test('Helm neither creates nor updates CRDs in an upgrade, unless --apply-crds applies them', () => {
  const before =
    definition('carts.shop.io', version('v1', cart)) + definition('old.shop.io', version('v1', cart))
  const after =
    definition('carts.shop.io', version('v1', cart), 'Cluster') +
    definition('new.shop.io', version('v1', cart))
  const changesOf = (applied: boolean) =>
    compareCrds('shop', before, after, applied).map(({ name, change, became }) => [name, change, became])
  const changesWith = (became: string) => [
    ['carts.shop.io', 'changed', became],
    ['new.shop.io', 'added', became],
    ['old.shop.io', 'removed', 'left old'],
  ]
  expect(changesOf(false)).toEqual(changesWith('left old'))
  expect(changesOf(true)).toEqual(changesWith('applied'))
  expect(crdDifferences(compareCrds('shop', before, after, false))).toMatchObject([
    {
      id: 'crd-left/carts.shop.io',
      verdict: 'change',
      sentence: expect.stringContaining('scope: Namespaced → Cluster'),
    },
    { id: 'crd-left/new.shop.io', sentence: expect.stringContaining('does not create') },
  ])
})

test('descriptions of fields do not count', () => {
  const [before, after] = [cart, described].map((spec) => definition('carts.shop.io', version('v1', spec)))
  expect(compareCrds('shop', before ?? '', after ?? '', false)).toEqual([])
  expect(compareCrds('shop', '', '', false)).toEqual([])
})

const fieldsOf = (before: string, after: string) =>
  compareCrds('shop', definition('carts.shop.io', before), definition('carts.shop.io', after), false).flatMap(
    ({ fields }) => fields,
  )

test('versions that are no longer served, newly served, newly stored', () => {
  const before =
    version('v1alpha1', cart, { storage: false }) +
    version('v1beta1', cart) +
    version('v1', cart, { served: false, storage: false })
  const after = version('v1beta1', cart, { served: false, storage: false }) + version('v1', cart)
  expect(fieldsOf(before, after)).toEqual([
    'version v1alpha1 is no longer served',
    'version v1beta1 is no longer served',
    'version v1 is now served',
    'v1: storage: false → true',
  ])
})

test.each([
  ['required: [size]', 'required: [size, owner]', 'required[1]: not set → owner'],
  [
    'properties: { size: { type: integer } }',
    'properties: { size: { type: string } }',
    'size.type: integer → string',
  ],
  ['properties: { description: { type: string } }', 'properties: {}', 'description removed'],
  ['properties: {}', 'properties: { owner: { type: object } }', 'owner added'],
  [
    'properties: { list: { items: { properties: { kind: { enum: [low, high] } } } } }',
    'properties: { list: { items: { properties: { kind: { enum: [low] } } } } }',
    'list[].kind.enum[1]: high → not set',
  ],
  [
    'properties: { map: { additionalProperties: { properties: {} } } }',
    'properties: { map: { additionalProperties: { properties: { text: { type: string } } } } }',
    'map[*].text added',
  ],
])('a schema that changes from %s', (before, after, field) => {
  expect(fieldsOf(version('v1', `{ ${before} }`), version('v1', `{ ${after} }`))).toEqual([
    `v1: spec.${field}`,
  ])
})

test('the first fields, and how many more there are', () => {
  const sizes = Array.from({ length: 10 }, (_, index) => `size${index}: { type: integer }`).join(', ')
  const after = `{ type: object, properties: { size: { type: integer }, ${sizes} } }`
  const fields = fieldsOf(version('v1', cart), version('v1', after))
  expect(fields).toHaveLength(9)
  expect([fields[0], fields.at(-1)]).toEqual(['v1: spec.size0 added', 'and 2 more'])
})
