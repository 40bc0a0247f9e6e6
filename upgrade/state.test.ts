import { expect, test } from 'vitest'
import { compare } from './compare.ts'
import { base } from './exampleObservation.ts'
import type { Observation } from './observation.ts'

const upgraded = {
  ...base.releases,
  'kube-prometheus-stack': { chart: 'kube-prometheus-stack-89.0.0', revision: 2, status: 'deployed' },
}

/** `verdict severity id`, with `meaning` if everything still answers, of what an upgrade changed. */
const found = (after: Partial<Observation>, before: Partial<Observation> = {}): readonly string[] =>
  compare({ ...base, ...before }, { ...base, ...before, ...after, releases: upgraded })
    .filter(({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/'))
    .map(
      ({ id, verdict, severity, changesMeaning }) =>
        `${verdict} ${severity} ${id}${changesMeaning ? ' meaning' : ''}`,
    )

type Settings = Observation['settings'][string]
/** Changes settings of one subject. */
const set = (subject: string, settings: Settings): Partial<Observation> => ({
  settings: { ...base.settings, [subject]: { ...base.settings[subject], ...settings } },
})
const unset = (subject: string, name: string): Partial<Observation> => {
  const rest = Object.entries(base.settings[subject] ?? {}).filter(([one]) => one !== name)
  return { settings: { ...base.settings, [subject]: Object.fromEntries(rest) } }
}
const source = 'Vector sources.kubernetes_logs'
const sink = 'Vector sinks.opensearch'

test.each<[what: string, after: Partial<Observation>, finding: string]>([
  ['retention in time is shorter', set('Prometheus', { retention: '1h' }), 'new high meaning'],
  ['retention gets a size', set('Prometheus', { retention: '10d or 5GiB' }), 'new high meaning'],
  ['retention is longer', set('Prometheus', { retention: '15d' }), 'change low'],
  ['the same retention in hours', set('Prometheus', { retention: '240h' }), 'change low'],
  ['an external label changes', set('Prometheus', { 'external label cluster': 'us' }), 'new medium meaning'],
  ['an external label is new', set('Prometheus', { 'external label site': 'a' }), 'change medium'],
  ['samples are refused', set('Prometheus', { 'web.enable-otlp-receiver': 'false' }), 'new high'],
  [
    'an index has no replica',
    set('OpenSearch index logs-*', { 'index.number_of_replicas': '0' }),
    'new medium meaning',
  ],
  [
    'the next index has none',
    set('OpenSearch index of tomorrow', { 'index.number_of_replicas': '0' }),
    'new medium meaning',
  ],
  ['refresh interval', set('OpenSearch index logs-*', { 'index.refresh_interval': '30s' }), 'change low'],
  [
    'another type in the next index',
    set('OpenSearch index of tomorrow', { 'field message': 'keyword' }),
    'new medium meaning',
  ],
  ['a repository is gone', unset('OpenSearch', 'snapshot repository nightly'), 'new high meaning'],
  ['no policy manages the indices', unset('OpenSearch', 'ISM policy of index logs-*'), 'new high meaning'],
  [
    'a policy deletes sooner',
    set('OpenSearch', { 'ISM policy of index logs-*': 'keep-10d, deletes after 1d' }),
    'new high meaning',
  ],
  [
    'a policy for no index here',
    set('OpenSearch', { 'ISM policy b': 'enabled, deletes after 1d (a)' }),
    'change medium',
  ],
  [
    'a cluster that refuses documents',
    set('OpenSearch', { 'cluster setting cluster.blocks.read_only': 'true' }),
    'new high',
  ],
  ['no new indices', set('OpenSearch', { 'cluster setting action.auto_create_index': 'false' }), 'new high'],
  [
    'an index that refuses documents',
    set('OpenSearch index logs-*', { 'index.blocks.write': 'true' }),
    'new high',
  ],
  [
    'new fields are refused',
    set('OpenSearch index of tomorrow', { 'dynamic mapping': 'strict' }),
    'new high',
  ],
  [
    'new fields cannot be searched',
    set('OpenSearch index of tomorrow', { 'dynamic mapping': 'false' }),
    'new medium meaning',
  ],
  ['anonymous access is on', set('Grafana', { anonymousEnabled: 'true' }), 'change medium'],
  ['a dashboard is in another folder', set('Grafana', { 'folder of "DNS"': 'Network' }), 'change low'],
  ['data_dir moves', set('Vector', { data_dir: '/data' }), 'new high meaning'],
  [
    'more is excluded',
    set(source, { exclude_paths_glob_patterns: '["**/*.gz","**/*.tmp","**/shop/**"]' }),
    'new high meaning',
  ],
  [
    'the default exclusion is written',
    set(source, { exclude_paths_glob_patterns: '["**/*.gz","**/*.tmp"]' }),
    'change low',
  ],
  ['namespaces are selected', set(source, { extra_namespace_label_selector: 'team=a' }), 'new high meaning'],
  ['shorter lines', set(source, { max_line_bytes: '1024' }), 'new medium meaning'],
  ['longer lines', set(source, { max_line_bytes: '65536' }), 'change low'],
  ['a limit of merged lines', set(source, { max_merged_line_bytes: '65536' }), 'new medium meaning'],
  ['partial lines stay apart', set(source, { auto_partial_merge: 'false' }), 'new medium meaning'],
  [
    'honor_labels',
    set('scrape of coredns http-metrics/metrics', { honor_labels: 'true' }),
    'new medium meaning',
  ],
  ['a timeout', set('scrape of coredns http-metrics/metrics', { scrape_timeout: '5s' }), 'change medium'],
])('%s', (_, after, finding) => {
  expect(found(after).map((line) => line.replace(/ setting\/\S+( \S+)*?(?= meaning$|$)/, ''))).toEqual([
    finding,
  ])
})

type Row = readonly [
  what: string,
  subject: string,
  name: string,
  old: string | undefined,
  now: string | undefined,
  finding: string,
]
const keyword = '{"mapping":{"type":"keyword"}}'
const text = '{"mapping":{"type":"text"}}'
const tomorrow = 'OpenSearch index of tomorrow'
test.each<Row>([
  [
    'a different relabeling before samples are sent',
    'Prometheus',
    'remote write to http://a',
    'configured',
    'configured, with 1 relabeling (a)',
    'new medium meaning',
  ],
  ['no acknowledgements', 'Vector', 'acknowledgements.enabled', 'true', undefined, 'new high meaning'],
  [
    'a shorter age in a policy',
    'OpenSearch',
    'ISM policy a',
    'enabled, deletes after 30d (a)',
    'enabled, deletes after 1d (b)',
    'new high meaning',
  ],
  [
    'a longer age in a policy',
    'OpenSearch',
    'ISM policy a',
    'enabled, deletes after 1d (a)',
    'enabled, deletes after 30d (b)',
    'change medium',
  ],
  [
    'a policy that keeps snapshots for less time',
    'OpenSearch',
    'snapshot policy a',
    'enabled, deletes after 7d (a)',
    'enabled, deletes after 1d (b)',
    'new high meaning',
  ],
  [
    'a dynamic template with a different type',
    tomorrow,
    'dynamic template a',
    keyword,
    text,
    'new medium meaning',
  ],
  ['a different pipeline', tomorrow, 'index.default_pipeline', 'logs', '_none', 'new medium meaning'],
  [
    'a different OpenSearch server',
    sink,
    'endpoints',
    '["http://a:9200"]',
    '["http://b:9200"]',
    'new high meaning',
  ],
  ['fields that are excluded', sink, 'encoding.except_fields', undefined, '["a"]', 'new medium meaning'],
  ['fewer retries', sink, 'request.retry_attempts', undefined, '5', 'new medium meaning'],
  ['a transform that is gone', 'Vector transforms.a', 'type', 'remap', undefined, 'new medium meaning'],
])('%s', (_, subject, name, old, now, finding) => {
  const settings = (value: string | undefined) => ({
    settings: { ...base.settings, [subject]: value === undefined ? {} : { [name]: value } },
  })
  expect(found(settings(now), settings(old))).toEqual([
    finding.replace(/^(\w+ \w+)/, `$1 setting/${subject}/${name}`),
  ])
})

test('a sink with a different index, one that drops lines, and one that is gone', () => {
  const before = set(sink, { type: 'elasticsearch', 'bulk.index': 'logs-%Y-%m-%d', mode: 'bulk' })
  const index = {
    [sink]: { type: 'elasticsearch', 'bulk.index': 'vector-%F', 'buffer.when_full': 'drop_newest' },
  }
  expect(found({ settings: { ...base.settings, ...index } }, before)).toEqual([
    `new high setting/${sink}/buffer.when_full meaning`,
    `new high setting/${sink}/bulk.index meaning`,
    `change low setting/${sink}/mode`,
  ])
  expect(found({ settings: base.settings }, before)).toEqual([`new high setting/${sink}/type meaning`])
})

test('the sentence of a shorter retention says what it means', () => {
  const [finding] = compare(base, { ...base, ...set('Prometheus', { retention: '1h' }) }).filter(
    ({ changesMeaning }) => changesMeaning,
  )
  expect(finding).toMatchInlineSnapshot(`
    {
      "changesMeaning": true,
      "consequences": [],
      "id": "setting/Prometheus/retention",
      "remedy": "set prometheus.prometheusSpec.retention (and retentionSize) to the old value",
      "sentence": "Prometheus: retention changed from 10d to 1h: older samples are deleted, and graphs and alerts over a longer range see only what is left",
      "severity": "high",
      "verdict": "new",
    }
  `)
})

const workload = 'StatefulSet monitoring/prometheus'
const storage = (volumes: Settings, more: object = {}) => ({
  objects: { ...base.objects, [workload]: { volumes, selector: { app: 'prometheus' }, ...more } },
})

test('a volume that becomes an emptyDir loses its data; the reverse is harmless', () => {
  const [claim, temporary] = [storage({ db: 'PersistentVolumeClaim' }), storage({ db: 'emptyDir' })]
  expect(found(temporary, claim)).toEqual([`new high object/${workload}/volumes.db meaning`])
  expect(found(storage({}), claim)).toEqual([`new high object/${workload}/volumes.db meaning`])
  expect(found(claim, temporary)).toEqual([`change low object/${workload}/volumes.db`])
  const onNode = (folder: string) => storage({ db: `hostPath ${folder}` })
  expect(found(onNode('/b'), onNode('/a'))).toEqual([`new high object/${workload}/volumes.db meaning`])
})

test('a PersistentVolumeClaim that grows keeps its volume', () => {
  const claim = 'PersistentVolumeClaim monitoring/data-0'
  const sized = (size: string) => ({ objects: { ...base.objects, [claim]: { storage: size } } })
  expect(found(sized('16Gi'))).toEqual([`change low object/${claim}/storage`])
  expect(found(sized('4Gi'))).toEqual([`new medium object/${claim}/storage meaning`])
})

test('requests, limits, the user and the retention of a workload', () => {
  const before = storage(
    {},
    { resources: { a: { 'limits memory': '2Gi' } }, retention: '120h', securityContext: { runAsUser: 1000 } },
  )
  const after = storage(
    {},
    { resources: { a: { 'limits memory': '1Gi' } }, retention: '24h', securityContext: { runAsUser: 0 } },
  )
  expect(found(after, before)).toEqual([
    `new medium object/${workload}/retention meaning`,
    `change medium object/${workload}/securityContext.runAsUser`,
    `change low object/${workload}/resources.a.limits memory`,
  ])
})

const dataSource = (more: Partial<Observation['dataSources'][string]>) =>
  ({
    dataSources: { Prometheus: { ...base.dataSources['Prometheus'], ...more } },
  }) as Partial<Observation>

test('a data source with a different uid: names the dashboards that use the old one', () => {
  const [finding] = compare(base, { ...base, ...dataSource({ uid: 'main' }) })
  expect(finding?.sentence).toMatchInlineSnapshot(
    `"the uid of data source Prometheus changed from prometheus to main: 2 dashboards name prometheus and go blank: DNS, Nodes"`,
  )
  expect(found(dataSource({ uid: 'main' }))).toEqual(['new high data-source/Prometheus/uid meaning'])
  // Grafana cannot say what such a panel asks.
  const blank = { ...dataSource({ uid: 'main' }), dashboards: { dns: { title: 'DNS', panels: {} } } }
  expect(found({ ...blank, dashboards: { ...base.dashboards, ...blank.dashboards } })).toEqual([
    'new high data-source/Prometheus/uid meaning',
  ])
  expect(found(dataSource({ type: 'loki', isDefault: false }))).toEqual([
    'new high data-source/Prometheus/type meaning',
    'new medium data-source/Prometheus/default meaning',
  ])
})

test.each([
  ['http://central:9090', ['new high data-source/Prometheus/url meaning']],
  ['http://prometheus:9090/', ['change low data-source/Prometheus']],
  ['http://prometheus.svc.cluster.local:9090', ['change low data-source/Prometheus']],
])('a data source with the URL %s', (url, findings) => {
  expect(found(dataSource({ url }))).toEqual(findings)
})

const panelsOf = (panels: Observation['dashboards'][string]['panels']) => ({
  dashboards: { ...base.dashboards, dns: { title: 'DNS', panels } },
})

test('a panel that is gone, has another name, or was replaced', () => {
  const hits = { expr: 'rate(coredns_cache_hits_total[5m])', answer: 'data' }
  const gone = 'panel/dns/Hits / A'
  expect(found(panelsOf({}))).toEqual([`new medium ${gone}`])
  expect(found(panelsOf({ 'Cache hits / A': hits }))).toEqual([])
  expect(found(panelsOf({ 'Ratio / A': { ...hits, expr: `sum(${hits.expr})` } }))).toEqual([
    `change medium ${gone}`,
  ])
  expect(found(panelsOf({}), panelsOf({ 'Hits / A': { ...hits, answer: 'no data' } }))).toEqual([])
})

test.each([
  ['currencyKRW', 'currencyUSD', ['new medium meaning']],
  ['bytes', 's', ['new medium meaning']],
  ['bytes', 'short', ['change low']],
  [undefined, 'bytes', ['change low']],
])('a panel of unit %s and then %s', (old, now, findings) => {
  const hits = (unit: string | undefined) =>
    panelsOf({ 'Hits / A': { expr: 'x', answer: 'data', ...(unit !== undefined && { unit }) } })
  const id = 'panel-value/dns/Hits / A'
  expect(found(hits(now), hits(old)).map((line) => line.replace(` ${id}`, ''))).toEqual(findings)
})

const key = 'coredns http-metrics/metrics'
const scrape = (more: Partial<Observation['scrapes'][string]>) =>
  ({
    scrapes: { ...base.scrapes, [key]: { ...base.scrapes[key], ...more } },
  }) as Partial<Observation>

test.each([
  [
    'the window of a panel has room for less than four scrapes',
    120,
    [`new medium scrape/${key}/interval meaning`],
  ],
  ['every window has room for four', 60, [`change low scrape/${key}/interval`]],
  ['more often', 15, [`change low scrape/${key}/interval`]],
])('another scrape interval: %s', (_, interval, findings) => {
  expect(found(scrape({ interval }))).toEqual(findings)
})

test('targets on the same hosts, and labels that targets lost', () => {
  expect(found(scrape({ targets: 4 }))).toEqual([`new high scrape/${key}/targets meaning`])
  expect(found(scrape({ targets: 4, hosts: 4 }))).toEqual([])
  expect(found(scrape({ labels: ['instance', 'job', 'namespace'] }))).toEqual([
    `change medium scrape/${key}/pod`,
  ])
})

test('a metric relabeling that takes series from a query', () => {
  const monitor = 'ServiceMonitor monitoring/node'
  const seen = (series: number, relabelings: object): Partial<Observation> => ({
    objects: { ...base.objects, [monitor]: { 'web /metrics': relabelings } },
    recordingRules: {
      'node / a': {
        record: 'a',
        expr: 'sum by (zone) (node_load1)',
        answer: 'data',
        values: { series, median: 1, spread: 0, rises: false },
      },
    },
  })
  const id = `object/${monitor}/web /metrics.drop zone-a`
  expect(found(seen(3, { 'drop zone-a': 'zone' }), seen(4, {}))).toEqual([`new high ${id} meaning`])
  expect(found(seen(4, { 'drop zone-a': 'zone' }), seen(4, {}))).toEqual([`change medium ${id}`])
  expect(found(seen(3, {}), seen(4, {}))).toEqual([])
  const ofMetric = (regex: string) => found(seen(3, { [`drop ${regex};a`]: '__name__;zone' }), seen(4, {}))
  expect(ofMetric('node_load.*')).toEqual([expect.stringMatching(/^new high .* meaning$/)])
  expect(ofMetric('node_network_.*')).toEqual([expect.stringMatching(/^change medium/)])
})

test('a relabeling that rewrites a label, with and without a rule that uses it', () => {
  const monitor = 'ServiceMonitor monitoring/node-exporter'
  const seen = (target: string): Partial<Observation> => ({
    objects: {
      ...base.objects,
      [monitor]: {
        'http-metrics /metrics': { 'before the scrape: replace .*': `__meta_node → ${target}="$1"` },
      },
    },
  })
  const before = { objects: { ...base.objects, [monitor]: { 'http-metrics /metrics': {} } } }
  const id = `object/${monitor}/http-metrics /metrics.before the scrape: replace .*`
  expect(found(seen('instance'), before)).toEqual([`new medium ${id} meaning`])
  expect(found(seen('zone'), before)).toEqual([`change medium ${id}`])
})

test('a label that a metric lost, with and without a rule that groups by it', () => {
  const metrics = { ...base.metrics, node_load1: { jobs: ['node-exporter'], labels: ['job'], series: 4 } }
  expect(found({ metrics })).toEqual(['new high metric/node_load1/instance meaning'])
  expect(found({ metrics, recordingRules: {} }, { recordingRules: {} })).toEqual([
    'change medium metric/node_load1/instance',
  ])
})

test('a job with another name', () => {
  const { coredns, ...others } = base.targets
  const metrics = { ...base.metrics, coredns_cache_hits_total: { jobs: ['dns'], labels: ['job'], series: 4 } }
  const targets = { ...others, dns: coredns ?? { up: 2, down: [] } }
  const all = compare(base, { ...base, metrics, targets })
  expect(all.map(({ sentence }) => sentence)).toContain(
    'job coredns was renamed to dns: queries, alerts and routes that select job="coredns" find nothing',
  )
})

test('URLs that two jobs scrape', () => {
  expect(found({ sharedTargets: { 'coredns and dns': 2 } })).toEqual([
    'new high shared-targets/coredns and dns meaning',
  ])
  expect(found({ sharedTargets: {} }, { sharedTargets: { 'coredns and dns': 2 } })).toEqual([])
})

test('log documents without a usual field, and index patterns', () => {
  const fields = { '@timestamp': 1, message: 1 }
  expect(found({ recentLogs: { documents: 300, fields } })).toEqual([
    'new high log-field/kubernetes.labels meaning',
  ])
  expect(found({ recentLogs: { documents: 20, fields } })).toEqual([])
  const some = { ...base.recentLogs.fields, message: 0.1 }
  expect(found({ recentLogs: { documents: 300, fields: some } })).toEqual(['change medium log-field/message'])
  const pattern = { title: 'logs-*', timeField: '@timestamp', answer: 'data' }
  expect(found({ indexPatterns: {} })).toEqual(['new high index-pattern/logs'])
  expect(found({ indexPatterns: { logs: { ...pattern, answer: 'no data' } } })).toEqual([
    'new high index-pattern/logs',
  ])
  expect(found({ indexPatterns: { logs: { ...pattern, timeField: '' } } })).toEqual([
    'new medium index-pattern/logs meaning',
  ])
})

test.each([
  ['twice as much, far from the limit', 800e6, 4e9, []],
  ['near the limit, but hardly more', 420e6, 500e6, []],
  ['twice as much and near the limit', 850e6, 1e9, ['change medium']],
  ['twice as much and at the limit', 990e6, 1e9, ['new high']],
  ['a limit below what was used', 300e6, 350e6, ['new high']],
])('memory: %s', (_, used, limit, findings) => {
  const name = 'memory of StatefulSet monitoring/prometheus: prometheus'
  const before = { usage: { [name]: { used: 400e6, limit: Math.max(limit, 1e9) } } }
  expect(found({ usage: { [name]: { used, limit } } }, before)).toEqual(
    findings.map((finding) => `${finding} usage/${name}`),
  )
})

test('a container at its CPU limit is only a change', () => {
  const name = 'CPU of Deployment monitoring/dashboards: dashboards'
  const before = { usage: { [name]: { used: 0.1, limit: 1 } } }
  expect(found({ usage: { [name]: { used: 1, limit: 1 } } }, before)).toEqual([`change medium usage/${name}`])
})

const agent = (role: string, rules: readonly string[]) => ({
  objects: {
    ...base.objects,
    [`ClusterRole ${role}`]: { rules },
    'ClusterRoleBinding agent': {
      role: `ClusterRole ${role}`,
      subjects: ['ServiceAccount monitoring/agent'],
    },
  },
})

test('permissions that a workload with the same images lost', () => {
  const workload = 'DaemonSet monitoring/agent'
  const seen = (rules: readonly string[], image: string) => {
    const { objects } = agent('agent', rules)
    return {
      objects: { ...objects, [workload]: { serviceAccount: 'agent' } },
      images: { ...base.images, [`${workload}: agent`]: image },
    }
  }
  const id = 'permissions-lost/ServiceAccount monitoring/agent'
  const before = seen(['get pods', 'list pods'], 'agent:1')
  expect(found(seen(['get pods'], 'agent:1'), before)).toEqual([`new high ${id}`])
  expect(found(seen(['get pods'], 'agent:2'), before)).toContain(`change medium ${id}`)
})

test('permissions by subject, whichever role grants them', () => {
  const id = 'ServiceAccount monitoring/agent'
  const before = agent('agent', ['get pods', 'list pods'])
  expect(found(agent('agent', ['list pods', 'get pods']), before)).toEqual([])
  expect(found(agent('agent', ['get pods']), before)).toEqual([`change medium permissions-lost/${id}`])
  expect(found(agent('agent', ['get pods', 'list pods', 'get nodes']), before)).toEqual([
    `change low permissions-gained/${id}`,
  ])
  expect(found(agent('agent', ['get pods', 'list pods', 'list secrets']), before)).toEqual([
    `change medium permissions-gained/${id}`,
  ])
  const all = agent('agent', ['* *.apps', 'get pods in monitoring'])
  expect(found(agent('agent', ['get deployments.apps', '* *.apps', 'get pods']), all)).toEqual([
    `change low permissions-gained/${id}`,
  ])
  expect(found(agent('agent', ['* deployments.apps', 'get pods in monitoring']), all)).toEqual([
    `change medium permissions-lost/${id}`,
  ])
  expect(found(agent('other', ['get pods', 'list pods']), before)).toEqual([
    'change low object/ClusterRole agent',
    'change low object/ClusterRole other',
    'change low object/ClusterRoleBinding agent/role',
  ])
})

test('a NetworkPolicy that admits fewer clients', () => {
  const service = (type: string, port: string) => ({
    type,
    selector: { app: 'prometheus' },
    ports: { [port]: { port: 80, targetPort: port } },
  })
  const objects = {
    ...storage({}).objects,
    'Service monitoring/prometheus': service('NodePort', 'web'),
    'Service monitoring/reloader': service('ClusterIP', 'reloader'),
  }
  const policy = (level: string, port = 'web') => ({
    objects: {
      ...objects,
      'NetworkPolicy monitoring/p': { selects: [workload], admits: { [`${workload}: ${port}`]: level } },
    },
  })
  const isNew = 'change low object/NetworkPolicy monitoring/p'
  expect(found(policy('everyone'), { objects })).toEqual([isNew])
  const byNumber = { ...service('NodePort', 'web'), ports: { web: { port: 80, targetPort: '9090' } } }
  const numbered = { 'Service monitoring/prometheus': byNumber }
  const denied = { objects: { ...policy('nobody').objects, ...numbered } }
  expect(found(denied, { objects: { ...objects, ...numbered } })).toEqual([
    `new high network/${workload}: web`,
    isNew,
  ])
  expect(found(policy('nobody', 'profiling'), { objects })).toEqual([isNew])
  expect(found(policy('some'), { objects })).toEqual([`new high network/${workload}: web`, isNew])
  expect(found(policy('some', 'reloader'), { objects })).toEqual([
    `change medium network/${workload}: reloader`,
    isNew,
  ])
  expect(found(policy('nobody', 'reloader'), { objects })).toEqual([
    `new high network/${workload}: reloader`,
    isNew,
  ])
})

test('a NetworkPolicy that restricts what pods may connect to', () => {
  const agents = 'DaemonSet monitoring/agent'
  const policy = (...all: readonly string[]) => ({
    objects: Object.fromEntries(
      all.map((egress, index) => [
        `NetworkPolicy monitoring/${index}`,
        { selects: [agents], admits: {}, egress },
      ]),
    ),
  })
  const egress = (after: Partial<Observation>, before: Partial<Observation>) =>
    found(after, before).filter((line) => line.includes('egress/'))
  expect(egress(policy('nothing'), policy())).toEqual([`new high egress/${agents}`])
  expect(egress(policy('some'), policy())).toEqual([`change medium egress/${agents}`])
  expect(egress(policy('nothing', 'everything'), policy())).toEqual([])
  expect(egress(policy('some'), policy('nothing'))).toEqual([])
})

const service = 'Service monitoring/shop'
const serving = (type: string, ports: object) => ({ objects: { [service]: { type, ports } } })
const web = { port: 80, targetPort: 'web', protocol: 'TCP' }
test.each([
  [
    'a port with a different number',
    serving('ClusterIP', { web: { ...web, port: 81 } }),
    ['new medium ports.web.port'],
  ],
  ['a port with a different name', serving('ClusterIP', { http: web }), ['change medium ports.web']],
  ['a port that is gone', serving('ClusterIP', {}), ['new medium ports.web']],
  ['a port that becomes a NodePort', serving('NodePort', { web }), ['change medium type']],
])('a Service: %s', (_, after, findings) => {
  const short = (line: string) => line.replace(`object/${service}/`, '')
  expect(found(after, serving('ClusterIP', { web })).map(short)).toEqual(findings)
})

test('a Service that is no longer a NodePort', () => {
  expect(found(serving('ClusterIP', { web }), serving('NodePort', { web }))).toEqual([
    `new medium object/${service}/type`,
  ])
})

test.each([
  ['no replica', 'Deployment monitoring/shop', { replicas: 1 }, { replicas: 0 }, 'new high'],
  ['fewer replicas', 'Deployment monitoring/shop', { replicas: 2 }, { replicas: 1 }, 'change medium'],
  [
    'a doubled request',
    'Deployment monitoring/shop',
    { resources: { a: { 'requests memory': '1Gi' } } },
    { resources: { a: { 'requests memory': '2048Mi' } } },
    'change medium',
  ],
  ['a host without TLS', 'Ingress monitoring/shop', { tls: ['a'] }, { tls: [] }, 'new medium'],
  [
    'a webhook that refuses',
    'ValidatingWebhookConfiguration a',
    { webhooks: { b: 'Ignore' } },
    { webhooks: { b: 'Fail' } },
    'change medium',
  ],
])('an object: %s', (_, name, old, now, finding) => {
  const [line] = found({ objects: { [name]: now } }, { objects: { [name]: old } })
  expect(line).toMatch(new RegExp(`^${finding} object/${name}/`))
})

test('a restart of every pod makes no difference', () => {
  const [memory = ''] = Object.keys(base.usage)
  const restarted: Partial<Observation> = {
    takenAt: '2026-11-23T10:20:00.000Z',
    usage: { ...base.usage, [memory]: { used: 90e6, limit: 1e9 } },
    recentLogs: { documents: 130, fields: { ...base.recentLogs.fields, 'kubernetes.labels': 0.4 } },
  }
  expect(found(restarted)).toEqual([])
})

test('panels that name a data source are consequences of its new uid', () => {
  const panels = { 'Hits / A': { expr: 'rate(coredns_cache_hits_total[5m])', answer: 'error: not found' } }
  const dashboards = { ...base.dashboards, dns: { title: 'DNS', panels } }
  expect(found({ ...dataSource({ uid: 'main' }), dashboards })).toEqual([
    'new high data-source/Prometheus/uid meaning',
  ])
})

test('a ServiceAccount that loses its binding, and a new one that may read Secrets', () => {
  expect(found({ objects: base.objects }, agent('agent', ['get pods']))).toEqual([
    'change medium permissions-lost/ServiceAccount monitoring/agent',
    'change low object/ClusterRole agent',
    'change low object/ClusterRoleBinding agent',
  ])
  expect(found(agent('agent', ['get pods', 'list secrets']))).toEqual([
    'change medium permissions-gained/ServiceAccount monitoring/agent',
    'change low object/ClusterRole agent',
    'change low object/ClusterRoleBinding agent',
  ])
})

test('a missing index template: what the next index lacks is a consequence', () => {
  const template = { 'index template logs': 'for logs-* (a)' }
  const before = set('OpenSearch', template)
  const without = { 'OpenSearch index of tomorrow': { 'index.number_of_replicas': '1' } }
  expect(found({ settings: { ...base.settings, ...without } }, before)).toEqual([
    'new high setting/OpenSearch/index template logs meaning',
  ])
})
