import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { withoutAges } from '../lib/ages.ts'
import { nodeCause } from './nodes.ts'
import { describeEvidence, describeTrouble, podTrouble } from './pods.ts'

afterEach(() => void vi.useRealTimers())

/** What a reader is told of every pod of a recording. */
const textOf = async (name: string): Promise<string> => {
  const { pods, evidence, logs } = await readRecording(name)
  const texts = pods.map((pod) => {
    const trouble = podTrouble(pod, 0, evidence)
    if (!trouble) return `(well) ${pod.metadata?.name}`
    const lines = logs[trouble.name]
    const previous = !pod.status?.initContainerStatuses?.some(({ state }) => state?.running)
    const log = trouble.container !== undefined && lines ? { previous, lines } : undefined
    return `${trouble.hopeless ? '(hopeless) ' : ''}${describeEvidence(trouble, log)}`
  })
  return texts.join('\n\n')
}

test('images that cannot be pulled', async () => {
  expect(await textOf('image-pulls')).toMatchInlineSnapshot(`
    "Pod trouble/image-broken: container main: image broken.example/team/app:1.0 cannot be pulled: broken.example: 503 Service Unavailable (not Ready for 3 min 53 s)
      remedy: \`docker exec trouble-worker crictl pull broken.example/team/app:1.0\` shows all that containerd says of it

    (hopeless) Pod trouble/image-denied: container main: image denied.example/team/app:1.0 cannot be pulled: denied: denied.example answers 403 Forbidden (not Ready for 3 min 53 s)
      remedy: correct its name, for a registry says the same of a repository that it does not have; where it wants a login, \`docker pull denied.example/team/app:1.0\` on this machine and \`kind load docker-image denied.example/team/app:1.0 --name trouble\`

    (hopeless) Pod trouble/image-insufficient: container main: image insufficient.example/team/app:1.0 cannot be pulled: denied: insufficient.example answers pull access denied (not Ready for 3 min 53 s)
      remedy: correct its name, for a registry says the same of a repository that it does not have; where it wants a login, \`docker pull insufficient.example/team/app:1.0\` on this machine and \`kind load docker-image insufficient.example/team/app:1.0 --name trouble\`

    (hopeless) Pod trouble/image-invalid-name: container main: image Busybox:1.37:1 cannot be pulled: invalid reference format: repository name (library/Busybox) must be lowercase (not Ready for 3 min 47 s)
      remedy: correct the image where values/ or manifests/ set it: registry/repository:tag

    (hopeless) Pod trouble/image-limited: container main: image limited.example/team/app:1.0 cannot be pulled: rate limit: limited.example answers 429 Too Many Requests (not Ready for 3 min 53 s)
      remedy: set E2E_REGISTRY_MIRROR to a registry that has the images, or wait until the limit is over; a \`docker login\` on this machine does not reach the nodes

    (hopeless) Pod trouble/image-mirror-lacks: container main: image docker.io/library/busybox:9.99 cannot be pulled: no route: the node cannot look up registry-1.docker.io: i/o timeout (not Ready for 3 min 47 s)
      remedy: \`docker exec trouble-worker curl -sSI https://registry-1.docker.io/v2/\` shows it as well: set E2E_REGISTRY_MIRROR to a registry that the nodes reach; where it is set, they asked that one first, and it does not have the image or gave no answer

    (hopeless) Pod trouble/image-missing: container main: image missing.example/team/app:1.0 cannot be pulled: not found: missing.example does not have it (not Ready for 3 min 53 s)
      remedy: correct its name or tag where values/ or manifests/ set it; \`docker manifest inspect missing.example/team/app:1.0\` says whether it exists

    (hopeless) Pod trouble/image-never: container main: image docker.io/library/absent:1.0 cannot be pulled: the node does not have it, and imagePullPolicy is Never (not Ready for 3 min 47 s)
      remedy: \`kind load docker-image docker.io/library/absent:1.0 --name trouble\`, or set imagePullPolicy: IfNotPresent

    Pod trouble/image-refused: container main: image refused.example/team/app:1.0 cannot be pulled: no route: refused.example:81 (172.18.0.1:81): connection refused (not Ready for 3 min 51 s)
      remedy: \`docker exec trouble-worker curl -sSI http://refused.example:81/v2/\` shows it as well: set E2E_REGISTRY_MIRROR to a registry that the nodes reach; where it is set, they asked that one first, and it does not have the image or gave no answer

    (hopeless) Pod trouble/image-silent: container main: image silent.example/team/app:1.0 cannot be pulled: no route: 192.0.2.1:80: connection refused (not Ready for 3 min 51 s)
      remedy: \`docker exec trouble-worker curl -sSI http://192.0.2.1/v2/\` shows it as well: set E2E_REGISTRY_MIRROR to a registry that the nodes reach; where it is set, they asked that one first, and it does not have the image or gave no answer

    Pod trouble/image-slow: image slow.example/team/app:1.0 is still being pulled, for 102 s so far (not Ready for 3 min 52 s)
      remedy: set E2E_REGISTRY_MIRROR to a nearby registry, or raise E2E_LIMITS_FACTOR on a slow network; \`docker exec trouble-worker crictl images\` lists the pulled images

    (hopeless) Pod trouble/image-unauthorized: container main: image unauthorized.example/team/app:1.0 cannot be pulled: denied: unauthorized.example answers 401 Unauthorized (not Ready for 3 min 53 s)
      remedy: correct its name, for a registry says the same of a repository that it does not have; where it wants a login, \`docker pull unauthorized.example/team/app:1.0\` on this machine and \`kind load docker-image unauthorized.example/team/app:1.0 --name trouble\`

    (hopeless) Pod trouble/image-unknown-host: container main: image nowhere.example/team/app:1.0 cannot be pulled: no route: the node cannot look up nowhere.example: i/o timeout (not Ready for 3 min 51 s)
      remedy: \`docker exec trouble-worker curl -sSI https://nowhere.example/v2/\` shows it as well: set E2E_REGISTRY_MIRROR to a registry that the nodes reach; where it is set, they asked that one first, and it does not have the image or gave no answer"
  `)
})

