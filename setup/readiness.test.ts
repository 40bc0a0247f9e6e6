import { readFile } from 'node:fs/promises'
import type { V1Pod } from '@kubernetes/client-node'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { describeTrouble, podTrouble } from './readiness.ts'

// As the API server of a live cluster gave them.
const pods = JSON.parse(await readFile('tests/recordings/pods.json', 'utf8')) as V1Pod[]
// A moment after the newest of what they tell.
const recordedAt = Date.parse('2026-11-23T06:06:20Z')

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: recordedAt }))
afterEach(() => void vi.useRealTimers())

const describePod = (pod: V1Pod, patientSince?: number) => {
  const trouble = podTrouble(pod, patientSince)
  if (!trouble) return `well:     Pod ${pod.metadata?.namespace}/${pod.metadata?.name}`
  const log = trouble.container === undefined ? '' : ` [log of ${trouble.container}]`
  return `${trouble.hopeless ? 'hopeless:' : 'may pass:'} ${describeTrouble(trouble)}${log}`
}

test('what keeps each recorded pod from being Ready', () => {
  expect(pods.map((pod) => describePod(pod)).join('\n')).toMatchInlineSnapshot(`
    "hopeless: Pod trouble/command-not-found: container main keeps crashing: exit code 128: the command could not be started: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "no-such-command": executable file not found in $PATH: unknown, 3 restarts [log of main]
    may pass: Pod trouble/image-not-found: container main: image docker.io/library/busybox:9.99 cannot be pulled: failed to pull and unpack image "docker.io/library/busybox:9.99": failed to resolve reference "docker.io/library/busybox:9.99": failed to do request: Head "https://registry-1.docker.io/v2/library/busybox/manifests/9.99": dial tcp: lookup registry-1.docker.io on 172.18.0.1:53: read udp 172.18.0.3:57268->172.18.0.1:53: i/o timeout; is the name right, and can the nodes reach its registry, or the one that E2E_REGISTRY_MIRROR names?
    hopeless: Pod trouble/init-crashing: init container prepare keeps crashing: exit code 1, 3 restarts [log of prepare]
    hopeless: Pod trouble/keeps-crashing: container main keeps crashing: exit code 2, 3 restarts [log of main]
    may pass: Pod trouble/missing-config: container main: CreateContainerConfigError: configmap "nowhere" not found
    may pass: Pod trouble/missing-volume: is Pending, its containers have not started
    may pass: Pod trouble/not-ready: container main runs, its readiness probe has not passed [log of main]
    hopeless: Pod trouble/out-of-memory: container main keeps crashing: exit code 137: out of memory, its limit is 64Mi, 3 restarts [log of main]
    hopeless: Pod trouble/too-large: cannot be scheduled: 0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu. no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.
    hopeless: Pod trouble/unbound-claim: cannot be scheduled: 0/4 nodes are available: persistentvolumeclaim "nowhere" not found. not found
    well:     Pod monitoring/opensearch-cluster-master-0"
  `)
})

test('a pod waits in vain for a node only once all nodes have been there for a while', () => {
  const pod = pods.find(({ metadata }) => metadata?.name === 'too-large')
  // Not all there yet, all there for 10 s, for 30 s.
  const patientSince = [Infinity, recordedAt - 10_000, recordedAt - 30_000]
  expect(patientSince.map((since) => pod && podTrouble(pod, since)?.hopeless)).toEqual([false, false, true])
})
