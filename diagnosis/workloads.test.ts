import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { withRemedy } from './admissionErrors.ts'
import { jobNamedIn, jobTroubles } from './helmHooks.ts'
import { daemonSetOf, deploymentOf, statefulSetOf, workloadShortfall } from './workloads.ts'

afterEach(() => void vi.useRealTimers())

test.each([
  ['Deployment/deaf-webhook', 'deaf.trouble.example cannot be called: service', 'trouble-deaf-webhook'],
  ['Deployment/policy', 'ValidatingAdmissionPolicy trouble-names denied', 'validatingadmissionpolicybinding'],
  ['Deployment/quota', 'requested limits.cpu=200m, used limits.cpu=0, limited to', 'resourcequota small'],
  ['Deployment/restricted', 'enforces Pod Security level restricted: allowPriv', 'enforce=privileged'],
  ['Deployment/webhook', 'webhook images.trouble.example denied the request: every image', 'webhookconfig'],
  ['Deployment/no-account', 'ServiceAccount trouble/nobody does not exist', 'get serviceaccounts'],
  ['Deployment/no-priority', 'PriorityClass very-high does not exist', 'get priorityclasses'],
  ['Deployment/scaled-down', 'it is scaled to 0', 'scale deployment scaled-down --replicas=1'],
  ['StatefulSet/quota-stateful', 'ResourceQuota trouble-quota/small is exceeded', 'resourcequota small'],
  ['DaemonSet/quota-daemon', 'ResourceQuota trouble-quota/small is exceeded', 'resourcequota small'],
  ['DaemonSet/nowhere-wanted', 'no node matches: its nodeSelector is disk=fast', 'nodeSelector'],
])('why %s has no pods', async (workload, cause, remedy) => {
  const { pods, evidence, of } = await readRecording('refusals')
  const workloads = [
    ...of('Deployment').map(deploymentOf),
    ...of('StatefulSet').map(statefulSetOf),
    ...of('DaemonSet').map(daemonSetOf),
  ]
  const shortfall = workloadShortfall({ workloads, pods }, workload, 0, evidence)
  expect(shortfall?.sentence).toMatch(new RegExp(`^${workload}(: 0 of 1 pods Ready| wants no pods)`))
  expect(shortfall?.troubles).toMatchObject([
    { cause: expect.stringContaining(cause), remedy: expect.stringContaining(remedy) },
  ])
  expect(`${shortfall?.troubles[0]?.kind}/${shortfall?.troubles[0]?.name}`).toBe(workload)
})

test('only the troubles of the newest revision end a wait', async () => {
  const { pods, evidence, of } = await readRecording('rollouts')
  const workloads = of('Deployment').map(deploymentOf)
  const hopeless = (name: string) =>
    workloadShortfall({ workloads, pods }, name, 0, evidence)?.troubles.map((trouble) => [
      trouble.cause.split(':')[0],
      trouble.hopeless ?? false,
    ])
  expect(hopeless('Deployment/mended')).toEqual([
    ['container main runs, its readiness probe has not passed', false],
    ['container main keeps crashing', false],
  ])
  expect(hopeless('Deployment/spoilt')).toEqual([['container main keeps crashing', true]])
})

test.each([
  [2, true],
  // The controller has not yet seen the change.
  [1, false],
])(
  'pods of an earlier revision stay with updateStrategy OnDelete, observed generation %d',
  (observedGeneration, isStuck) => {
    const workload = daemonSetOf({
      metadata: { namespace: 'monitoring', name: 'vector', generation: 2 },
      spec: {
        selector: { matchLabels: { app: 'vector', tier: 'agent' } },
        template: {},
        updateStrategy: { type: 'OnDelete' },
      },
      status: {
        observedGeneration,
        currentNumberScheduled: 4,
        desiredNumberScheduled: 4,
        numberMisscheduled: 0,
        numberReady: 4,
        updatedNumberScheduled: 1,
      },
    })
    const shortfall = workloadShortfall({ workloads: [workload], pods: [] }, 'DaemonSet/vector')
    const stuck = { hopeless: true, remedy: expect.stringContaining('delete pods -l app=vector,tier=agent`') }
    expect(shortfall?.troubles.filter(({ hopeless }) => hopeless)).toMatchObject(isStuck ? [stuck] : [])
  },
)

type Refusals = Readonly<{
  /** Answers of the API server to objects that were applied. */
  answers: readonly Readonly<{ message: string }>[]
  /** What helm wrote on standard error. */
  helm: readonly string[]
}>

test.each([
  ['failed calling webhook "deaf', 2, 'kubectl -n trouble-deaf-webhook get service,pods'],
  ['spec.ports: Required value', 1, undefined],
  ['namespaces "nowhere" not found', 1, undefined],
  ['port is already allocated', 1, 'kubectl get services -A'],
  ["binding 'trouble-names' denied", 2, 'validatingadmissionpolicybinding trouble-names'],
  ['exceeded quota: services', 2, 'edit resourcequota services'],
  ['every image must come from registry.example', 2, 'validatingwebhookconfigurations'],
  ['conflicts with "kubectl-patch"', 1, 'delete configmap settings'],
])('an object that the API server refuses: %s', async (message, count, remedy) => {
  const { answers, helm } = await readRecording<Refusals>('refusals')
  const texts = [...answers.map((answer) => answer.message), ...helm].filter((text) => text.includes(message))
  expect(texts).toHaveLength(count)
  for (const text of texts) {
    const explained = withRemedy(text, 'trouble')
    if (remedy === undefined) expect(explained).toBe(text)
    else expect(explained.slice(text.length)).toContain(remedy)
  }
})

test.each([
  ['hook-failed', 'Job', 'hook of its chart failed: Job has reached the specified backoff limit'],
  ['hook-failed', 'Pod', 'container migrate crashed: exit code 1'],
  ['hook-hangs', 'Job', 'has not completed'],
  ['hook-hangs', 'Pod', 'container migrate is still running'],
  ['hook-image', 'Pod', 'image missing.example/team/app:1.0 cannot be pulled: not found'],
  ['hook-quota', 'Job', 'ResourceQuota trouble-quota/small is exceeded'],
  ['hook-webhook', 'Job', 'admission webhook images.trouble.example denied the request'],
])('the Job of a helm hook: %s, %s', async (release, kind, cause) => {
  const { helm, pods, evidence, of } =
    await readRecording<Readonly<{ helm: Readonly<Record<string, string>> }>>('hooks')
  const named = jobNamedIn(helm[release] ?? '')
  expect(named?.name).toBe(`${release}-migrate`)
  const [job] = of('Job').filter(({ metadata }) => metadata?.name === named?.name)
  const troubles = job ? jobTroubles(job, pods, evidence) : []
  expect(troubles.find((trouble) => trouble.kind === kind)?.cause).toContain(cause)
})