test('crashes', async () => {
  expect(await textOf('crashes')).toMatchInlineSnapshot(`
    "(hopeless) Pod trouble/command-not-found: container main keeps crashing: exit code 128: the command could not be started: exec: "no-such-command": executable file not found in $PATH, 3 restarts in 3 min 9 s (not Ready for 3 min 47 s)
      remedy: correct its command where values/ or manifests/ set it: no-such-command

    (hopeless) Pod trouble/ends-well: container main keeps crashing: exit code 0: the process exited but must keep running, 3 restarts in 3 min 11 s (not Ready for 3 min 47 s)
      log of main, previous run:
      | nothing to do
      remedy: correct its command where values/ or manifests/ set it: sh -c echo nothing to do

    Pod trouble/evicted: Evicted: Pod ephemeral local storage usage exceeds the total limit of containers 10Mi (not Ready for 85 s)
      remedy: raise the limit, or free disk or memory of its node; the record stays until \`kubectl -n trouble delete pod evicted\`

    Pod trouble/fails-once: container main crashed: exit code 3 (not Ready for 97 s)
      remedy: \`kubectl -n trouble logs fails-once -c main\` shows the whole log

    (hopeless) Pod trouble/init-crashing: init container prepare keeps crashing: exit code 1, 3 restarts in 3 min 13 s (not Ready for 3 min 47 s)
      log of prepare, previous run:
      | chown: /data: Operation not permitted
      remedy: \`kubectl -n trouble logs init-crashing -c prepare --previous\` shows the whole log

    (hopeless) Pod trouble/keeps-crashing: container main keeps crashing: exit code 2, 3 restarts in 3 min 7 s (not Ready for 39 s)
      log of main, previous run:
      | reading settings
      | cannot create /data/app.log: nonexistent directory
      remedy: \`kubectl -n trouble logs keeps-crashing -c main --previous\` shows the whole log

    (hopeless) Pod trouble/liveness-failing: container main keeps crashing: exit code 137: killed because its liveness probe fails: GET :8080/health: connection refused, 4 restarts in 3 min 38 s (not Ready for 8 s)
      remedy: nothing listens on port 8080 of container main: \`kubectl -n trouble logs liveness-failing -c main\` says how far it has come, else correct the port

    (hopeless) Pod trouble/out-of-memory: container main keeps crashing: exit code 137: out of memory, its limit is 64Mi, 3 restarts in 3 min 10 s (not Ready for 36 s)
      log of main, previous run:
      | filling
      remedy: raise resources.limits.memory of container main where values/ or manifests/ set it

    (hopeless) Pod trouble/shell-command-not-found: container main keeps crashing: exit code 127: the command was not found, 3 restarts in 3 min 14 s (not Ready for 32 s)
      log of main, previous run:
      | sh: no-such-command: not found
      remedy: correct its command where values/ or manifests/ set it: sh -c no-such-command"
  `)
})

