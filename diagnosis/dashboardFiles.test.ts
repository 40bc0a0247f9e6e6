import { expect, test } from 'vitest'
import { duplicatesAmong, fileTroubles, judgeFile, judgeText } from './dashboardFiles.ts'
import { filesOfObjects, sidecarOf } from './dashboardSidecar.ts'

const environment = (settings: Record<string, string>) => ({
  env: Object.entries(settings).map(([name, value]) => ({ name, value })),
})
const settings = {
  LABEL: 'grafana_dashboard',
  LABEL_VALUE: '1',
  FOLDER: '/tmp/dashboards',
  RESOURCE: 'both',
  NAMESPACE: 'ALL',
}
const provider = (more = '') => `
apiVersion: 1
providers:
  - {name: other, options: {path: /var/lib/grafana/dashboards}}
  - {name: sidecarProvider, options: {path: /tmp/dashboards${more}}}
`
const sidecar = sidecarOf(environment(settings), 'monitoring', provider())

type Metadata = Readonly<{
  namespace?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}>
const configMap = (
  name: string,
  data: Record<string, string>,
  { namespace = 'monitoring', labels = { grafana_dashboard: '1' }, annotations = {} }: Metadata = {},
) => ({ metadata: { name, namespace, labels, annotations }, data })

const trouble = (text: string) => {
  const judged = judgeText(text)
  return 'trouble' in judged ? judged.trouble : undefined
}
const json = (value: unknown) => JSON.stringify(value)
const layout = { kind: 'GridLayout', spec: { items: [] } }
const resource = (apiVersion: string, spec: object) =>
  json({ apiVersion, kind: 'Dashboard', metadata: { name: 'team' }, spec })

test.each([
  ['a trailing comma', '{"title": "Team", "panels": [],}', /^is not valid JSON: .*\n  remedy: correct it/],
  ['nothing', '', /^is not valid JSON/],
  ['a list', '[]', /^is not a JSON object/],
  ['a text', '"Team"', /^is not a JSON object/],
  ['no title', json({ uid: 'a' }), /^has no title: .*"Dashboard title cannot be empty"/],
  ['a number as title', json({ title: 1 }), /^has the title 1/],
  ['a blank title', json({ title: ' ' }), /^has the title " "/],
  [
    'the body of the HTTP API',
    json({ dashboard: { title: 'Team' }, overwrite: true }),
    /^is wrapped in \{"dashboard": …\}.*\n  remedy: keep only the inner object/,
  ],
  [
    'a bare v2 spec',
    json({ title: 'Team', elements: {}, layout }),
    /^is the bare spec.*v2 format.*\n.*Classic/,
  ],
  ['a bare v2 spec without title', json({ elements: {}, layout }), /^is the bare spec .* without a title/],
  [
    'a v1 resource with a v2 spec',
    resource('dashboard.grafana.app/v1', { title: 'Team', layout }),
    /bare spec/,
  ],
  ['a resource without title', resource('dashboard.grafana.app/v2', { elements: {} }), /without a title/],
  ['a resource without title', resource('dashboard.grafana.app/v1', { panels: [] }), /no title in its spec/],
  [
    'a resource of another kind',
    resource('grafana.integreatly.org/v1beta1', {}),
    /its apiVersion "grafana\.int/,
  ],
  ['a long uid', json({ title: 'Team', uid: 'a'.repeat(41) }), /^its uid "a+" has 41 characters/],
  ['a uid with a space', json({ title: 'Team', uid: 'a b' }), /^its uid "a b" has characters other/],
  ['a number as uid', json({ title: 'Team', uid: 7 }), /^its uid is 7/],
])('refused by Grafana: %s', (_, text, expected) => {
  expect(trouble(text)).toMatch(expected)
})

test.each([
  ['classic', json({ title: 'Team', uid: 'team', panels: [] }), { title: 'Team', uid: 'team' }],
  ['classic without uid', json({ title: 'Team', uid: '' }), { title: 'Team', uid: undefined }],
  [
    'a v1 resource, judged by its spec',
    resource('dashboard.grafana.app/v1beta1', { title: 'Team', panels: [] }),
    { title: 'Team', uid: 'team', json: { title: 'Team', panels: [] } },
  ],
  [
    'a v2 resource, which Grafana converts',
    resource('dashboard.grafana.app/v2', { title: 'Team', elements: {}, layout }),
    { title: 'Team', uid: 'team', json: undefined },
  ],
])('provisioned by Grafana: %s', (_, text, dashboard) => {
  expect(judgeText(text)).toMatchObject({ dashboard })
})

