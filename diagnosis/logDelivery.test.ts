import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import { ourServers } from '../config/endpoints.ts'
import { selectsLabels } from '../clients/selectorText.ts'
import { logTemplate } from '../clients/logTemplate.ts'
import type { NextIndex } from '../clients/opensearch.ts'
import { parseLogLines } from './containerLogs.ts'
import { fieldTypeShortfalls } from './fieldTypes.ts'
import { isWholeLine, longLineShortfalls, plantedShortfalls, shortLivedLines } from './hardLogs.ts'
import { delayShortfalls, describeDelays } from './logDelays.ts'
import { indexObstacles, refreshMs } from './logIndexSettings.ts'
import { missingLogShortfalls, type Collection, type MissingLog } from './missingLogs.ts'
import { indexOfTomorrow, obstaclesTo, pipelineShortfalls, templateShortfalls } from './nextIndex.ts'
import { podMonitorPools, type PodMonitor } from './podMonitors.ts'
import {
  describeRefusedFields,
  discardsSince,
  growthSince,
  losesUncounted,
  refusalShortfalls,
  saysLost,
  unscrapedShortfalls,
} from './refusals.ts'
import { describeCause } from './remedies.ts'
import type { Selection } from './selection.ts'
import { parseVectorConfig } from './vectorConfig.ts'
import { describeVectorErrors, type VectorError } from './vectorErrors.ts'

/** For arrays of texts. */
const matching = (text: RegExp): unknown => expect.stringMatching(text)

const now = Date.parse('2026-11-28T10:00:00Z')
const ready = [{ type: 'Ready', status: 'True' }]

const shopPod = (metadata: object = {}, status: object = {}): V1Pod => ({
  metadata: { namespace: 'shops', name: 'shop-1', uid: 'u1', ...metadata },
  spec: { nodeName: 'worker', containers: [{ name: 'shop' }] },
  status: { phase: 'Running', startTime: new Date(now - 600_000), ...status },
})
const vectorPod = (name: string, conditions = ready): V1Pod => ({
  metadata: { namespace: 'monitoring', name, labels: { 'app.kubernetes.io/name': 'vector' } },
  spec: {
    nodeName: 'worker',
    containers: [{ name: 'vector', ports: [{ name: 'prom-exporter', containerPort: 9598 }] }],
  },
  status: { conditions, podIP: '10.244.1.9', startTime: new Date(now - 600_000) },
})
const missing = (pod: V1Pod, more: Partial<MissingLog> = {}): MissingLog => ({
  pod,
  container: 'shop',
  last: { time: now - 60_000, line: 'sold' },
  newest: undefined,
  ...more,
})

/** What Vector collects with these options of its source, as YAML. */
const collecting = (options = '', more: Partial<Collection> = {}, transforms = ''): Collection => ({
  vector: ourComponents.vector,
  opensearch: ourServers.opensearch,
  config: parseVectorConfig([
    `sources:\n  kubernetes_logs:\n    type: kubernetes_logs\n    ${options}\n  internal: { type: internal_metrics }\n${transforms}`,
    'not = "yaml"\n[of] a: b',
  ]),
  vectorPods: [vectorPod('vector-1')],
  namespaces: { shops: { tier: 'front' } },
  errors: [],
  obstacles: [],
  ...more,
})

const excludes = (containers: string) => ({ annotations: { 'vector.dev/exclude-containers': containers } })
const young = shopPod(
  {},
  {
    phase: 'Succeeded',
    startTime: new Date(now - 30_000),
    containerStatuses: [
      {
        name: 'shop',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: {
          terminated: { exitCode: 0, startedAt: new Date(now - 30_000), finishedAt: new Date(now - 28_000) },
        },
      },
    ],
  },
)