test('probes that fail, and an init container that does not end', async () => {
  expect(await textOf('probes')).toMatchInlineSnapshot(`
    "Pod trouble/init-waiting: init container prepare is still running, and the other containers wait for it (not Ready for 3 min 47 s)
      log of prepare:
      | waiting for db:5432
      remedy: \`kubectl -n trouble logs init-waiting -c prepare\` shows what it waits for

    Pod trouble/readiness-refused: container main runs, its readiness probe fails: GET :8080/ready: connection refused (not Ready for 3 min 47 s)
      remedy: nothing listens on port 8080 of container main: \`kubectl -n trouble logs readiness-refused -c main\` says how far it has come, else correct the port

    Pod trouble/readiness-status: container main runs, its readiness probe fails: GET :http/ready: status 503 (not Ready for 3 min 47 s)
      remedy: \`kubectl get --raw /api/v1/namespaces/trouble/pods/readiness-status:8080/proxy/ready\` has the whole answer

    Pod trouble/readiness-tcp: container main runs, its readiness probe fails: TCP :9200: connection refused (not Ready for 3 min 47 s)
      remedy: nothing listens on port 9200 of container main: \`kubectl -n trouble logs readiness-tcp -c main\` says how far it has come, else correct the port

    Pod trouble/readiness-timeout: container main runs, its readiness probe fails: exec sleep 10: timed out after 1s (not Ready for 3 min 47 s)
      remedy: see in \`kubectl -n trouble logs readiness-timeout -c main\` what takes so long, or raise timeoutSeconds of the probe (1)

    Pod trouble/sidecar-not-started: init container prepare runs, its startup probe fails: TCP :9000: connection refused (not Ready for 3 min 47 s)
      remedy: nothing listens on port 9000 of container prepare: \`kubectl -n trouble logs sidecar-not-started -c prepare\` says how far it has come, else correct the port

    Pod trouble/startup-failing: container main runs, its startup probe fails: exec cat /ready: cat: can't open '/ready': No such file or directory (not Ready for 3 min 47 s)
      remedy: \`kubectl -n trouble exec startup-failing -c main -- cat /ready\` has the whole answer"
  `)
})