test('where the sidecar writes a file: folder, annotation, unique names', () => {
  const annotations = { 'k8s-sidecar-target-directory': 'team' }
  const object = configMap('a', { 'a.json': '{}', 'b.json.url': 'http://b' }, { annotations })
  expect(filesOfObjects(sidecar, [object], []).files).toMatchObject([
    { source: 'ConfigMap monitoring/a', path: '/tmp/dashboards/team/a.json', text: '{}' },
    { path: '/tmp/dashboards/team/b.json', text: undefined },
  ])
  const unique = sidecarOf(environment({ ...settings, UNIQUE_FILENAMES: 'true' }), 'monitoring', provider())
  const secret = { ...object, data: { 'a.json': Buffer.from('{}').toString('base64') } }
  expect(filesOfObjects(unique, [], [secret]).files).toMatchObject([
    { path: '/tmp/dashboards/team/namespace_monitoring.secret_a.a.json', text: '{}' },
  ])
})

test.each([
  [
    'another spelling',
    settings,
    { labels: { 'grafana-dashboards': '1' } },
    /not labelled grafana_dashboard: "1", but grafana-dashboards: "1"/,
  ],
  ['another value', settings, { labels: { grafana_dashboard: 'true' } }, /but grafana_dashboard: "true"/],
  ['another namespace', { ...settings, NAMESPACE: 'a,b' }, {}, /reads only namespace a, b/],
  [
    'its own namespace by default',
    { ...settings, NAMESPACE: '' },
    { namespace: 'default' },
    /only namespace monitoring/,
  ],
  ['another kind', { ...settings, RESOURCE: 'secret' }, {}, /reads no ConfigMaps/],
])('an object that the sidecar overlooks: %s', (_, env, object, why) => {
  const { files, overlooked } = filesOfObjects(
    sidecarOf(environment(env), 'monitoring', provider()),
    [configMap('a', { 'a.json': '{}' }, object), configMap('other', {}, { labels: { app: 'a' } })],
    [],
  )
  expect({ files, overlooked }).toEqual({
    files: [],
    overlooked: [{ source: expect.stringContaining('/a'), why: expect.stringMatching(why) }],
  })
})

const judged = (objects: readonly ReturnType<typeof configMap>[], of = sidecar) =>
  filesOfObjects(of, objects, []).files.map((file) => judgeFile(of, file))
const dashboard = (uid: string, title = uid) => json({ title, uid, panels: [] })

test.each([
  ['a.yaml', {}, 'reads only files that end in .json'],
  [
    'a.json',
    { 'k8s-sidecar-target-directory': '/etc/grafana' },
    'is written to /etc/grafana, but Grafana reads',
  ],
])('a file that Grafana does not read: %s', (key, annotations, expected) => {
  const [file] = judged([configMap('a', { [key]: dashboard('a') }, { annotations })])
  expect(file?.trouble).toContain(expected)
})

test('a copy with the same uid and title is named once, with both ConfigMaps', () => {
  const copy = configMap('b', { 'b.json': dashboard('shop') }, { namespace: 'team' })
  const troubles = duplicatesAmong(sidecar, judged([configMap('a', { 'a.json': dashboard('shop') }), copy]))
  expect(troubles).toEqual([
    expect.stringMatching(
      /^ConfigMap monitoring\/a \(a\.json\) and ConfigMap team\/b \(b\.json\) have the same uid shop: [^]*\n  remedy: delete one/,
    ),
  ])
})

test('the same title in one folder', () => {
  const annotations = { 'k8s-sidecar-target-directory': 'team' }
  const objects = [
    configMap('a', { 'a.json': dashboard('a', 'Shop') }),
    configMap('b', { 'b.json': dashboard('b', 'Shop') }, { annotations }),
  ]
  expect(duplicatesAmong(sidecar, judged(objects))).toEqual([
    expect.stringContaining('have the same title "Shop" in one folder'),
  ])
  const byFolder = sidecarOf(
    environment(settings),
    'monitoring',
    provider(', foldersFromFilesStructure: true'),
  )
  expect(duplicatesAmong(byFolder, judged(objects, byFolder))).toEqual([])
})

test('files of the same name overwrite each other; their uid exists once', () => {
  const objects = ['a', 'b'].map((name) => configMap(name, { 'shop.json': dashboard('shop') }))
  expect(duplicatesAmong(sidecar, judged(objects))).toEqual([
    expect.stringMatching(/overwrite each other: .*\/tmp\/dashboards\/shop\.json\n  remedy: rename/),
  ])
})

test('all troubles, each with its object', () => {
  const { files, overlooked } = filesOfObjects(
    sidecar,
    [
      configMap('good', { 'a.json': dashboard('a') }),
      configMap('bad', { 'b.json': '{' }),
      configMap('ignored', {}, { labels: { 'grafana-dashboard': '1' } }),
    ],
    [],
  )
  expect(
    fileTroubles(
      sidecar,
      files.map((file) => judgeFile(sidecar, file)),
      overlooked,
    ),
  ).toEqual([
    expect.stringMatching(/^b\.json of ConfigMap monitoring\/bad is not valid JSON/),
    expect.stringMatching(/^ConfigMap monitoring\/ignored is not labelled[^]*remedy/),
  ])
})