test.each([
  [
    'an annotation',
    missing(shopPod(excludes('proxy, shop'))),
    collecting(),
    /annotation vector\.dev\/exclude-containers=proxy, shop .*\n.*annotate pod shop-1 vector\.dev\/exclude-containers-/,
  ],
  [
    'a label',
    missing(shopPod({ labels: { 'vector.dev/exclude': 'true' } })),
    collecting(),
    /label vector\.dev\/exclude=true on the pod/,
  ],
  [
    'a label of the namespace',
    missing(shopPod()),
    collecting('', { namespaces: { shops: { 'vector.dev/exclude': 'true' } } }),
    /on namespace shops/,
  ],
  [
    'a path',
    missing(shopPod()),
    collecting("exclude_paths_glob_patterns: ['**/shops_*/**']"),
    /has \*\*\/shops_\*\/\*\*, which matches \/var\/log\/pods\/shops_shop-1_u1\/shop\/0\.log/,
  ],
  [
    'no path',
    missing(shopPod()),
    collecting("include_paths_glob_patterns: ['**/kube-system_*/**']"),
    /include_paths_glob_patterns has only/,
  ],
  [
    'a selector',
    missing(shopPod()),
    collecting('extra_label_selector: app in (web),!old'),
    /extra_label_selector is app in \(web\),!old/,
  ],
  [
    'a selector of namespaces',
    missing(shopPod()),
    collecting('extra_namespace_label_selector: tier!=front'),
    /tier!=front, which the labels of namespace shops/,
  ],
  [
    'a field selector',
    missing(shopPod()),
    collecting('extra_field_selector: metadata.namespace!=shops'),
    /extra_field_selector is metadata\.namespace!=shops/,
  ],
  ['no Vector', missing(shopPod()), collecting('', { vectorPods: [] }), /node worker has no pod of Vector/],
  [
    'Vector not Ready',
    missing(shopPod()),
    collecting('', { vectorPods: [vectorPod('vector-1', [])] }),
    /monitoring\/vector-1.* is not Ready/,
  ],
  [
    'not yet looked',
    missing(young),
    collecting(),
    /it lived 2 s, and Vector looks for new files every 60 s \(glob_minimum_cooldown_ms\)/,
  ],
  [
    'a filter',
    missing(shopPod()),
    collecting('', {}, 'transforms: { quiet: { type: filter, inputs: [], condition: "false" } }'),
    /transform quiet \(filter\) may drop it: false/,
  ],
  ['old files', missing(shopPod()), collecting('ignore_older_secs: 5'), /5 s \(ignore_older_secs\)/],
  [
    'nothing known',
    missing(shopPod(excludes('shopping'))),
    collecting("extra_label_selector: ''"),
    /lost track.*\n.*delete pod vector-1/,
  ],
])('why the logs of a container are missing: %s', (_, log, collection, cause) => {
  const shortfalls = missingLogShortfalls([log], collection, now)
  expect(shortfalls).toEqual([matching(cause)])
  expect(shortfalls[0]).toMatch(
    /^Pod shops\/shop-1: container shop on node worker has no document; .*09:59:00Z: sold\n {2}cause: .*\n {2}remedy: /,
  )
})

test('containers with the same cause are one text, which names the first few', () => {
  const logs = Array.from({ length: 5 }, (_, index) =>
    missing(shopPod({ name: `shop-${index}` }), { newest: now - 120_000 }),
  )
  const [text, ...others] = missingLogShortfalls(logs, collecting(), now)
  expect(others).toEqual([])
  expect(text).toMatch(
    /shop-0: .* no document since 2026-11-28T09:58:00Z; [\s\S]*shop-2.*\nand 2 more for the same reason\n/,
  )
})

test('selectors in the form of a request', () => {
  const labels = { app: 'web', tier: 'front' }
  const selecting = [
    '',
    'app',
    'app=web',
    'app==web',
    'app!=shop',
    'app in (shop, web),tier',
    '!old',
    'x notin (y)',
  ]
  expect(selecting.filter((text) => !selectsLabels(text, labels))).toEqual([])
  const not = ['!app', 'app=shop', 'tier notin (front)', 'app=web,old']
  expect(not.filter((text) => selectsLabels(text, labels))).toEqual([])
})

test('lines of a log with timestamps; one that is cut is none', () => {
  expect(parseLogLines('2026-11-28T10:00:00.123456789Z {"a":1}\n2026-11-28T10:00:01Z \n2026-11-2')).toEqual([
    { time: now + 123, line: '{"a":1}' },
    { time: now + 1000, line: '' },
  ])
})

const parts = (from: number, to: number) =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => `e2e-long=r1 part=${String(from + index).padStart(4, '0')} ........`,
  ).join(' ')

