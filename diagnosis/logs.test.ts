import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import { ourServers } from '../config/endpoints.ts'
import { fieldShortfalls, lineShortfalls, type EmittedLine } from './logs.ts'
import { describeUnassigned } from './shards.ts'
import { describeVectorErrors, sinkShortfalls } from './vectorErrors.ts'

/** For arrays of texts. */
const matching = (text: RegExp): unknown => expect.stringMatching(text)

/** A line of node `worker`, found with the label of a node. */
const line = (number: number, label = 'worker'): EmittedLine => ({
  node: 'worker',
  line: number,
  document: {
    '@timestamp': '2025-11-04T14:00:00.000Z',
    message: `e2e-run=r01 node=worker line=${number}`,
    kubernetes: {
      namespace_name: 'default',
      pod_name: 'log-emitter-x7k2p',
      container_name: 'main',
      pod_node_name: label,
      labels: {},
    },
  },
})
const ofWorker2 = { ...line(1, 'worker2'), node: 'worker2' }

test.each([
  ['all found, and newer ones', 2, [line(2), line(1), line(3), ofWorker2, ofWorker2], []],
  ['lost', 5, [line(1), line(3), line(6)], [/3 of 5 lines are not found, the first is line 2/]],
  ['twice', 2, [line(1), line(1), line(2)], [/1 line found twice/]],
  ['another node', 2, [line(1), line(2, 'worker2')], [/labelled with node worker2/]],
  ['none', 12, [ofWorker2], [/none of the 12 lines of this run/]],
  [
    'all of these',
    4,
    [line(2), line(2), line(2), line(4, 'control-plane')],
    [/2 of 4 lines are not found/, /2 lines found twice/, /labelled with node control-plane/],
  ],
])('the lines of a node: %s', (_, written, lines, shortfalls) => {
  expect(lineShortfalls('worker', written, lines)).toEqual(shortfalls.map(matching))
})

const kubernetes = {
  namespace_name: 'monitoring',
  pod_name: 'planted-grafana',
  container_name: 'grafana',
  pod_node_name: 'worker',
  labels: { app: 'planted' },
}
const whole = { '@timestamp': '2025-11-04T14:00:00Z', stream: 'stdout', kubernetes }
const expected = {
  '@timestamp': /Z$/,
  'kubernetes.namespace_name': 'monitoring',
  'kubernetes.pod_node_name': 'worker',
  'kubernetes.labels.app': 'planted',
}
const renamed: object = {
  ...whole,
  kubernetes: { namespace: 'monitoring', pod_node_name: 'worker', pod_labels: { app: 'planted' } },
}
const vectorTransform = /\n  remedy: transform shape of values\/vector\.yaml/

