import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { startGrafana } from '../tests/grafana.ts'
import { askPanels } from './panelShortfalls.ts'

const dataSources = [
  { uid: 'prometheus', name: 'Prometheus', type: 'prometheus', url: '', isDefault: true },
  { uid: 'alertmanager', name: 'Alertmanager', type: 'alertmanager', url: '', isDefault: false },
]
const container = { name: 'main', resources: { limits: { memory: '1Gi' } } }
const pod = { metadata: { namespace: 'default', name: 'shop' }, spec: { containers: [container] } }
const kubernetes = {
  core: {
    listPodForAllNamespaces: async () => ({ items: [pod] }),
    listPersistentVolume: async () => ({ items: [] }),
  },
} as unknown as Kubernetes

const series = [
  'up{job="kubelet",metrics_path="/metrics"}',
  'container_memory_rss{namespace="default",pod="shop",container="main"}',
  'container_memory_rss{namespace="monitoring",pod="vector",container="main"}',
  'kube_pod_info{namespace="default",pod="shop"}',
  'rest_client_requests_total{job="kubelet",code="200"}',
  'node_uname_info{sysname="Linux"}',
  'drops{node="a"}',
]
const panel = (expr: string, more: object = {}) => ({
  title: 'Use',
  type: 'stat',
  targets: [{ refId: 'A', expr, ...more }],
})
type Rest = Parameters<typeof startGrafana>[0] & { list?: readonly object[] }
const shortfalls = async (
  panels: readonly object[],
  { list = [], ...rest }: Rest = {},
  accepted: Parameters<typeof askPanels>[2] = [],
) => {
  const dashboard = { uid: 'a', title: 'Pods', tags: [], panels, templating: { list } }
  const grafana = await startGrafana({ series, dataSources, dashboards: [dashboard], ...rest })
  const clients = { grafana, kubernetes, components: ourComponents }
  return (await askPanels(clients, (title) => title === 'Pods', accepted)).shortfalls
}

test('panels with data', async () => {
  expect(await shortfalls([panel('up'), panel('sum(container_memory_rss) by (pod)')])).toEqual([])
})

test('panels that the overlay accepts, and entries that are stale', async () => {
  const entry = (name: string, until: string) => ({
    dashboard: 'Pods',
    panel: name,
    reason: 'new',
    until,
    at: name,
  })
  const accepted = [entry('Use', '2999-12-31'), entry('Gone', '2999-12-31'), entry('Late', '2020-12-31')]
  const others = [{ ...entry('Else', '2020-12-31'), dashboard: 'Other' }]
  expect(await shortfalls([panel('users_active')], {}, [...accepted, ...others])).toEqual([
    expect.stringContaining('Gone: there is no panel "Gone" of "Pods"'),
    expect.stringContaining('Late: panel "Late" of "Pods" was accepted until 2020-12-31'),
  ])
})

test.each([
  [
    'a metric that does not exist',
    'avg(users_active)',
    'no data: avg(users_active): there is no metric users_active',
  ],
  [
    'a label value that no series has',
    'sum(container_memory_rss{container!="",namespace="x"})',
    'container_memory_rss has no series with namespace="x"; its namespace is default, monitoring',
  ],
  [
    'a label that no series has',
    'up{cluster="a"}',
    'up has no series with cluster="a"; its cluster is never set',
  ],
  [
    'matchers that exclude each other',
    'container_memory_rss{namespace="default",pod="vector"}',
    'container_memory_rss has series for each matcher of container_memory_rss{namespace="default",pod="vector"}, but none for all',
  ],
  ['a query that fails', 'sum(up', 'error: bad_data: parse error: unexpected end: sum(up'],
])('an empty panel is explained: %s', async (_, expr, expected) => {
  const [first] = await shortfalls([panel(expr)])
  expect(first).toContain(`"Pods" (a.json): panel "Use" A: `)
  expect(first).toContain(expected)
})

const device = 'device=~"(/dev/)?(mmcblk.p.+|sd.+)"'