test.each([
  [
    'dropped',
    [],
    'max_merged_line_bytes: 20000',
    [/40000 characters .* is not found.*\n.*max_merged_line_bytes is 20000/],
  ],
  [
    'cut',
    [parts(820, 1000)],
    'max_line_bytes: 8192',
    [/is cut: .* parts 820 to 1000\n.*max_line_bytes is 8192/],
  ],
  [
    'in pieces',
    [parts(1, 409), parts(410, 1000)],
    'auto_partial_merge: false',
    [/is in 2 documents: .*parts 1 to 409.*\n.*auto_partial_merge is false/],
  ],
  ['twice', [parts(1, 1000), parts(1, 1000)], '', [/is in 2 documents/]],
])('the long line is %s', (_, messages, options, shortfalls) => {
  expect(isWholeLine(messages)).toBe(false)
  expect(longLineShortfalls(messages, collecting(options))).toEqual(shortfalls.map(matching))
})

test('the long line is whole', () => {
  expect(isWholeLine([parts(1, 1000)])).toBe(true)
})

test('a planted line that is missing, and a planted pod that is gone', () => {
  const pod = shopPod({ namespace: 'default', name: 'planted-short-lived' })
  const messages = ['e2e-short=r1 first']
  const collection = collecting()
  expect(plantedShortfalls(shortLivedLines, messages, [pod], collection, now)).toEqual([
    matching(/planted-short-lived.*: 1 line not found: last\n/),
    matching(/planted-crash is gone/),
  ])
})

const counter = (values: readonly (readonly [secondsAgo: number, value: number])[], pod = 'vector-1') => ({
  labels: { pod, component_id: 'opensearch', intentional: 'false' },
  samples: values.map(([secondsAgo, value]) => ({ time: now - secondsAgo * 1000, value })),
})

test.each([
  [
    'unchanged',
    [
      [90, 4],
      [30, 4],
    ],
    true,
    0,
  ],
  [
    'grown',
    [
      [90, 4],
      [30, 7],
    ],
    true,
    3,
  ],
  [
    'new',
    [
      [30, 7],
      [20, 9],
    ],
    true,
    9,
  ],
  [
    'new to Prometheus only',
    [
      [30, 7],
      [20, 9],
    ],
    false,
    2,
  ],
  [
    'begun again',
    [
      [90, 7],
      [30, 2],
      [20, 3],
    ],
    true,
    3,
  ],
  ['gone', [[90, 7]], true, 0],
] as const)('a counter that is %s', (_, values, absentBefore, growth) => {
  expect(growthSince(counter(values), now - 60_000, absentBefore)).toBe(growth)
})

test('what the present pods of Vector have discarded', () => {
  const pods = [vectorPod('vector-1')]
  const counters = [counter([[30, 7]]), counter([[30, 5]], 'vector-of-before')]
  const up = [
    counter([
      [90, 1],
      [5, 1],
    ]),
  ]
  expect(discardsSince(counters, up, pods, now - 60_000)).toMatchObject([
    { count: 7, component: 'opensearch' },
  ])
  expect(discardsSince(counters, [], pods, now - 60_000)).toEqual([])
  expect(unscrapedShortfalls(up, pods)).toEqual([])
  expect(unscrapedShortfalls([], pods)).toEqual([matching(/no metrics of Pod monitoring\/vector-1/)])
})

const server = ourServers.opensearch

test('refused events name the reason, the field and the pods that have it', () => {
  const pods = [shopPod({ labels: { 'rare-label': '1', app: 'web' } })]
  const fields = { 'kubernetes.labels.app': { keyword: ['logs-1'] } }
  const discards = [{ pod: vectorPod('vector-1'), component: 'opensearch', count: 9, intentional: false }]
  const line =
    '2026-11-28T09:59:30Z ERROR sink{component_kind="sink" component_id=opensearch component_type=elasticsearch}:request{request_id=7}: ' +
    'vector::sinks::util::retries: Not retriable; dropping the request. reason="error type: illegal_argument_exception, reason: Limit of total fields [10] has been exceeded"'
  expect(
    refusalShortfalls(discards, 0, now - 60_000, [{ pod: 'vector-1', line }], pods, fields, server),
  ).toEqual([
    matching(
      /^Vector has discarded 9 events since 2026-11-28T09:59:00Z: component opensearch of Pod monitoring\/vector-1 on node worker/,
    ),
    matching(/Limit of total fields \[10\].*\n {2}remedy: .*total_fields\.limit/),
    matching(/field kubernetes\.labels\.rare-label finds no place in the index, which Pod shops\/shop-1 has/),
  ])
  expect(refusalShortfalls([], 3, now, [], pods, fields, server)).toEqual([matching(/rejected 3 requests/)])
  expect(refusalShortfalls([], 0, now, [], pods, fields, server)).toEqual([])
})

