import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { listableKinds, toYaml } from './resources.ts'

const verbs = ['get', 'list', 'watch']

test('each kind that can be listed, once, in its preferred version', () => {
  const kinds = listableKinds([
    {
      groupVersion: 'v1',
      resources: [
        { name: 'pods', kind: 'Pod', verbs },
        { name: 'pods/log', kind: 'Pod', verbs: ['get'] },
        { name: 'bindings', kind: 'Binding', verbs: ['create'] },
        { name: 'events', kind: 'Event', verbs },
      ],
    },
    { groupVersion: 'events.k8s.io/v1', resources: [{ name: 'events', kind: 'Event', verbs }] },
    { groupVersion: 'monitoring.coreos.com/v1', resources: [{ name: 'probes', kind: 'Probe', verbs }] },
    {
      groupVersion: 'monitoring.coreos.com/v1alpha1',
      resources: [
        { name: 'probes', kind: 'Probe', verbs },
        { name: 'scrapeconfigs', kind: 'ScrapeConfig', verbs },
      ],
    },
  ])
  expect(kinds.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'Pod /api/v1/pods',
    'Event /api/v1/events',
    'Probe /apis/monitoring.coreos.com/v1/probes',
    'ScrapeConfig /apis/monitoring.coreos.com/v1alpha1/scrapeconfigs',
  ])
})

test('objects have a kind, which lists leave out, and no managed fields or credentials', () => {
  const kind = { kind: 'Secret', apiVersion: 'v1', path: '/api/v1/secrets' }
  const secrets = ['a', 'b'].map((name) => ({
    metadata: { name, managedFields: [{ manager: 'helm' }] },
    data: { 'admin-password': 'aHVudGVyMg==' },
  }))
  expect(parseAllDocuments(toYaml(kind, secrets)).map((document) => document.toJS() as unknown)).toEqual(
    ['a', 'b'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: { 'admin-password': 'REDACTED' },
    })),
  )
})

test('a CustomResourceDefinition has no schemas', () => {
  const kind = { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1', path: '/apis' }
  const status = { storedVersions: ['v1'] }
  const spec = { group: 'a.b', versions: [{ name: 'v1', schema: { openAPIV3Schema: {} } }] }
  expect(parse(toYaml(kind, [{ metadata: { name: 'c.a.b' }, spec, status }]))).toMatchObject({
    spec: { group: 'a.b', versions: [{ name: 'v1', schema: 'left out' }] },
    status,
  })
})
