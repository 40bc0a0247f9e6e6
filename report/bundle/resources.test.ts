import { expect, test } from 'vitest'
import { listableKinds, toYaml } from './resources.ts'

const all = ['get', 'list', 'watch']

test('each kind that can be listed, once, in the version to prefer', () => {
  const kinds = listableKinds([
    {
      groupVersion: 'v1',
      resources: [
        { name: 'pods', kind: 'Pod', verbs: all },
        { name: 'pods/log', kind: 'Pod', verbs: ['get'] },
        { name: 'bindings', kind: 'Binding', verbs: ['create'] },
        { name: 'events', kind: 'Event', verbs: all },
      ],
    },
    { groupVersion: 'events.k8s.io/v1', resources: [{ name: 'events', kind: 'Event', verbs: all }] },
    {
      groupVersion: 'monitoring.coreos.com/v1',
      resources: [{ name: 'probes', kind: 'Probe', verbs: all }],
    },
    {
      groupVersion: 'monitoring.coreos.com/v1alpha1',
      resources: [
        { name: 'probes', kind: 'Probe', verbs: all },
        { name: 'scrapeconfigs', kind: 'ScrapeConfig', verbs: all },
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

test('objects get the kind that a list leaves out, and lose managed fields and credentials', () => {
  const kind = { kind: 'Secret', apiVersion: 'v1', path: '/api/v1/secrets' }
  const secrets = ['a', 'b'].map((name) => ({
    metadata: { name, managedFields: [{ manager: 'helm' }] },
    data: { 'admin-password': 'aHVudGVyMg==' },
  }))
  expect(toYaml(kind, secrets)).toMatchInlineSnapshot(`
    "apiVersion: v1
    kind: Secret
    metadata:
      name: a
    data:
      admin-password: REDACTED
    ---
    apiVersion: v1
    kind: Secret
    metadata:
      name: b
    data:
      admin-password: REDACTED
    "
  `)
})

test('a definition of a kind goes without its schema', () => {
  const kind = { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1', path: '/apis' }
  const definition = {
    metadata: { name: 'probes.monitoring.coreos.com' },
    spec: { group: 'monitoring.coreos.com', versions: [{ name: 'v1', schema: { openAPIV3Schema: {} } }] },
    status: { storedVersions: ['v1'] },
  }
  expect(toYaml(kind, [definition])).toMatchInlineSnapshot(`
    "apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: probes.monitoring.coreos.com
    spec:
      group: monitoring.coreos.com
      versions:
        - name: v1
          schema: left out
    status:
      storedVersions:
        - v1
    "
  `)
})