test.each([
  "failed to parse field [kubernetes.labels.app] of type [keyword] in document with id 'x'",
  'object mapping for [kubernetes.labels.app] tried to parse field [app] as object, but found a concrete value',
  'Could not dynamically add mapping for field [kubernetes.labels.app]. Existing mapping for [kubernetes.labels] must be of type object',
])('the field of a mapping conflict: %s', (reason) => {
  const pods = [shopPod({ labels: { app: 'web' } })]
  expect(describeRefusedFields([reason], pods, { 'kubernetes.labels.app': { keyword: ['logs-1'] } })).toEqual(
    [matching(/field kubernetes\.labels\.app is keyword in the index, which Pod shops\/shop-1 has/)],
  )
})

/** An index that the server would create as it should be. */
const next = (more: Partial<NextIndex> = {}, settings: Record<string, string> = {}): NextIndex => ({
  name: 'logs-2026-11-29',
  exists: false,
  simulated: logTemplate.template,
  templates: [{ name: 'logs', index_template: { index_patterns: ['logs-*'], priority: 100 } }],
  settings: {
    'action.auto_create_index': 'true',
    'cluster.max_shards_per_node': '1000',
    'cluster.routing.allocation.enable': 'all',
    'cluster.routing.allocation.total_shards_limit': '-1',
    ...settings,
  },
  shards: 6,
  dataNodes: 1,
  pipelines: ['logs'],
  ...more,
})

test('tomorrow is a day of UTC', () => {
  expect(indexOfTomorrow(Date.parse('2026-12-31T23:59:59Z'))).toBe('logs-2027-01-01')
})

test.each([
  ['nothing', {}, []],
  ['room for exactly one', { 'cluster.max_shards_per_node': '8' }, []],
  ['shards', { 'cluster.max_shards_per_node': '7' }, [/adds 2 shards to 6 in use, and 7 are allowed/]],
  ['shards of the cluster', { 'cluster.routing.allocation.total_shards_limit': '7' }, [/7 are allowed/]],
  ['a block', { 'cluster.blocks.create_index': 'true' }, [/cluster\.blocks\.create_index is true/]],
  [
    'no index by itself',
    { 'action.auto_create_index': '-logs-*,+*' },
    [/action\.auto_create_index is -logs-\*/],
  ],
  ['logs by themselves', { 'action.auto_create_index': '+logs-*,-*' }, []],
  ['no allocation', { 'cluster.routing.allocation.enable': 'none' }, [/no node gets its primary/]],
])('what keeps the index from being created: %s', (_, settings, causes) => {
  expect(obstaclesTo(next({}, settings), server).map(({ cause }) => cause)).toEqual(causes.map(matching))
})

const { settings, mappings } = logTemplate.template
const other = (more: object = {}) => ({
  name: 'other',
  index_template: { index_patterns: ['logs-2*'], priority: 500, ...more },
})

test.each([
  ['as wanted', next(), []],
  ['none', next({ templates: [], simulated: {} }), [/no index template matches/]],
  [
    'another one',
    next({
      templates: [...next().templates, other()],
      simulated: { settings: { index: { number_of_shards: '2' } } },
    }),
    [
      /^template other with priority 500 decides, before template logs with 100: .*number_of_shards is "2", not "1".* and 2 more\n.*_index_template\/other/,
    ],
  ],
  ['a data stream', next({ templates: [other({ data_stream: {} })] }), [/would be a data stream/]],
  [
    'changed',
    next({
      simulated: {
        settings: { index: { ...settings.index, blocks: { write: 'true' } } },
        mappings: { ...mappings, dynamic: 'strict' },
      },
    }),
    [/template logs was changed: index\.blocks\.write is "true".*; mappings\.dynamic is "strict"/],
  ],
])('the template of the next index: %s', (_, index, shortfalls) => {
  expect(templateShortfalls(index, server)).toEqual(shortfalls.map(matching))
})