test('ConfigMaps, Secrets and volumes that are missing', async () => {
  expect(await textOf('references')).toMatchInlineSnapshot(`
    "Pod trouble/missing-config: container main: ConfigMap trouble/nowhere does not exist (not Ready for 6 min 1 s)
      remedy: create it, or name one that is there: \`kubectl -n trouble get configmaps\`

    Pod trouble/missing-config-volume: ConfigMap trouble/nowhere does not exist (not Ready for 6 min 1 s)
      remedy: create it, or name one that is there: \`kubectl -n trouble get configmaps\`

    Pod trouble/missing-host-path: volume data cannot be mounted: hostPath type check failed: /nowhere is not a directory (not Ready for 6 min 1 s)
      remedy: correct the volume where values/ or manifests/ set it: \`kubectl -n trouble get pod missing-host-path -o yaml\` has it

    Pod trouble/missing-key: container main: ConfigMap trouble/settings has no key address (not Ready for 6 min 1 s)
      remedy: add the key, or name one that it has: \`kubectl -n trouble describe configmap settings\`

    Pod trouble/missing-key-volume: ConfigMap trouble/settings has no key address (not Ready for 6 min 1 s)
      remedy: add the key, or name one that it has: \`kubectl -n trouble describe configmap settings\`

    Pod trouble/missing-secret: container main: Secret trouble/nowhere does not exist (not Ready for 6 min 1 s)
      remedy: create it, or name one that is there: \`kubectl -n trouble get secrets\`

    Pod trouble/missing-secret-volume: Secret trouble/nowhere does not exist (not Ready for 6 min 1 s)
      remedy: create it, or name one that is there: \`kubectl -n trouble get secrets\`

    Pod trouble/no-sandbox: its sandbox cannot be created: failed to get sandbox runtime: no runtime for "kata" is configured (not Ready for 15 s)
      remedy: \`docker exec trouble-worker journalctl --unit=containerd --lines=50\` shows more

    Pod trouble/runs-as-root: container main: CreateContainerConfigError: container has runAsNonRoot and image will run as root (not Ready for 6 min 1 s)
      remedy: correct container main where values/ or manifests/ describe it"
  `)
})

test('PVCs that are not bound', async () => {
  expect(await textOf('claims')).toMatchInlineSnapshot(`
    "(hopeless) Pod trouble/claim-missing: PersistentVolumeClaim trouble/nowhere does not exist (not Ready for 3 min 48 s)
      remedy: create it, or name one that is there: \`kubectl -n trouble get persistentvolumeclaims\`

    (hopeless) Pod trouble/claim-no-class: PersistentVolumeClaim trouble/no-class is Pending: its StorageClass fast does not exist (not Ready for 3 min 48 s)
      remedy: name one that exists where values/ or manifests/ set storageClass (standard, trouble-no-provisioner, trouble-no-provisioner-later)

    (hopeless) Pod trouble/claim-no-provisioner: PersistentVolumeClaim trouble/no-provisioner is Pending: its StorageClass trouble-no-provisioner (provisioner nowhere.example/disk) has made no volume: Waiting for a volume to be created either by the external provisioner 'nowhere.example/disk' or manually by the system administrator (not Ready for 3 min 48 s)
      remedy: see whether a pod of provisioner nowhere.example/disk is Ready: \`kubectl get pods -A\`

    Pod trouble/claim-no-provisioner-later: PersistentVolumeClaim trouble/no-provisioner-later is Pending: its StorageClass trouble-no-provisioner-later (provisioner nowhere.example/disk) has made no volume: Waiting for a volume to be created either by the external provisioner 'nowhere.example/disk' or manually by the system administrator (not Ready for 3 min 48 s)
      remedy: see whether a pod of provisioner nowhere.example/disk is Ready: \`kubectl get pods -A\`

    (hopeless) Pod trouble/claim-static: PersistentVolumeClaim trouble/static is Pending: it wants a volume that is there already (its StorageClass is empty), and none fits: no persistent volumes available for this claim and no storage class is set (not Ready for 3 min 48 s)
      remedy: name one that exists where values/ or manifests/ set storageClass (standard, trouble-no-provisioner, trouble-no-provisioner-later)"
  `)
})

