import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { withoutAges } from '../lib/progress.ts'
import { nodeCause } from './nodes.ts'
import { describeEvidence, describeTrouble, podTrouble } from './pods.ts'

afterEach(() => void vi.useRealTimers())

/** A pod of a recording, and the evidence recorded with it. */
const recorded = async (recording: string, name: string) => {
  const { pods, evidence, logs } = await readRecording(recording)
  const pod = pods.find(({ metadata }) => metadata?.name === name)
  if (!pod) throw new Error(`${recording}.json has no pod ${name}`)
  return { pod, evidence, lines: logs[name] ?? [] }
}

const expectTrouble = async (
  recording: string,
  name: string,
  { cause, remedy, hopeless }: Readonly<{ cause: string; remedy: string; hopeless: boolean }>,
) => {
  const { pod, evidence } = await recorded(recording, name)
  const trouble = podTrouble(pod, 0, evidence)
  expect(trouble).toMatchObject({ kind: 'Pod', namespace: 'trouble', name })
  expect(trouble?.cause).toContain(cause)
  expect(trouble?.remedy).toContain(remedy)
  expect(trouble?.hopeless ?? false).toBe(hopeless)
}

test.each([
  ['image-pulls', 'image-denied', 'denied.example answers 403 Forbidden', 'kind load docker-image'],
  ['image-pulls', 'image-insufficient', 'insufficient.example answers pull access denied', 'docker pull'],
  ['image-pulls', 'image-invalid-name', '(library/Busybox) must be lowercase', 'registry/repository:tag'],
  ['image-pulls', 'image-limited', 'rate limit: limited.example answers 429', 'E2E_REGISTRY_MIRROR'],
  ['image-pulls', 'image-mirror-lacks', 'no route: the node cannot look up registry-1.docker.io', 'curl'],
  ['image-pulls', 'image-missing', 'missing.example does not have it', 'docker manifest inspect'],
  ['image-pulls', 'image-never', 'imagePullPolicy is Never', 'kind load docker-image'],
  ['image-pulls', 'image-silent', 'no route: 192.0.2.1:80: connection refused', 'http://192.0.2.1/v2/'],
  ['image-pulls', 'image-unauthorized', 'unauthorized.example answers 401 Unauthorized', '--name trouble'],
  ['crashes', 'command-not-found', 'exit code 128: the command could not be started: exec: "no-', 'command'],
  ['crashes', 'ends-well', 'exit code 0: the process exited but must keep running', 'sh -c echo'],
  ['crashes', 'init-crashing', 'init container prepare keeps crashing: exit code 1', '-c prepare --previous'],
  ['crashes', 'keeps-crashing', 'main keeps crashing: exit code 2, 3 restarts in 3 min 7 s', 'logs'],
  ['crashes', 'liveness-failing', 'its liveness probe fails: GET :8080/health: connection re', 'port 8080'],
  ['crashes', 'shell-command-not-found', 'exit code 127: the command was not found', 'sh -c no-such-comma'],
  ['claims', 'claim-missing', 'PersistentVolumeClaim trouble/nowhere does not exist', 'persistentvol'],
  ['claims', 'claim-no-class', 'no-class is Pending: its StorageClass fast does not exist', '(standard,'],
  ['claims', 'claim-no-provisioner', "external provisioner 'nowhere.example/disk'", 'get pods -A'],
  ['claims', 'claim-static', 'no persistent volumes available for this claim', '(standard,'],
  ['scheduling', 'apart-too', 'anti-affinity', 'podAntiAffinity'],
  ['scheduling', 'gated', 'example.org/wait', 'must remove'],
  ['scheduling', 'only-control-plane', 'its nodeSelector node-role.kubernetes.io/control-plane=', 'label'],
  ['scheduling', 'port-taken', 'host port 9100', 'drop hostPort 9100'],
  ['scheduling', 'too-large-cpu', 'too little cpu left (it asks for 64 for container main', 'requests.cpu'],
  ['scheduling', 'too-large-memory', '900Gi for container main, a whole node has 23.5Gi', 'memory'],
  ['scheduling', 'wrong-node', 'its nodeSelector disk=fast', 'kubectl label node trouble-worker disk=fast'],
])('will not recover by itself: %s, %s', async (recording, name, cause, remedy) => {
  await expectTrouble(recording, name, { cause, remedy, hopeless: true })
})