test('an ingest pipeline that does not exist', () => {
  expect(pipelineShortfalls(next())).toEqual([])
  expect(pipelineShortfalls(next({ pipelines: [] }))).toEqual([matching(/pipeline logs does not exist/)])
})

test('a field with several types names the odd index', () => {
  const days = ['logs-2026-11-27', 'logs-2026-11-28']
  expect(
    fieldTypeShortfalls(
      {
        message: { text: days },
        level: { keyword: days, text: ['logs-2000-01-01'] },
        code: { long: ['logs-2026-11-28'], keyword: ['logs-2026-11-27'] },
      },
      server,
    ),
  ).toEqual([
    matching(
      /^field level .*text in logs-2000-01-01; the odd one is logs-2000-01-01\n.*DELETE '\S+\/logs-2000-01-01'/,
    ),
    matching(/^field code .*; the odd one is logs-2026-11-27\n/),
  ])
})

const delays = { documents: 1204, unknown: 0, p50: 1240, p99: 2900, slowest: [], late: 0 }
const slow = {
  ms: 45_200,
  document: {
    '@timestamp': '2026-11-28T09:59:00Z',
    message: 'first',
    kubernetes: {
      namespace_name: 'shops',
      pod_name: 'shop-1',
      container_name: 'shop',
      pod_node_name: 'worker',
      labels: {},
    },
  },
}

test('how long lines were on their way', () => {
  const { config } = collecting()
  expect(delayShortfalls(delays, 20_000, 1000, config)).toEqual([])
  expect(describeDelays({ ...delays, slowest: [{ ...slow, ms: 3400 }] }, 1000)).toMatchInlineSnapshot(
    `"p50 1.2 s, p99 2.9 s, slowest 3.4 s of 1,204 lines; found at the next refresh, up to 1.0 s later"`,
  )
  expect(delayShortfalls({ ...delays, late: 1, slowest: [slow] }, 20_000, 1000, config)).toEqual([
    matching(
      /^1 of 1204 lines .*\n {2}45\.2 s: Pod shops\/shop-1, .*\n {2}cause: .*60\.0 s \(glob_minimum_cooldown_ms\)/,
    ),
  ])
  expect(delayShortfalls(delays, 20_000, 30_000, config)).toEqual([matching(/refresh_interval is 30\.0 s/)])
  expect(delayShortfalls(delays, 20_000, Infinity, config)).toEqual([
    matching(/refresh_interval is -1, which/),
  ])
  expect(delayShortfalls({ ...delays, unknown: 4 }, 20_000, 1000, config)).toEqual([
    matching(/4 documents do not say/),
  ])
})

test.each([
  [undefined, 1000],
  ['30s', 30_000],
  ['500ms', 500],
  ['1m', 60_000],
  ['-1', undefined],
])('a refresh interval of %s', (interval, ms) => {
  expect(refreshMs(interval)).toBe(ms)
})

test.each<[string, Record<string, string>, RegExp]>([
  [
    'the flood stage',
    { 'index.blocks.read_only_allow_delete': 'true' },
    /^index\.blocks\.read_only_allow_delete is true: .* to logs-1\n.*free disk space, then `curl -X PUT .*null.*\/logs-1\/_settings/,
  ],
  [
    'a block of writes',
    { 'index.blocks.write': 'true' },
    /^index\.blocks\.write is true: .*\n.*`curl -X PUT/,
  ],
  [
    'a pipeline of its own',
    { 'index.final_pipeline': 'shorten' },
    /^index\.final_pipeline of logs-1 is shorten.*\n.*_ingest\/pipeline\/shorten/,
  ],
  ['no refresh', { 'index.refresh_interval': '-1' }, /^index\.refresh_interval is -1.*\n.*remove/],
  ['a slow refresh', { 'index.refresh_interval': '1m' }, /^index\.refresh_interval is 60\.0 s/],
])('index settings that explain a missing line: %s', (_, settings, expected) => {
  const obstacles = indexObstacles(
    {
      'logs-1': settings,
      'logs-2': { 'index.default_pipeline': 'logs', 'index.blocks.write': 'false' },
      // Old indices are often read-only on purpose.
      'logs-2000-01-01': { 'index.blocks.write': 'true' },
    },
    20_000,
    ourServers.opensearch,
    now,
  )
  expect(obstacles.map(describeCause)).toEqual([expect.stringMatching(expected)])
  expect(missingLogShortfalls([missing(shopPod())], collecting('', { obstacles }), now).join('\n')).toContain(
    obstacles[0]?.cause,
  )
})