test('pods that no node takes', async () => {
  expect(await textOf('scheduling')).toMatchInlineSnapshot(`
    "(hopeless) Pod trouble/apart-too: cannot be scheduled: of 2 nodes 1 has a pod that its anti-affinity keeps it away from, 1 has a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule) (not Ready for 3 min 47 s)
      remedy: run no more replicas than nodes, or drop podAntiAffinity where values/ or manifests/ set it

    (hopeless) Pod trouble/gated: waits for its scheduling gates: example.org/wait (not Ready for 3 min 47 s)
      remedy: whoever set them must remove them

    (hopeless) Pod trouble/only-control-plane: cannot be scheduled: of 2 nodes 1 has labels that do not match its nodeSelector node-role.kubernetes.io/control-plane=, 1 has a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule) (not Ready for 3 min 48 s)
      remedy: correct its nodeSelector where values/ or manifests/ set it, or label a node: \`kubectl label node trouble-worker node-role.kubernetes.io/control-plane=\`

    (hopeless) Pod trouble/port-taken: cannot be scheduled: of 2 nodes 1 has another pod on its host port 9100, 1 has a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule) (not Ready for 3 min 47 s)
      remedy: run one such pod per node, or drop hostPort 9100 where values/ or manifests/ set it

    (hopeless) Pod trouble/too-large-cpu: cannot be scheduled: of 2 nodes 1 has too little cpu left (it asks for 64 for container main, a whole node has 2), 1 has a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule) (not Ready for 3 min 48 s)
      remedy: lower resources.requests.cpu where values/ or manifests/ set it, or free some: \`kubectl describe nodes\` says who holds it

    (hopeless) Pod trouble/too-large-memory: cannot be scheduled: of 2 nodes 1 has too little memory left (it asks for 900Gi for container main, a whole node has 23.5Gi), 1 has a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule) (not Ready for 3 min 48 s)
      remedy: lower resources.requests.memory where values/ or manifests/ set it, or free some: \`kubectl describe nodes\` says who holds it

    (hopeless) Pod trouble/wrong-node: cannot be scheduled: of 2 nodes 1 has labels that do not match its nodeSelector disk=fast, 1 has a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule) (not Ready for 3 min 48 s)
      remedy: correct its nodeSelector where values/ or manifests/ set it, or label a node: \`kubectl label node trouble-worker disk=fast\`"
  `)
  expect(await textOf('cordoned-node')).toMatchInlineSnapshot(`
    "Pod trouble/cordoned: cannot be scheduled: of 2 nodes 1 has a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule), 1 has been cordoned (trouble-worker) (not Ready for 15 s)
      remedy: \`kubectl uncordon trouble-worker\`"
  `)
})