test.each([
  ['image-pulls', 'image-broken', 'broken.example: 503 Service Unavailable', 'crictl pull broken.example'],
  ['image-pulls', 'image-refused', 'refused.example:81 (172.18.0.1:81): connection refused', 'curl'],
  ['image-pulls', 'image-slow', 'team/app:1.0 is still being pulled, for 102 s', 'crictl images'],
  ['crashes', 'evicted', 'Evicted: Pod ephemeral local storage usage exceeds', 'delete pod evicted'],
  ['crashes', 'fails-once', 'container main crashed: exit code 3', 'logs fails-once -c main`'],
  ['probes', 'init-waiting', 'init container prepare is still running', 'logs init-waiting -c prepare'],
  ['probes', 'readiness-refused', 'its readiness probe fails: GET :8080/ready: connection re', 'port 8080'],
  ['probes', 'readiness-status', 'GET :http/ready: status 503', 'pods/readiness-status:8080/proxy/ready'],
  ['probes', 'readiness-tcp', 'TCP :9200: connection refused', 'port 9200 of container main'],
  ['probes', 'readiness-timeout', 'exec sleep 10: timed out after 1s', 'timeoutSeconds'],
  ['probes', 'sidecar-not-started', 'init container prepare runs, its startup probe fails', 'port 9000'],
  ['probes', 'startup-failing', "exec cat /ready: cat: can't open '/ready'", '-c main -- cat /ready'],
  ['references', 'missing-config', 'main: ConfigMap trouble/nowhere does not exist', 'get configmaps'],
  ['references', 'missing-config-volume', 'ConfigMap trouble/nowhere does not exist', 'get configmaps'],
  ['references', 'missing-host-path', 'volume data cannot be mounted: hostPath type check', '-o yaml'],
  ['references', 'missing-key', 'ConfigMap trouble/settings has no key address', 'describe configmap'],
  ['references', 'missing-key-volume', 'ConfigMap trouble/settings has no key address', 'describe configmap'],
  ['references', 'missing-secret', 'Secret trouble/nowhere does not exist', 'get secrets'],
  ['references', 'missing-secret-volume', 'Secret trouble/nowhere does not exist', 'get secrets'],
  ['references', 'no-sandbox', 'no runtime for "kata" is configured', '--unit=containerd'],
  ['references', 'runs-as-root', 'container has runAsNonRoot and image will run as root', 'container main'],
  ['claims', 'claim-no-provisioner-later', "external provisioner 'nowhere.example/disk'", 'get pods -A'],
  ['cordoned-node', 'cordoned', '1 has been cordoned (trouble-worker)', 'kubectl uncordon trouble-worker'],
  ['paused-node', 'port-holder', 'its node trouble-worker is not Ready for 30 s', 'docker unpause'],
  ['paused-node', 'nowhere-to-run', 'node.kubernetes.io/unreachable', 'docker unpause trouble-worker'],
  ['paused-node', 'readiness-tcp', 'its node trouble-worker is not Ready', 'docker unpause trouble-worker'],
  ['terminating', 'held-back', 'finalizers block this: example.org/hold', 'patch pod held-back'],
])('may recover: %s, %s', async (recording, name, cause, remedy) => {
  await expectTrouble(recording, name, { cause, remedy, hopeless: false })
})

test('the whole text: cause, state, log, remedy', async () => {
  const { pod, evidence, lines } = await recorded('crashes', 'out-of-memory')
  const trouble = podTrouble(pod, 0, evidence)
  expect(trouble && describeEvidence(trouble, { previous: true, lines })).toMatchInlineSnapshot(`
    "Pod trouble/out-of-memory: container main keeps crashing: exit code 137: out of memory, its limit is 64Mi, 3 restarts in 3 min 10 s (not Ready for 36 s)
      log of main, previous run:
      | filling
      remedy: raise resources.limits.memory of container main where values/ or manifests/ set it"
  `)
})

test('a node that is not Ready', async () => {
  const { evidence } = await readRecording('node-without-network')
  expect(evidence.nodes.map(nodeCause)).toEqual([
    undefined,
    {
      cause: expect.stringMatching(
        /^node trouble-worker is not Ready for 25 s: .*cni plugin not initialized$/,
      ),
      remedy: expect.stringMatching(/docker exec trouble-worker journalctl .* DaemonSet kindnet/),
    },
  ])
})

test('pods with the same cause share a text', async () => {
  const { pods, evidence } = await readRecording('paused-node')
  const troubles = pods.flatMap((pod) => podTrouble(pod, 0, evidence) ?? [])
  const [first, ...others] = troubles.filter(({ cause }) => cause.startsWith('its node'))
  const many = Array.from({ length: 5 }, () => others).flat()
  expect(first && describeEvidence(first, undefined, many)).toMatch(
    /\n  same cause: (Pod \S+,? ){10}and 5 more\n/,
  )
})

test('the same trouble seen later differs only in its age', async () => {
  const { pod, evidence } = await recorded('paused-node', 'keeps-crashing')
  const texts = [0, 5, 100, 4000].map((seconds) => {
    vi.setSystemTime(Date.now() + seconds * 1000)
    const trouble = podTrouble(pod, 0, evidence)
    return trouble && withoutAges(describeTrouble(trouble))
  })
  expect(new Set(texts)).toEqual(
    new Set([
      'Pod trouble/keeps-crashing: its node trouble-worker is not Ready: Kubelet stopped posting node status (not Ready)',
    ]),
  )
})

test.each([
  ['crashes', 'liveness-failing', 'exit code 137: killed (SIGKILL)'],
  ['probes', 'readiness-refused', 'its readiness probe has not passed: GET :8080/ready'],
  ['references', 'missing-secret-volume', 'its containers have not started'],
  ['claims', 'claim-missing', 'persistentvolumeclaim "nowhere" not found'],
  ['scheduling', 'too-large-cpu', 'too little cpu left (it asks for 64 for container main)'],
  ['paused-node', 'port-holder', 'node trouble-worker may be down'],
])('without evidence: %s, %s', async (recording, name, cause) => {
  const { pod } = await recorded(recording, name)
  expect(podTrouble(pod)?.cause).toContain(cause)
})

test.each([
  ['not all nodes have joined', Infinity, false],
  ['all nodes joined 10 s ago', 10_000, false],
  ['all nodes joined 30 s ago', 30_000, true],
])('an unschedulable pod when %s', async (_, ago, hopeless) => {
  const { pod } = await recorded('scheduling', 'too-large-cpu')
  const allNodesSince = ago === Infinity ? Infinity : Date.now() - ago
  expect(podTrouble(pod, allNodesSince)?.hopeless).toBe(hopeless)
})
