import { readFile } from 'node:fs/promises'
import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { describeConfig, loadConfig } from '../config/config.ts'
import type { Step } from '../lib/steps.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { imageUses } from './images.ts'
import { podTimelines } from './podTimelines.ts'
import type { RunResult } from './result.ts'
import { chartVersions } from './versions.ts'

const claim = (area: string, id: string, sentence: string, items: readonly number[]) => ({
  area,
  id,
  sentence,
  items,
  needs: [],
})
const refused =
  'opensearch did not come up: helm upgrade --install opensearch\n  exited with code 1 after 0.3 s'
const crash = 'Pod default/app-1: container app keeps crashing: exit code 2, 5 restarts'

/** Every verdict; one error broke two of the claims. */
export const mixed: readonly ClaimOutcome[] = [
  { claim: claim('cluster', 'cluster-nodes', 'four nodes are Ready', []), verdict: 'holds', seconds: 0.04 },
  {
    claim: claim('cluster', 'cluster-pods', 'no pod has a problem', [5]),
    verdict: 'broken',
    seconds: 120,
    text: `no pod has a problem: not so after 120.0 s (98 tries)\n  last: ${crash}`,
  },
  {
    claim: claim('OpenSearch', 'opensearch-pod', 'one pod runs', [5]),
    verdict: 'broken',
    seconds: 0.1,
    text: refused,
    spec: { file: 'specs/opensearch.spec.ts', line: 12 },
  },
  {
    claim: claim('logs', 'logs-shape', 'documents name pod | "node"', [7, 8]),
    verdict: 'broken',
    seconds: 1.26,
    text: refused,
  },
  {
    claim: claim('app', 'app-pods', 'two pods are Ready', [9]),
    verdict: 'not run',
    reason: 'E2E_STACKS leaves out custom-metrics-app',
  },
]

// The steps and claims of a run, and the pods and events of its cluster at the end.
const recorded = JSON.parse(await readFile('tests/recordings/pod-times.json', 'utf8')) as {
  recordedAt: string
  steps: Step[]
  outcomes: ClaimOutcome[]
  objects: (V1Pod | CoreV1Event)[]
}
const objectsOf = (kind: string) => recorded.objects.filter((object) => object.kind === kind)

const config = loadConfig({})

/** A first run in which every claim holds. */
export const green: RunResult = {
  outcomes: recorded.outcomes,
  errors: [],
  interruptedBy: undefined,
  steps: recorded.steps,
  settings: describeConfig(config),
  versions: { Node: process.versions.node, ...chartVersions(config) },
  images: imageUses(objectsOf('Event') as CoreV1Event[], []),
  pods: podTimelines(objectsOf('Pod'), objectsOf('Event') as CoreV1Event[]),
  finishedAt: recorded.recordedAt,
  evidence: undefined,
}

const isAppPod = (name: string) => name.startsWith('custom-metrics-app')
const trouble = 'container custom-metrics-app keeps crashing: exit code 2, 3 restarts'
const appFailure = [
  'custom-metrics-app did not come up: Deployment/custom-metrics-app in default is ready: not so after 26.0 s (23 tries)',
  `  last: Pod default/custom-metrics-app-7b798c65bc-lzmkk: ${trouble}`,
  '          log: sh: 1: cannot create /var/lib/shop/state: Directory nonexistent',
].join('\n')
const appClaims = ['app-pods', 'app-metrics', 'app-targets', 'promql-orders', 'promql-payment']

const brokenBy = ({ id, sentence }: ClaimOutcome['claim']): string | undefined => {
  if (appClaims.includes(id)) return appFailure
  if (id === 'opensearch-yellow')
    return `${sentence}: not so after 90.0 s (90 tries)\n  last: the status is green, not yellow`
  return undefined
}

/** One failure breaks several claims of the app, another one breaks a claim of OpenSearch. */
export const red: RunResult = {
  ...green,
  outcomes: recorded.outcomes.map((outcome) => {
    const text = brokenBy(outcome.claim)
    return text === undefined ? outcome : { claim: outcome.claim, verdict: 'broken', seconds: 90, text }
  }),
  steps: green.steps.map((step) =>
    step.name === 'custom-metrics-app' ? { ...step, ok: false, error: appFailure } : step,
  ),
  pods: green.pods.map((pod) =>
    isAppPod(pod.name)
      ? { ...pod, started: (pod.started ?? 0) + 45_000, ready: undefined, restarts: 3, trouble }
      : pod,
  ),
  evidence: 'out/diagnostics/index.md',
}

const [cutAfterSeconds, wholeRunSeconds] = [70, 148.1]
const cutAt = Date.parse(green.finishedAt) - (wholeRunSeconds - cutAfterSeconds) * 1000
const untilCut = (ms: number | undefined) => (ms !== undefined && ms <= cutAt ? ms : undefined)

/** Interrupted while the charts were being installed. */
export const interrupted: RunResult = {
  ...green,
  outcomes: recorded.outcomes.map(({ claim }) => ({
    claim,
    verdict: 'not run',
    reason: 'interrupted by SIGINT',
  })),
  interruptedBy: 'SIGINT',
  steps: green.steps
    .filter(({ from }) => from < cutAfterSeconds)
    .map((step) =>
      step.from + step.seconds <= cutAfterSeconds
        ? step
        : { ...step, seconds: cutAfterSeconds - step.from, ok: false, error: 'interrupted' },
    ),
  finishedAt: new Date(cutAt).toISOString(),
  pods: green.pods
    .filter(({ created }) => created <= cutAt)
    .map((pod) => ({
      ...pod,
      scheduled: untilCut(pod.scheduled),
      imagesPulled: untilCut(pod.imagesPulled),
      started: untilCut(pod.started),
      ready: untilCut(pod.ready),
    })),
  evidence: 'out/diagnostics/index.md',
}

/** The next run on the cluster of `green`: one pod restarted, the others are unchanged. */
export const reused: RunResult = {
  ...green,
  finishedAt: '2026-11-23T07:47:00.000Z',
  steps: [
    { name: 'tools', from: 2.1, seconds: 0.4, ok: true },
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

/** Everything is long, numerous or contains HTML. */
export const extreme: RunResult = {
  ...red,
  outcomes: recorded.outcomes.map(({ claim }, index) => ({
    claim: { ...claim, sentence: `${claim.sentence} <b>${endless}` },
    verdict: 'broken',
    seconds: 90,
    text: Array.from({ length: 20 }, (_, line) => `${' '.repeat(line)}<b>${index % 3}&${endless}`).join('\n'),
  })),
  errors: [`specs/logs.spec.ts: <script>alert("${endless}")</script>`],
  steps: [...red.steps, { name: endless, from: 60, seconds: 20, ok: false, error: endless }],
  settings: `  charts: /${endless}`,
  versions: { ...red.versions, [endless]: endless },
  pods: red.pods.map((pod) => ({
    ...pod,
    name: `${pod.name}${endless}`,
    trouble: `cannot be scheduled: ${endless}`,
  })),
}
