import { readFile } from 'node:fs/promises'
import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import type { Step } from '../../lib/steps.ts'
import type { ClaimOutcome } from '../../specs/support/claim.ts'
import { podTimelines } from '../pods.ts'
import type { RunResult } from '../result.ts'

// What a run wrote of its steps and claims, and what the API server of its cluster told at its end.
const recorded = JSON.parse(await readFile('tests/recordings/pod-times.json', 'utf8')) as {
  recordedAt: string
  steps: Step[]
  outcomes: ClaimOutcome[]
  objects: (V1Pod | CoreV1Event)[]
}
const objectsOf = (kind: string) => recorded.objects.filter((object) => object.kind === kind)

/** @param texts by claim: what broke it */
const withBroken = (texts: Readonly<Record<string, string>>): readonly ClaimOutcome[] =>
  recorded.outcomes.map(({ claim, ...held }) => {
    const text = texts[claim.id]
    return text === undefined ? { claim, ...held } : { claim, verdict: 'broken', seconds: 90, text }
  })

/** A first run in which all holds. */
export const green: RunResult = {
  outcomes: recorded.outcomes,
  errors: [],
  interruptedBy: undefined,
  steps: recorded.steps,
  settings: [
    '  cluster:         observability-e2e',
    '  node image:      as pinned in kind-config.yaml',
    '  registry mirror: none',
    '  charts:          from their repositories',
    '  stacks:          kube-prometheus-stack 88.5.3, opensearch 3.6.0, opensearch-dashboards 3.6.0, vector 0.57.0, custom-metrics-app, index-pattern',
    '  limits:          command 30 s, cluster 600 s, install 300 s, ready 600 s, query 120 s, logs 90 s',
  ].join('\n'),
  versions: {
    Node: '24.21.0',
    kind: '0.33.0',
    helm: '4.0.1',
    Docker: '29.0.2',
    'chart kube-prometheus-stack': '88.5.3',
    'chart opensearch': '3.6.0',
    'chart opensearch-dashboards': '3.6.0',
    'chart vector': '0.57.0',
    Kubernetes: 'v1.34.4',
    'container runtime': 'containerd://2.2.1',
    'docker.io/grafana/grafana': '13.2.0',
    'docker.io/timberio/vector': '0.56.0-distroless-libc',
    'opensearchproject/opensearch': '3.6.0',
    'quay.io/prometheus-operator/prometheus-config-reloader': 'v0.93.1',
    'quay.io/prometheus/prometheus': 'v3.14.0-distroless',
    'registry.k8s.io/kube-state-metrics/kube-state-metrics': 'v2.20.0',
  },
  pods: podTimelines(objectsOf('Pod'), objectsOf('Event') as CoreV1Event[]),
  finishedAt: recorded.recordedAt,
  evidence: undefined,
}

const crashed = [
  'custom-metrics-app did not come up: Deployment/custom-metrics-app, Deployment/order-load in default are ready: gave up, since waiting cannot help, after 26.0 s (23 tries)',
  '  last: Pod default/custom-metrics-app-7b798c65bc-lzmkk: container custom-metrics-app keeps crashing: exit code 2, 2 restarts',
  '          warning: BackOff: Back-off restarting failed container custom-metrics-app in pod custom-metrics-app-7b798c65bc-lzmkk_default(61d1ae86-f3d3-4d4f-9758-c7562211845d)',
  '          log: sh: 1: cannot create /var/lib/shop/state: Directory nonexistent',
].join('\n')

/** Claims of four areas are broken, those of the app by one thing. */
export const red: RunResult = {
  ...green,
  outcomes: withBroken({
    'cluster-pods': [
      'no pod is in trouble in any namespace: not so after 120.0 s (117 tries)',
      '  last: Pod default/custom-metrics-app-7b798c65bc-lzmkk: container custom-metrics-app keeps crashing: exit code 2, 3 restarts',
      '          log: sh: 1: cannot create /var/lib/shop/state: Directory nonexistent',
    ].join('\n'),
    'app-pods': crashed,
    'app-metrics': crashed,
    'app-targets': crashed,
    'promql-orders': crashed,
    'promql-order-rate': crashed,
    'promql-active-users': crashed,
    'promql-payment': crashed,
    'opensearch-yellow': [
      'the status is yellow: not so after 90.0 s (90 tries)',
      '  last: the status is green, not yellow: there are 3 nodes, and replicas found a place',
    ].join('\n'),
    'logs-shape': [
      'documents name namespace, pod, container, labels and node of the pod that wrote them: not so after 90.0 s (88 tries)',
      "  last: document of planted-prometheus-exporter/main/plain: expected { file: '/var/log/pods/monitoring_planted-prometheus-exporter_021bb0b9-a18f-464f-b6d6-99e40902f302/main/0.log', message: 'e2e-plant=r4f64c02578 pod=planted-prometheus-exporter container=main kind=plain nothing to see' } to match object { '@timestamp': StringMatching /^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$/ }",
    ].join('\n'),
  }),
  steps: green.steps.map((step) =>
    step.name === 'claims'
      ? { ...step, ok: false }
      : step.name === 'custom-metrics-app'
        ? { ...step, ok: false, error: crashed }
        : step,
  ),
  pods: green.pods.map((pod) => {
    if (!pod.name.startsWith('custom-metrics-app')) return pod
    const trouble = 'container custom-metrics-app keeps crashing: exit code 2, 3 restarts'
    return { ...pod, started: (pod.started ?? 0) + 45_000, ready: undefined, restarts: 3, trouble }
  }),
  evidence: 'out/diagnostics/index.md',
}