test('a node that is not Ready, and what it means for its pods', async () => {
  const { evidence } = await readRecording('node-without-network')
  expect(evidence.nodes.map((node) => nodeCause(node))).toMatchInlineSnapshot(`
    [
      undefined,
      {
        "cause": "node trouble-worker is not Ready for 25 s: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
        "remedy": "\`docker exec trouble-worker journalctl --unit=kubelet --lines=50\` shows more; DaemonSet kindnet provides the network: \`kubectl -n kube-system get pods -o wide\`",
      },
    ]
  `)
  expect(await textOf('paused-node')).toMatchInlineSnapshot(`
    "Pod trouble/keeps-crashing: its node trouble-worker is not Ready for 30 s: Kubelet stopped posting node status (not Ready for 4 min 34 s)
      remedy: \`docker ps --all --filter name=trouble-worker\` shows the state of its container: \`docker unpause trouble-worker\` if it is paused, \`docker start trouble-worker\` if it has exited, \`docker exec trouble-worker systemctl restart kubelet\` if it is running

    Pod trouble/nowhere-to-run: cannot be scheduled: of 2 nodes 2 have a taint that it does not tolerate (trouble-control-plane: node-role.kubernetes.io/control-plane:NoSchedule, trouble-worker: node.kubernetes.io/unreachable:NoSchedule) (not Ready for 5 s)
      remedy: \`docker ps --all --filter name=trouble-worker\` shows the state of its container: \`docker unpause trouble-worker\` if it is paused, \`docker start trouble-worker\` if it has exited, \`docker exec trouble-worker systemctl restart kubelet\` if it is running

    Pod trouble/port-holder: its node trouble-worker is not Ready for 30 s: Kubelet stopped posting node status (not Ready for 30 s)
      remedy: \`docker ps --all --filter name=trouble-worker\` shows the state of its container: \`docker unpause trouble-worker\` if it is paused, \`docker start trouble-worker\` if it has exited, \`docker exec trouble-worker systemctl restart kubelet\` if it is running

    Pod trouble/readiness-tcp: its node trouble-worker is not Ready for 30 s: Kubelet stopped posting node status (terminating for 81 s)
      remedy: \`docker ps --all --filter name=trouble-worker\` shows the state of its container: \`docker unpause trouble-worker\` if it is paused, \`docker start trouble-worker\` if it has exited, \`docker exec trouble-worker systemctl restart kubelet\` if it is running

    Pod trouble/web-5db765d48f-cvjzl: its node trouble-worker is not Ready for 30 s: Kubelet stopped posting node status (not Ready for 30 s)
      remedy: \`docker ps --all --filter name=trouble-worker\` shows the state of its container: \`docker unpause trouble-worker\` if it is paused, \`docker start trouble-worker\` if it has exited, \`docker exec trouble-worker systemctl restart kubelet\` if it is running"
  `)
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

test('two looks at the same trouble differ in its age only', async () => {
  const { pods, evidence } = await readRecording('paused-node')
  const [pod] = pods
  const looks = [0, 5, 100, 4000].map((seconds) => {
    vi.setSystemTime(Date.now() + seconds * 1000)
    const trouble = pod && podTrouble(pod, 0, evidence)
    return trouble && withoutAges(describeTrouble(trouble))
  })
  expect(new Set(looks)).toMatchInlineSnapshot(`
    Set {
      "Pod trouble/keeps-crashing: its node trouble-worker is not Ready: Kubelet stopped posting node status (not Ready)",
    }
  `)
})

test('a pod that is not deleted', async () => {
  expect(await textOf('terminating')).toMatchInlineSnapshot(`
    "Pod trouble/held-back: is being deleted, but its finalizers block this: example.org/hold (terminating for 32 s)
      remedy: \`kubectl -n trouble patch pod held-back --type=merge --patch='{"metadata":{"finalizers":null}}'\`"
  `)
})

test.each([
  ['crashes', 'liveness-failing', 'exit code 137: killed (SIGKILL)'],
  ['probes', 'readiness-refused', 'its readiness probe has not passed: GET :8080/ready'],
  ['references', 'missing-secret-volume', 'its containers have not started'],
  ['claims', 'claim-missing', 'persistentvolumeclaim "nowhere" not found'],
  ['scheduling', 'too-large-cpu', 'too little cpu left (it asks for 64 for container main)'],
  ['paused-node', 'port-holder', 'node trouble-worker may be down'],
])('without evidence, %s: %s', async (recording, name, cause) => {
  const { pods } = await readRecording(recording)
  const pod = pods.find(({ metadata }) => metadata?.name === name)
  expect(pod && podTrouble(pod)?.cause).toContain(cause)
})

test('a pod waits in vain for a node only once all nodes have been there for a while', async () => {
  const { pods } = await readRecording('scheduling')
  const pod = pods.find(({ metadata }) => metadata?.name === 'too-large-cpu')
  // Not all there yet, all there for 10 s, for 30 s.
  const patientSince = [Infinity, Date.now() - 10_000, Date.now() - 30_000]
  expect(patientSince.map((since) => pod && podTrouble(pod, since)?.hopeless)).toEqual([false, false, true])
})