test.each([
  ['no device', `rate(container_fs_reads_total{${device},namespace="default",pod="shop"}[5m])`],
  ['no such code yet', 'sum(rate(rest_client_requests_total{job="kubelet",code=~"5.."}[5m]))'],
  [
    'no such request, as the pod says',
    'sum(kube_pod_container_resource_requests{namespace="default",resource="cpu"})',
  ],
  ['no other system', 'node_memory_total_bytes{job="node-exporter"}'],
])('a panel may be empty for a listed reason: %s', async (_, expr) => {
  expect(await shortfalls([panel(expr)])).toEqual([])
})

test.each([
  ['the exporter is gone', 'rest_client_requests_total{job="kube-proxy",code=~"5.."}'],
  ['cAdvisor does not cover the pod', `container_fs_reads_total{${device},pod="gone"}`],
  ['the pod has such a limit', 'kube_pod_container_resource_limits{namespace="default",resource="memory"}'],
  ['not every selector is excused', 'node_memory_total_bytes - users_active'],
])('a listed reason that does not hold excuses nothing: %s', async (_, expr) => {
  expect(await shortfalls([panel(expr)])).toHaveLength(2)
})

test('what a rule records may be empty for the reason of what it is recorded from', async () => {
  const rules = {
    'fs:rate5m': `rate(container_fs_reads_total{${device},pod="shop"}[5m])`,
    'up:sum': 'sum(down)',
  }
  expect(await shortfalls([panel('fs:rate5m{namespace="default"}')], { rules })).toEqual([])
  const [text] = await shortfalls([panel('up:sum')], { rules })
  expect(text).toContain('there is no metric up:sum')
})

test('a variable that selects nothing is the cause, and may have a reason', async () => {
  const instance = (selector: string) => ({
    name: 'instance',
    type: 'query',
    datasource: { uid: 'prometheus' },
    query: `label_values(${selector}, instance)`,
  })
  const load = panel('node_load1{instance="$instance"}')
  expect(await shortfalls([load], { list: [instance('node_uname_info{sysname="Darwin"}')] })).toEqual([])
  const [text] = await shortfalls([load], { list: [instance('node_uname_info{sysname="Plan 9"}')] })
  expect(text).toContain('node_uname_info has no series with sysname="Plan 9"; its sysname is Linux')
})

test('a data source that does not exist is named once for all panels that ask for it', async () => {
  const lost = { datasource: { type: 'prometheus', uid: '${DS_PROMETHEUS}' } }
  const panels = ['a', 'b', 'c', 'd', 'e'].map((title) => ({ ...panel('up', lost), ...lost, title }))
  expect(await shortfalls(panels)).toMatchInlineSnapshot(`
    [
      ""Pods" (a.json): panel "a" A, panel "b" A, panel "c" A and 2 more: data source \${DS_PROMETHEUS} does not exist; there are: prometheus (Prometheus, type prometheus), alertmanager (Alertmanager, type alertmanager)
      remedy: the file was exported for sharing: only the import dialog fills in \${DS_PROMETHEUS}, from __inputs; use the uid prometheus, or a data source variable: {"type": "datasource", "name": "datasource", "query": "prometheus"} in templating.list, asked for as "\${datasource}"",
    ]
  `)
})

test('an Alertmanager answers no queries', async () => {
  const [text] = await shortfalls([{ ...panel(''), datasource: { uid: 'alertmanager' } }])
  expect(text).toMatch(
    /error: plugin alertmanager not found: .*: data source alertmanager is of type alertmanager, which/,
  )
})

test('queries that fail for the same cause are one text, and many texts are counted', async () => {
  const one = await shortfalls([panel('a_gone'), panel('b_gone'), panel('rate(a_gone[5m])')])
  expect(one).toEqual([
    expect.stringMatching(/there is no metric a_gone\n  and 1 more for the same cause$/),
    expect.stringContaining('there is no metric b_gone'),
    expect.stringMatching(/^  remedy: /),
  ])
  const many = await shortfalls(Array.from({ length: 20 }, (_, index) => panel(`gone_${index}`)))
  expect(many).toHaveLength(10)
  expect(many[8]).toBe('and 12 more problems of panels')
})
