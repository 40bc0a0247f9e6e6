import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { podTimelines } from './pods.ts'

afterEach(() => void vi.useRealTimers())

const time = (ms: number | undefined) => (ms === undefined ? '-' : new Date(ms).toISOString().slice(11, 19))
const table = (pods: readonly V1Pod[], events: readonly CoreV1Event[]) =>
  podTimelines(pods, events)
    .map(({ name, created, scheduled, imagesPulled, started, ready, restarts, trouble }) =>
      [
        name.padEnd(58),
        ...[created, scheduled, imagesPulled, started, ready].map((ms) => time(ms).padEnd(8)),
        restarts,
        trouble === undefined ? '' : 'in trouble',
      ]
        .join(' ')
        .trimEnd(),
    )
    .join('\n')

test('pods of a first run: created, scheduled, images pulled, started, ready, restarts', async () => {
  const { pods, of } = await readRecording('pod-times')
  expect(table(pods, of('Event'))).toMatchInlineSnapshot(`
    "custom-metrics-app-7b798c65bc-lzmkk                        07:43:42 07:44:05 07:44:13 07:44:13 07:44:15 0
    custom-metrics-app-7b798c65bc-qh8t4                        07:43:42 07:44:05 07:44:13 07:44:13 07:44:14 0
    order-load-677c55f57-wptts                                 07:43:42 07:44:05 07:44:13 07:44:13 07:44:14 0
    coredns-66bc5c9577-dxt68                                   07:43:42 07:43:51 -        07:43:55 07:43:56 0
    coredns-66bc5c9577-h7xgf                                   07:43:42 07:43:51 -        07:43:55 07:43:56 0
    etcd-observability-e2e-control-plane                       07:43:10 07:43:10 -        07:43:22 07:43:47 0
    kindnet-7xsjq                                              07:43:45 07:43:45 -        07:44:01 07:44:02 0
    kindnet-mngsh                                              07:43:42 07:43:42 -        07:43:46 07:43:47 0
    kindnet-mqltj                                              07:43:44 07:43:44 -        07:44:07 07:44:07 0
    kindnet-ssqc8                                              07:43:45 07:43:45 -        07:44:05 07:44:06 0
    kube-apiserver-observability-e2e-control-plane             07:43:10 07:43:10 -        07:43:15 07:43:44 0
    kube-controller-manager-observability-e2e-control-plane    07:43:10 07:43:10 -        07:43:15 07:43:48 0
    kube-proxy-8lrt2                                           07:43:44 07:43:44 -        07:44:06 07:44:07 0
    kube-proxy-g8zc4                                           07:43:45 07:43:45 -        07:44:05 07:44:06 0
    kube-proxy-kjwhd                                           07:43:45 07:43:45 -        07:44:02 07:44:03 0
    kube-proxy-nq2f2                                           07:43:42 07:43:42 -        07:43:48 07:43:48 0
    kube-scheduler-observability-e2e-control-plane             07:43:10 07:43:10 -        07:43:15 07:43:43 0
    local-path-provisioner-68c76fc479-z2mrx                    07:43:42 07:43:51 -        07:43:55 07:43:55 0
    alertmanager-kube-prometheus-stack-alertmanager-0          07:44:33 07:44:33 07:44:40 07:44:41 07:44:44 0
    kube-prometheus-stack-grafana-595fdcf876-6whq2             07:44:19 07:44:20 07:44:31 07:44:31 07:44:32 0
    kube-prometheus-stack-kube-state-metrics-6bdb454d85-6lzwp  07:44:19 07:44:20 07:44:31 07:44:32 07:44:45 0
    kube-prometheus-stack-operator-6d774974cf-kns44            07:44:19 07:44:19 07:44:28 07:44:28 07:44:31 0
    kube-prometheus-stack-prometheus-node-exporter-4gtwt       07:44:19 07:44:19 07:44:22 07:44:23 07:44:24 0
    kube-prometheus-stack-prometheus-node-exporter-8nvdz       07:44:19 07:44:19 07:44:22 07:44:23 07:44:25 0
    kube-prometheus-stack-prometheus-node-exporter-nmvgk       07:44:19 07:44:19 07:44:22 07:44:24 07:44:25 0
    kube-prometheus-stack-prometheus-node-exporter-pbptc       07:44:19 07:44:19 07:44:23 07:44:24 07:44:25 0
    opensearch-cluster-master-0                                07:43:42 07:44:13 07:44:20 07:44:25 07:44:50 0
    opensearch-dashboards-77cf799b54-h8gtc                     07:44:53 07:44:53 07:44:59 07:45:02 07:45:04 0
    prometheus-kube-prometheus-stack-prometheus-0              07:44:33 07:44:33 07:44:41 07:44:41 07:44:49 0
    vector-747dd                                               07:44:53 07:44:53 07:45:02 07:45:02 07:45:06 0
    vector-lq46f                                               07:44:53 07:44:53 07:44:57 07:45:00 07:45:03 0
    vector-p5l85                                               07:44:53 07:44:53 07:44:58 07:44:58 07:44:59 0"
  `)
})

test('pods that are not well have not come that far', async () => {
  const { pods, of } = await readRecording('crashes')
  expect(table(pods, of('Event'))).toMatchInlineSnapshot(`
    "command-not-found                                          07:52:53 07:52:53 -        -        -        3 in trouble
    ends-well                                                  07:52:53 07:52:53 -        07:56:06 -        3 in trouble
    evicted                                                    07:52:55 07:52:55 -        07:55:04 -        0 in trouble
    fails-once                                                 07:52:53 07:52:53 -        07:55:04 -        0 in trouble
    init-crashing                                              07:52:54 07:52:54 -        -        -        3 in trouble
    keeps-crashing                                             07:52:53 07:52:53 -        07:56:02 -        3 in trouble
    liveness-failing                                           07:52:53 07:52:53 -        07:56:27 -        4 in trouble
    out-of-memory                                              07:52:53 07:52:53 -        07:56:05 -        3 in trouble
    shell-command-not-found                                    07:52:53 07:52:53 -        07:56:09 -        3 in trouble"
  `)
})

test('a pod that has done its work is ready from then on', () => {
  const finishedAt = '2026-11-23T07:44:15Z'
  const pod = {
    metadata: { namespace: 'default', name: 'done', uid: '1', creationTimestamp: '2026-11-23T07:44:10Z' },
    status: {
      phase: 'Succeeded',
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-23T07:44:16Z' }],
      containerStatuses: [
        { restartCount: 0, state: { terminated: { exitCode: 0, startedAt: finishedAt, finishedAt } } },
      ],
    },
  } as unknown as V1Pod
  expect(podTimelines([pod], [])[0]?.ready).toBe(Date.parse(finishedAt))
})