const cutAt = 70
const cutTime = Date.parse(green.finishedAt) - (148.1 - cutAt) * 1000
const reachedByThen = (ms: number | undefined) => (ms !== undefined && ms <= cutTime ? ms : undefined)

/** Cut short while the charts were being installed. */
export const interrupted: RunResult = {
  ...green,
  outcomes: recorded.outcomes.map(({ claim }) => ({
    claim,
    verdict: 'not run',
    reason: 'the run was interrupted by SIGINT',
  })),
  interruptedBy: 'SIGINT',
  steps: green.steps
    .filter(({ from }) => from < cutAt)
    .map((step) =>
      step.from + step.seconds <= cutAt
        ? step
        : { ...step, seconds: cutAt - step.from, ok: false, error: 'interrupted' },
    ),
  finishedAt: new Date(cutTime).toISOString(),
  pods: green.pods
    .filter(({ created }) => created <= cutTime)
    .map((pod) => ({
      ...pod,
      scheduled: reachedByThen(pod.scheduled),
      imagesPulled: reachedByThen(pod.imagesPulled),
      started: reachedByThen(pod.started),
      ready: reachedByThen(pod.ready),
      trouble:
        reachedByThen(pod.ready) === undefined ? 'is Pending, its containers have not started' : undefined,
    })),
  evidence: 'out/diagnostics/index.md',
}

/** The next run on the cluster of `green`: most pods are older, one was replaced. */
export const reused: RunResult = {
  ...green,
  finishedAt: '2026-11-23T07:47:00.000Z',
  steps: [
    { name: 'tools', from: 2.1, seconds: 0.4, ok: true },
    { name: 'kube-prometheus-stack', from: 3.5, seconds: 2.1, ok: true },
    { name: 'claims', from: 6.2, seconds: 9.8, ok: true },
  ],
  pods: green.pods.map((pod) =>
    pod.name === 'opensearch-cluster-master-0'
      ? {
          ...pod,
          ready: Date.parse('2026-11-23T07:46:55Z'),
          started: Date.parse('2026-11-23T07:46:50Z'),
          restarts: 1,
        }
      : pod,
  ),
}

const endless = 'x'.repeat(300)

/** All that is long, much or not meant to be HTML. */
export const extreme: RunResult = {
  ...red,
  outcomes: recorded.outcomes.map(({ claim }, index) => ({
    claim: { ...claim, sentence: `${claim.sentence} <b>${endless}` },
    verdict: 'broken',
    seconds: 90,
    text: Array.from({ length: 20 }, (_, line) => `${' '.repeat(line)}<b>${index % 3}&${endless}`).join('\n'),
  })),
  errors: [`specs/logs.spec.ts: <script>alert("${endless}")</script>`],
  steps: [
    ...red.steps,
    ...Array.from({ length: 4 }, (_, index): Step => ({
      name: `${endless}${index}`,
      from: 60,
      seconds: 20,
      ok: false,
      error: endless,
    })),
  ],
  settings: `  charts: /${endless}`,
  versions: { ...red.versions, [endless]: endless },
  pods: [
    ...red.pods,
    ...Array.from({ length: 45 - red.pods.length }, (_, index) => ({
      namespace: 'default',
      name: `${endless.slice(0, 250)}${index}`,
      node: '',
      created: Date.parse('2026-11-23T07:44:00Z'),
      scheduled: undefined,
      imagesPulled: undefined,
      started: undefined,
      ready: undefined,
      restarts: 0,
      trouble: `cannot be scheduled: ${endless}`,
    })),
  ],
}
