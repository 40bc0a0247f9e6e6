import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readAccepted } from './accepted.ts'
import { loadCheckedConfig, loadConfig } from './config.ts'
import { stackOf } from './stacks.ts'

/** A folder with these files; entries that end in / are empty folders. */
const makeFolder = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'overlay-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

const problemsOf = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const folder = await makeFolder(files)
  try {
    loadCheckedConfig({ E2E_OVERLAY: folder })
    return []
  } catch (error) {
    return (error as Error).message.split('\n').slice(2)
  }
}

test('what an overlay has', async () => {
  const folder = await makeFolder({
    'values/opensearch.yaml': 'replicas: 1',
    'values/vector.next.yaml': '',
    'manifests/shop.yaml': '',
    'accepted.yaml': '',
    'README.md': '',
  })
  const { overlay, releases } = loadCheckedConfig({ E2E_OVERLAY: folder })
  expect(overlay).toEqual({
    folder,
    values: { opensearch: join(folder, 'values/opensearch.yaml') },
    nextValues: { vector: join(folder, 'values/vector.next.yaml') },
    manifests: [join(folder, 'manifests/shop.yaml')],
    accepted: join(folder, 'accepted.yaml'),
  })
  expect(stackOf('opensearch', releases)).toMatchObject({
    chart: { version: stackOf('opensearch').chart?.version },
    values: ['values/opensearch.yaml', join(folder, 'values/opensearch.yaml')],
  })
  expect(stackOf('vector', releases).values).toEqual(['values/vector.yaml'])
})

test('everything that is wrong with an overlay, at once', async () => {
  const problems = await problemsOf({
    'dashboards/a.json': '',
    'values/grafana.yaml': '',
    'values/custom-metrics-app.yaml': '',
    'values/vector.yaml': 'role: [',
    'manifests/notes.txt': '',
    'manifests/a.yaml':
      'apiVersion: v1\nmetadata: { name: a }\n---\nkind: Secret\napiVersion: v1\nmetadata: {}',
    'manifests/b.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: custom-metrics-dashboard, namespace: monitoring }
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: a, namespace: shop }
---
apiVersion: v1
kind: Secret
metadata: { name: a }
---
apiVersion: v1
kind: Secret
metadata: { name: a, namespace: default }
`,
    'accepted.yaml': 'alerts:\n  - alert: Slow\n    reason: new\n    until: soon\n',
  })
  expect(problems.join('\n')).toMatchInlineSnapshot(`
    "    dashboards: an overlay has no such entry; it has values, manifests, claims.yaml, accepted.yaml, README.md
        values/custom-metrics-app.yaml: custom-metrics-app has no chart and so no values; the stacks with a chart are kube-prometheus-stack, opensearch, opensearch-dashboards, vector
        values/grafana.yaml: no stack is named grafana; the stacks with a chart are kube-prometheus-stack, opensearch, opensearch-dashboards, vector
        manifests/notes.txt: must be a file that ends in .yaml
        values/vector.yaml:1:8: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]
        manifests/a.yaml:1:1: has no kind
        manifests/a.yaml:6:11: Secret has no metadata.name
        manifests/b.yaml:1:1: ConfigMap monitoring/custom-metrics-dashboard is an object of this harness, in manifests/custom-metrics-dashboard.yaml: give yours another name
        manifests/b.yaml:5:1: ServiceMonitor shop/a: nothing creates namespace shop: add it to manifests/
        manifests/b.yaml:13:1: Secret default/a is already defined at manifests/b.yaml:9:1
        accepted.yaml:4:5: alerts[0].until: must be the last day on which it is accepted, such as 2027-01-31, not "soon""
  `)
})

test('entries that are no files or folders, values and names that cannot be', async () => {
  const problems = await problemsOf({
    values: '',
    'manifests/a.yaml/b': '',
    'manifests/b.yaml': 'apiVersion: 1\nmetadata: { name: "${NAME}", namespace: 5 }',
    'manifests/c.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: monitoring }',
    'manifests/d.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: {{ .Release.Name }} }\ndata: *x',
    'claims.yaml': '- { id: A, sentence: a, http: { server: grafana, path: / } }',
    'accepted.yaml/a': '',
  })
  expect(problems.join('\n')).toMatchInlineSnapshot(`
    "    values: must be a folder
        manifests/a.yaml: must be a file, not a folder
        accepted.yaml: must be a file, not a folder
        manifests/b.yaml:1:13: apiVersion: must be a string, not 1
        manifests/b.yaml:1:1: has no kind
        manifests/b.yaml:2:19: metadata.name: must be lower-case letters, digits, dots and dashes, not "\${NAME}"
        manifests/b.yaml:2:41: metadata.namespace: must be a string, not 5
        manifests/d.yaml:4:7: *x has no anchor &x above it
        manifests/c.yaml:1:1: Namespace monitoring is created by Kubernetes or by this harness: leave it out
        claims.yaml:1:5: claims[0].id: must be lower-case letters, digits and single dashes, a letter first, such as \`checkout-latency\`, not "A""
  `)
  expect(await problemsOf({ 'values/vector.yaml': 'role: *x' })).toEqual([
    '    values/vector.yaml:1:7: *x has no anchor &x above it',
  ])
  const file = join(await makeFolder({ file: '' }), 'file')
  expect(() => loadCheckedConfig({ E2E_OVERLAY: file })).toThrow(`E2E_OVERLAY=${file}: must be a folder`)
})

test('monitors need the stack that defines their kind', () => {
  const environment = { E2E_OVERLAY: 'examples/shop', E2E_STACKS: 'opensearch' }
  expect(() => loadCheckedConfig(environment)).toThrow(
    /manifests\/monitoring\.yaml:1:1: ServiceMonitor shop\/checkout: its kind comes with kube-prometheus-stack/,
  )
})

test('a missing folder', () => {
  const load = () => loadCheckedConfig({ E2E_OVERLAY: '/no/such/folder' })
  expect(load).toThrow('E2E_OVERLAY=/no/such/folder: no such folder')
  // The end of a run must not fail because somebody has moved the overlay meanwhile.
  expect(loadConfig({ E2E_OVERLAY: '/no/such/folder' }).overlay?.manifests).toEqual([])
})

test('entries of accepted.yaml have their position', async () => {
  const folder = await makeFolder({
    'accepted.yaml':
      'panels:\n  - { dashboard: Shop, panel: Refunds, reason: none yet, until: 2999-12-31 }\n',
  })
  const { panels, alerts } = readAccepted(loadConfig({ E2E_OVERLAY: folder }).overlay)
  expect(panels).toMatchObject([{ panel: 'Refunds', at: 'accepted.yaml:2:5 of the overlay' }])
  expect(alerts).toEqual([])
})