test.each([
  ['a block outranks', true, 'the block'],
  ['a pipeline that may drop lines does not outrank', false, 'could not send'],
])('%s what Vector logged', (_, isCertain, cause) => {
  const obstacles = [{ cause: 'the block', remedy: 'remove it', isCertain }]
  const errors = [{ pod: 'vector-1', line: 'ERROR Not retriable; dropping the request.' }]
  const [text] = missingLogShortfalls([missing(shopPod())], collecting('', { obstacles, errors }), now)
  expect(text).toContain(cause)
})

/** What Vector 0.56 logs of an answer to a bulk request. */
const answer = (...statuses: readonly number[]): VectorError => ({
  pod: 'vector-1',
  line:
    '2026-11-29T11:26:54Z ERROR sink{component_kind="sink" component_id=opensearch component_type=elasticsearch}:request{request_id=9}: ' +
    'vector::sinks::elasticsearch::service: Response contained errors. error_code="http_response_200" ' +
    'response=Response { status: 200, version: HTTP/1.1, headers: {}, body: b"{\\"took\\":3,\\"errors\\":true,\\"items\\":[' +
    statuses
      .map(
        (status) =>
          `{\\"index\\":{\\"_index\\":\\"logs-1\\",\\"status\\":${status},\\"error\\":{\\"type\\":\\"type_${status}\\",\\"reason\\":\\"reason ${status}\\"}}}`,
      )
      .join(',') +
    ']}" }',
})

test('Vector loses what is refused for good beside what it sends again, uncounted', () => {
  const killed = {
    pod: 'vector-1',
    line: 'ERROR vector: Failed to gracefully shut down in time. Killing components.',
  }
  expect(saysLost(killed)).toBe(true)
  expect([answer(429), answer(503, 429), answer(400), answer(429, 400)].map(losesUncounted)).toEqual([
    false,
    false,
    false,
    true,
  ])
  expect(describeVectorErrors([answer(429)], ourServers.opensearch)).toEqual([
    'Vector says in vector-1: sink opensearch: Response contained errors. type_429: reason 429',
  ])
  const lost = refusalShortfalls([], 1, now, [answer(429, 400)], [], {}, ourServers.opensearch)
  expect(lost[0]).toMatch(/^Pod vector-1 of Vector has lost documents without counting them/)
})

const monitor = (port = 'prom-exporter', labels = {}): PodMonitor => ({
  metadata: { namespace: 'monitoring', name: 'vector', labels },
  spec: {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'vector' } },
    jobLabel: 'app.kubernetes.io/name',
    podMetricsEndpoints: [{ port }],
  },
})

const selecting = (selector = {}): Selection => ({
  reader: 'Prometheus',
  kind: 'PodMonitor',
  field: 'podMonitorSelector',
  selector,
  namespaces: ['monitoring'],
})

test('the scrape pools that follow from a PodMonitor', () => {
  const pods = [vectorPod('vector-1'), shopPod()]
  expect(podMonitorPools([monitor()], pods, selecting())).toMatchObject([
    {
      kind: 'PodMonitor',
      scrapePool: 'podMonitor/monitoring/vector/0',
      services: [{ job: 'vector' }],
      addresses: ['10.244.1.9:9598'],
      notReady: [],
    },
  ])
  const obstacles = [
    podMonitorPools([monitor('metrics')], pods, selecting()),
    podMonitorPools([monitor()], [], selecting()),
    podMonitorPools([monitor()], [vectorPod('vector-1', [])], selecting()),
    podMonitorPools([monitor()], pods, selecting({ matchLabels: { release: 'x' } })),
  ].map(([pool]) => pool?.obstacle)
  expect(obstacles).toEqual([
    matching(/no port named metrics, its ports are prom-exporter/),
    matching(/no pod matches/),
    matching(/none of its 1 pods is ready/),
    matching(/Prometheus selects PodMonitors by/),
  ])
})
