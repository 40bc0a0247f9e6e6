import { expect, test } from 'vitest'
import { selectorsOf, type Selector } from '../lib/promql.ts'
import { conditionOf, reasonsFor, type ClusterFacts } from './emptyPanels.ts'

const selectorOf = (text: string): Selector => {
  const [selector] = selectorsOf(text)
  if (!selector) throw new Error(`${text} has no selector`)
  return selector
}
const conditions = (text: string) =>
  reasonsFor(selectorOf(text)).map((reason) => conditionOf(reason, selectorOf(text)))

test.each([
  [
    'rest_client_requests_total{job="kubelet",code=~"5.."}',
    ['count(rest_client_requests_total{job="kubelet"})'],
  ],
  // What is expected to succeed has no excuse.
  ['rest_client_requests_total{job="kubelet",code=~"2.."}', []],
  // kube_pod_info has no label container.
  [
    'cluster:namespace:pod_cpu:active:kube_pod_container_resource_limits{cluster="",namespace="a",pod="b",container!=""}',
    ['count(kube_pod_info{namespace="a",pod="b"})'],
  ],
  [
    'container_fs_reads_total{job="kubelet",container!="",device=~"sd.+",namespace="a"}',
    ['count(container_memory_rss{container!="",namespace="a"})'],
  ],
  [
    'scheduler_schedule_attempts_total{job="kube-scheduler",result="scheduled"}',
    ['max(process_start_time_seconds{job="kube-scheduler"}) > max(kube_pod_created)'],
  ],
  ['orders_total{code=~"5.."}', []],
])('the conditions under which %s may have no series', (text, expected) => {
  expect(conditions(text)).toEqual(expected)
})

const pod = (name: string, limits: Record<string, string>, isRunning = true) => ({
  metadata: { namespace: 'a', name },
  spec: { containers: [{ name: 'main', resources: { limits } }] },
  status: { containerStatuses: [{ name: 'main', state: isRunning ? { running: {} } : {} }] },
})
const hostPath = { spec: { hostPath: { path: '/data' } } }
const facts = {
  pods: [pod('limited', { cpu: '1' }), pod('free', {}), pod('ended', {}, false)],
  volumes: [hostPath],
} as unknown as ClusterFacts
const csi = { ...facts, volumes: [hostPath, { spec: { csi: {} } }] } as unknown as ClusterFacts

test.each([
  ['kube_pod_container_resource_limits{namespace="a",pod="limited",resource="cpu"}', facts, false],
  ['kube_pod_container_resource_limits{namespace="a",pod="limited",resource="memory"}', facts, true],
  ['kube_pod_container_resource_limits{namespace="a",pod=~"free|limited",resource="cpu"}', facts, false],
  ['kube_pod_container_resource_limits{namespace="a",pod!="limited",resource="cpu"}', facts, true],
  ['container_memory_rss{namespace="a",pod="free"}', facts, false],
  ['container_memory_rss{namespace="a",pod="ended"}', facts, true],
  ['kubelet_volume_stats_capacity_bytes{namespace="a"}', facts, true],
  ['kubelet_volume_stats_capacity_bytes{namespace="a"}', csi, false],
])('what the API server says about %s, row %#', (text, known, expected) => {
  const selector = selectorOf(text)
  expect(reasonsFor(selector).map(({ cluster }) => cluster?.(known, selector))).toEqual([expected])
})
