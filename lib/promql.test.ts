import { expect, test } from 'vitest'
import { durationSeconds, selectorsOf, selectorText } from './promql.ts'

test.each([
  ['avg(users_active)', ['users_active']],
  [
    'sum(rate(orders_total{status="success"}[5m])) / sum(rate(orders_total[5m])) * 100',
    ['orders_total{status="success"}', 'orders_total'],
  ],
  // Labels in groupings, on either side of the aggregation, and functions are not metrics.
  ['sum by (job, instance) (up{job=~"a|b"}) > bool 0', ['up{job=~"a|b"}']],
  ['count(kube_pod_info) by (namespace)', ['kube_pod_info']],
  ['Sum WITHOUT (mode) (a) OR b', ['a', 'b']],
  ['a * on (pod) group_left(node) b unless ignoring(pod) group_right c', ['a', 'b', 'c']],
  ['topk(1, (a{x="y"})) - scalar(sum(b))', ['a{x="y"}', 'b']],
  // Recording rules have colons in their names; durations and numbers contain letters.
  ['sum(cluster:memory_usage:ratio offset 5m) + 1e3 + Inf - 0x1f', ['cluster:memory_usage:ratio']],
  ['rate(cpu{mode!="idle"}[$__rate_interval]) @ end()', ['cpu{mode!="idle"}']],
  ['rate(cpu[${__rate_interval}]) + $unknown + [[other]]', ['cpu']],
  ['max_over_time(rate(x[1m])[5m:30s]) # of y', ['x']],
  ['x @ 1609746000 offset -1w', ['x']],
  // Strings contain brackets and quotes.
  ['label_replace(up, "a", "$1}", "b", "(.*)[{")', ['up']],
  ['a{b="}",c=\'"\'} + d', ['a{b="}",c=\'"\'}', 'd']],
  ['{__name__=~"container_fs_.*"}', ['{__name__=~"container_fs_.*"}']],
  // The same selector once, however it is broken into lines.
  ['a { b = "c" } / a { b\n= "c" }', ['a { b\n= "c" }']],
  ['histogram_quantile(0.99, sum(rate(d_bucket{le!=""}[5m])) by (le))', ['d_bucket{le!=""}']],
  ['', []],
])('the selectors of %s', (expr, texts) => {
  expect(selectorsOf(expr).map(({ text }) => text)).toEqual(texts)
})

test('the metric and the matchers of a selector', () => {
  expect(selectorsOf('up{job="a\\"b",instance!~`\\d+`,}')).toMatchObject([
    {
      metric: 'up',
      matchers: [
        { label: 'job', operator: '=', value: 'a"b' },
        { label: 'instance', operator: '!~', value: '\\d+' },
      ],
    },
  ])
  expect(selectorsOf('{__name__="up",job="a"}')).toMatchObject([
    { metric: 'up', matchers: [{ label: 'job' }] },
  ])
  expect(selectorsOf('{"http.requests", "http.code"="500"}')).toMatchObject([
    { metric: 'http.requests', matchers: [{ label: 'http.code', operator: '=', value: '500' }] },
  ])
  expect(selectorsOf('{job="a"}')).toMatchObject([{ metric: undefined }])
})

test.each([
  'up',
  'up{job="a"}',
  'up{job=~"a\\\\.b",x!=""}',
  '{job="a"}',
  '{"http.requests","http.code"="5"}',
])('the text of %s', (text) => {
  const [selector] = selectorsOf(text)
  expect(selector && selectorText(selector)).toBe(text)
})

test.each([
  ['1y', 31_536_000],
  ['1h30m', 5400],
  ['500ms', 0.5],
  ['0', 0],
])('%s is %d seconds', (text, seconds) => expect(durationSeconds(text)).toBe(seconds))
