import { expect, test } from 'vitest'
import { metricNames } from './promql.ts'

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