test.each([
  ['right', whole, []],
  ['time renamed', { timestamp: '2025Z', kubernetes }, [/lack @timestamp; .*: kubernetes, message, t/]],
  [
    'labels and namespace renamed',
    renamed,
    [/lack kubernetes\.namespace_name; .*kubernetes\.namespace, kube/, /lack kubernetes\.labels\.app; /],
  ],
  ['no kubernetes', { '@timestamp': '2025Z' }, [/namespace_name/, /pod_node_name/, /labels\.app/]],
  ['another time', { ...whole, '@timestamp': '2025-11-04' }, [/@timestamp: .* 2025-11-04, not \/Z\$\//]],
  [
    'another node',
    { ...whole, kubernetes: { ...kubernetes, pod_node_name: 'worker2' } },
    [/pod_node_name: .*one has worker2, not worker/],
  ],
])('the fields of two documents: %s', (_, document, shortfalls) => {
  const documents = ['one', 'two'].map((id) => ({ id, document: { message: id, ...document }, expected }))
  const found = fieldShortfalls(documents)
  expect(found).toEqual(shortfalls.map(matching))
  for (const text of found) {
    expect(text).toMatch(/^2 documents /)
    expect(text).toMatch(
      text.includes('@timestamp;') || text.includes('@timestamp:') ? /timestamp_key/ : vectorTransform,
    )
  }
})

/** An error as a pod of Vector logs it; the request id differs from pod to pod. */
const vectorError = (number: number, message: string) => ({
  pod: `vector-${number}`,
  line:
    `2026-11-23T07:56:4${number}.376725Z ERROR sink{component_kind="sink" component_id=opensearch component_type=elasticsearch}` +
    `:request{request_id=${number}}: vector::sinks::util::retries: ${message} internal_log_rate_limit=true`,
})
const dropped = (reason: string) => `Not retriable; dropping the request. reason=${JSON.stringify(reason)}`
const refused = {
  type: 'illegal_argument_exception',
  reason: 'Action/metadata line [1] contains an unknown parameter [_type]',
}
const refusedBody = JSON.stringify({ error: { root_cause: [refused], ...refused }, status: 400 })
const lost = 'Events dropped intentional=false count=37 reason="Service call failed."'
const unreachable = {
  pod: 'vector-3',
  line: '2026-11-23T07:56:42.000000Z ERROR vector::topology::builder: Healthcheck failed. error=error trying to connect: dns error component_kind="sink"',
}

test.each([
  [
    'OpenSearch refuses _type, in two pods',
    [1, 2].map((pod) => vectorError(pod, dropped(`client-side error, 400 Bad Request: ${refusedBody}`))),
    [/vector-1, vector-2: sink opensearch: .*illegal_argument.*\[_type\]"\n  remedy: set `api_version: v8`/],
  ],
  [
    'an index is blocked',
    [vectorError(1, dropped('error type: cluster_block_exception, reason: index [logs] blocked by: [x];'))],
    [/vector-1: .*cluster_block_exception.*\n  remedy: .*curl -X PUT .*index\.blocks\.write/],
  ],
  [
    'OpenSearch refuses the login, several times',
    [1, 1].map((pod) => vectorError(pod, dropped('client-side error, 401 Unauthorized: Unauthorized'))),
    [
      /Vector says in vector-1: .*401 Unauthorized.*\n {2}remedy: OpenSearch refuses the login of the sink: correct `auth`/,
    ],
  ],
  [
    'the user of the sink has no permission to change the mapping',
    [
      vectorError(
        1,
        dropped(
          'error type: security_exception, reason: no permissions for [indices:admin/mapping/auto_put]',
        ),
      ),
    ],
    [/vector-1: .*auto_put.*\n {2}remedy: the user of the sink lacks a permission/],
  ],
  [
    'lines are too long',
    [1, 2].map((pod) => ({
      pod: `vector-${pod}`,
      line: `2026-11-23T07:56:42.000000Z ERROR source{component_kind="source" component_id=kubernetes_logs component_type=kubernetes_logs}:file_server: vector::internal_events::file::source: Found line that exceeds max_line_bytes; discarding. truncated_bytes=b"2026 stdout \\"${pod}" configured_limit=8192 encountered_size_so_far=100${pod} error_type="condition_failed"`,
    })),
    [
      /vector-1, vector-2: source kubernetes_logs: Found line that exceeds max_line_bytes; discarding\. configured_limit=8192.*\n {2}remedy: raise max_line_bytes/,
    ],
  ],
  [
    'OpenSearch asks for patience',
    [
      {
        pod: 'vector-1',
        line: '2026-11-23T07:56:42.000000Z  WARN sink{component_kind="sink" component_id=opensearch component_type=elasticsearch}:request{request_id=7}: vector::sinks::util::retries: Retrying after response. reason=too many requests',
      },
    ],
    [/vector-1: sink opensearch: Retrying after response\. reason=too many requests\n {2}remedy: .*memory/],
  ],
  [
    'a mapping conflict, in two documents',
    [1, 2].map((pod) =>
      vectorError(
        pod,
        dropped(
          `error type: mapper_parsing_exception, reason: failed to parse field [level] of type [long] in document with id 'x${pod}'. Preview of field's value: 'info'`,
        ),
      ),
    ),
    [/vector-1, vector-2: .*failed to parse field \[level\].*\n {2}remedy: the field has another type/],
  ],
  [
    'the disk was full',
    [
      vectorError(
        1,
        dropped(
          'error type: cluster_block_exception, reason: index [logs] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];',
        ),
      ),
    ],
    [/flood-stage.*\n {2}remedy: .*free disk space.*read_only_allow_delete/],
  ],
  [
    'errors that differ in more than a count',
    [vectorError(1, lost), vectorError(2, lost.replace('37', '4')), unreachable],
    [
      /vector-1, vector-2: .* intentional=false reason="Service call failed\."$/,
      /vector-3: Healthcheck failed/,
    ],
  ],
])('errors of Vector: %s', (_, errors, texts) => {
  expect(describeVectorErrors(errors, ourServers.opensearch)).toEqual(texts.map(matching))
})

test.each([
  ['http://opensearch-elsewhere:9200', 'there is no Service monitoring/opensearch-elsewhere'],
  ['http://opensearch.elsewhere.svc.cluster.local:9200', 'there is no Service elsewhere/opensearch'],
  ['http://opensearch-cluster-master:9200', undefined],
  ['https://search.example.com', undefined],
  ['http://10.96.0.12:9200', undefined],
])('a sink that sends to %s', (url, missing) => {
  const [text] = sinkShortfalls(
    ourComponents,
    [`endpoints: ['${url}']`],
    ['monitoring/opensearch-cluster-master'],
  )
  expect(text).toContain(url)
  if (missing === undefined) expect(text).not.toContain('no Service')
  else expect(text).toContain(missing)
})

test('a primary that two nodes refuse for the same reason', () => {
  const shard = { index: 'homeless', shard: 0, primary: true, state: 'UNASSIGNED', reason: 'INDEX_CREATED' }
  const text = describeUnassigned(
    shard,
    ['filter: not "nobody"', 'filter: not "nobody"'],
    ourServers.opensearch,
  )
  expect(text).toMatch(/^primary 0 of homeless is unassigned: INDEX_CREATED; filter: not "nobody"\n/)
  expect(text).toContain("`curl 'http://127.0.0.1:30920/homeless/_settings'`")
  const secured = { url: 'https://127.0.0.1:30920', user: 'admin', password: 'hush' }
  expect(describeUnassigned(shard, [], secured)).toContain("`curl -k -u admin 'https://127.0.0.1:30920")
})
