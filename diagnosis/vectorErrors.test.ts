import { expect, test } from 'vitest'
import { describeVectorErrors, sinkShortfalls, type VectorError } from './vectorErrors.ts'

const sink = 'sink{component_kind="sink" component_id=opensearch component_type=elasticsearch}'
/** A line as Vector writes it, of the pod and the request of this number. */
const complaint = (number: number, said: string): VectorError => ({
  pod: `vector-${number}`,
  line: `2026-11-23T07:56:4${number}.376725Z ERROR ${sink}:request{request_id=${number}}: vector::sinks::util::retries: ${said} internal_log_rate_limit=true`,
})
const dropped = (reason: string) => `Not retriable; dropping the request. reason=${JSON.stringify(reason)}`
const described = (...complaints: readonly VectorError[]) => describeVectorErrors(complaints).join('\n')

test('OpenSearch refuses _type: the same in two pods', () => {
  const error = {
    type: 'illegal_argument_exception',
    reason: 'Action/metadata line [1] contains an unknown parameter [_type]',
  }
  const body = JSON.stringify({ error: { root_cause: [error], ...error }, status: 400 })
  const said = dropped(`client-side error, 400 Bad Request: ${body}`)
  expect(described(complaint(1, said), complaint(2, said))).toMatchInlineSnapshot(`
    "Vector says in vector-1, vector-2: sink opensearch: Not retriable; dropping the request. reason="client-side error, 400 Bad Request: illegal_argument_exception: Action/metadata line [1] contains an unknown parameter [_type]"
      remedy: set \`api_version: v8\` for the sink in values/vector.yaml: auto sends _type, which OpenSearch refuses"
  `)
})

test('an index is blocked', () => {
  const said = dropped(
    'error type: cluster_block_exception, reason: index [logs-2026.11.23] blocked by: [FORBIDDEN/8/index write (api)];',
  )
  expect(described(complaint(1, said))).toMatchInlineSnapshot(`
    "Vector says in vector-1: sink opensearch: Not retriable; dropping the request. reason="error type: cluster_block_exception, reason: index [logs-2026.11.23] blocked by: [FORBIDDEN/8/index write (api)];"
      remedy: an index takes no documents: \`curl 'http://127.0.0.1:30920/logs-*/_settings'\` has its index.blocks, \`curl -X PUT -H 'content-type: application/json' -d '{"index.blocks.write":null}' 'http://127.0.0.1:30920/logs-*/_settings'\` lifts that of writes; what was refused is lost"
  `)
})

test('complaints that differ, or that are not known', () => {
  const lost = 'Events dropped intentional=false count=37 reason="Service call failed."'
  const failed: VectorError = {
    pod: 'vector-3',
    line: '2026-11-23T07:56:42.000000Z ERROR vector::topology::builder: Healthcheck failed. error=error trying to connect: dns error component_kind="sink" component_id=opensearch',
  }
  expect(described(complaint(1, lost), complaint(2, lost.replace('37', '4')), failed)).toMatchInlineSnapshot(`
    "Vector says in vector-1, vector-2: sink opensearch: Events dropped intentional=false reason="Service call failed."
    Vector says in vector-3: Healthcheck failed. error=error trying to connect: dns error component_kind="sink" component_id=opensearch"
  `)
})

test('where the sinks send to', () => {
  const services = ['monitoring/opensearch-cluster-master']
  const urls = [
    'http://opensearch-elsewhere:9200',
    'http://opensearch-cluster-master:9200',
    'http://opensearch.elsewhere.svc.cluster.local:9200',
    'https://search.example.com',
    'http://10.96.0.12:9200',
  ]
  const config = urls.map((url) => `endpoints: ['${url}']`)
  expect(sinkShortfalls(config, services).join('\n')).toMatchInlineSnapshot(`
    "ConfigMap monitoring/vector has its sinks send to http://opensearch-elsewhere:9200, and there is no Service monitoring/opensearch-elsewhere; OpenSearch is behind Service monitoring/opensearch-cluster-master
      remedy: correct endpoints of the sink in values/vector.yaml
    ConfigMap monitoring/vector has its sinks send to http://opensearch-cluster-master:9200
    ConfigMap monitoring/vector has its sinks send to http://opensearch.elsewhere.svc.cluster.local:9200, and there is no Service elsewhere/opensearch; OpenSearch is behind Service monitoring/opensearch-cluster-master
      remedy: correct endpoints of the sink in values/vector.yaml
    ConfigMap monitoring/vector has its sinks send to https://search.example.com
    ConfigMap monitoring/vector has its sinks send to http://10.96.0.12:9200"
  `)
})
