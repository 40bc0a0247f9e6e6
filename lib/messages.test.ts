import { expect, test } from 'vitest'
import { withoutAges } from './progress.ts'
import { messageOf } from './messages.ts'
import { metricNames } from './promql.ts'

/** An error as the Kubernetes client throws it: the body twice, once within the message. */
const apiException = (code: number, body: string) => {
  const headers = { 'content-type': 'application/json', 'audit-id': '9d1f' }
  const message = `HTTP-Code: ${code}\nMessage: Unknown API Status Code!\nBody: ${JSON.stringify(body)}\nHeaders: ${JSON.stringify(headers)}`
  return Object.assign(new Error(message), { code, body, headers })
}
const status = { kind: 'Status', message: 'pods "vector-x" is forbidden: User "reader"', code: 403 }

test.each([
  [apiException(403, `${JSON.stringify(status)}\n`), `the API server answered 403: ${status.message}`],
  [apiException(503, 'shutting down\n'), 'the API server answered 503: shutting down'],
  [Object.assign(new Error('PUT'), { body: status }), `the API server answered 403: ${status.message}`],
  [new Error('connection refused'), 'connection refused'],
  ['no error', 'no error'],
  [undefined, 'undefined'],
])('the message of an error, row %#', (error, message) => {
  expect(messageOf(error)).toBe(message)
})

test.each([
  [', 1 restart in 14 s', '41 s'],
  [', 2 restarts in 2 min 5 s', '2 min 7 s'],
  [', 9 restarts', '1 h 2 min'],
])('the same trouble%s after %s', (restarts, age) => {
  expect(withoutAges(`Pod a/b: keeps crashing: exit code 2${restarts} (not Ready for ${age})`)).toBe(
    'Pod a/b: keeps crashing: exit code 2 (not Ready)',
  )
})

test.each([
  ['avg(users_active)', ['users_active']],
  ['sum(rate(orders_total{status="success"}[5m])) / sum(rate(orders_total[5m])) * 100', ['orders_total']],
  // Labels in groupings, on either side of the aggregation, and in matchers are not metrics.
  ['sum by (job, instance) (up{job=~"a|b"}) > bool 0', ['up']],
  ['count(kube_pod_info) by (namespace)', ['kube_pod_info']],
  ['a * on (pod) group_left(node) b unless ignoring(pod) c', ['a', 'b', 'c']],
  // Recording rules have colons in their names; durations and numbers contain letters.
  ['sum(cluster:memory_usage:ratio offset 5m) + 1e3 + Inf', ['cluster:memory_usage:ratio']],
  ['rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]) @ end()', ['node_cpu_seconds_total']],
  ['max_over_time(rate(x[1m])[5m:30s]) # of y', ['x']],
  ['label_replace(up, "a", "$1", "b", "(.*)")', ['up']],
  ['{__name__=~"container_fs_.*"}', []],
])('the metrics of %s', (expr, names) => {
  expect(metricNames(expr)).toEqual(names)
})
