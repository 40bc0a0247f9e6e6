import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { describeEvidence } from './pods.ts'
import { withRemedy } from './admissionErrors.ts'
import { daemonSetOf, deploymentOf, statefulSetOf, workloadShortfall } from './workloads.ts'

afterEach(() => void vi.useRealTimers())

type Refusals = Readonly<{
  /** Of the API server, to objects that were applied. */
  answers: readonly Readonly<{ code: number; message: string }>[]
  /** What helm wrote on standard error. */
  helm: readonly string[]
}>

test('why workloads have no pods', async () => {
  const { pods, evidence, of } = await readRecording('refusals')
  const workloads = [
    ...of('Deployment').map(deploymentOf),
    ...of('StatefulSet').map(statefulSetOf),
    ...of('DaemonSet').map(daemonSetOf),
  ]
  const texts = workloads.map(({ kind, metadata }) => {
    const shortfall = workloadShortfall({ workloads, pods }, `${kind}/${metadata.name}`, 0, evidence)
    return [shortfall?.sentence, ...(shortfall?.troubles.map((one) => describeEvidence(one)) ?? [])].join(
      '\n',
    )
  })
  expect(texts.join('\n\n')).toMatchInlineSnapshot(`
    "Deployment/deaf-webhook: 0 of 1 pods Ready
    Deployment trouble-deaf-webhook/deaf-webhook: its pods are rejected: admission webhook deaf.trouble.example cannot be called: service "nobody" not found (missing pods for 3 min 46 s)
      remedy: the pods behind Service trouble-deaf-webhook/nobody must be Ready: \`kubectl -n trouble-deaf-webhook get service,pods\`; \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\` shows who owns it

    Deployment/policy: 0 of 1 pods Ready
    Deployment trouble-policy/policy: its pods are rejected: ValidatingAdmissionPolicy trouble-names denied the request: every pod needs the label owner (missing pods for 3 min 46 s)
      remedy: correct what it objects to, or change the policy: \`kubectl get validatingadmissionpolicybinding trouble-names -o yaml\`

    Deployment/quota: 0 of 1 pods Ready
    Deployment trouble-quota/quota: its pods are rejected: ResourceQuota trouble-quota/small is exceeded: requested limits.cpu=200m, used limits.cpu=0, limited to limits.cpu=100m (missing pods for 3 min 47 s)
      remedy: \`kubectl -n trouble-quota edit resourcequota small\`, or lower the request

    Deployment/restricted: 0 of 1 pods Ready
    Deployment trouble-restricted/restricted: its pods are rejected: namespace trouble-restricted enforces Pod Security level restricted: allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost") (missing pods for 3 min 47 s)
      remedy: set that securityContext, or \`kubectl label --overwrite namespace trouble-restricted pod-security.kubernetes.io/enforce=privileged\`

    Deployment/webhook: 0 of 1 pods Ready
    Deployment trouble-webhook/webhook: its pods are rejected: admission webhook images.trouble.example denied the request: every image must come from registry.example (missing pods for 3 min 46 s)
      remedy: correct what it objects to; \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\` shows who owns it

    Deployment/no-account: 0 of 1 pods Ready
    Deployment trouble/no-account: its pods are rejected: ServiceAccount trouble/nobody does not exist (missing pods for 3 min 46 s)
      remedy: create it, or name an existing one: \`kubectl -n trouble get serviceaccounts\`

    Deployment/no-priority: 0 of 1 pods Ready
    Deployment trouble/no-priority: its pods are rejected: PriorityClass very-high does not exist (missing pods for 3 min 46 s)
      remedy: create it, or name an existing one: \`kubectl get priorityclasses\`

    Deployment/scaled-down wants no pods
    Deployment trouble/scaled-down: it is scaled to 0 (without pods)
      remedy: \`kubectl -n trouble scale deployment scaled-down --replicas=1\`

    StatefulSet/quota-stateful: 0 of 1 pods Ready
    StatefulSet trouble-quota/quota-stateful: its pods are rejected: ResourceQuota trouble-quota/small is exceeded: requested limits.cpu=200m, used limits.cpu=0, limited to limits.cpu=100m (missing pods for 3 min 47 s)
      remedy: \`kubectl -n trouble-quota edit resourcequota small\`, or lower the request

    DaemonSet/quota-daemon: 0 of 1 pods Ready, its rollout is under way
    DaemonSet trouble-quota/quota-daemon: its pods are rejected: ResourceQuota trouble-quota/small is exceeded: requested limits.cpu=200m, used limits.cpu=0, limited to limits.cpu=100m (missing pods for 3 min 47 s)
      remedy: \`kubectl -n trouble-quota edit resourcequota small\`, or lower the request

    DaemonSet/nowhere-wanted wants no pods
    DaemonSet trouble/nowhere-wanted: no node matches: its nodeSelector is disk=fast (without pods)
      remedy: correct its nodeSelector or tolerations where values/ or manifests/ set them"
  `)
})

test('only what the newest revision suffers from ends a wait', async () => {
  const { pods, evidence, of } = await readRecording('rollouts')
  const workloads = of('Deployment').map(deploymentOf)
  const texts = workloads.map(({ kind, metadata }) => {
    const shortfall = workloadShortfall({ workloads, pods }, `${kind}/${metadata.name}`, 0, evidence)
    const troubles = shortfall?.troubles.map(({ hopeless, ...one }) =>
      [hopeless ? 'hopeless' : 'may pass', describeEvidence(one)].join(': '),
    )
    return [shortfall?.sentence, ...(troubles ?? [])].join('\n')
  })
  expect(texts.join('\n\n')).toMatchInlineSnapshot(`
    "Deployment/mended: 0 of 1 pods Ready
    may pass: Pod trouble/mended-6d58bffc97-p5jpp: container main runs, its readiness probe has not passed: exec false (not Ready for 4 s)
      remedy: \`kubectl -n trouble exec mended-6d58bffc97-p5jpp -c main -- false\` has the whole answer
    may pass: Pod trouble/mended-dcc56b678-d9hbm: container main keeps crashing: exit code 3, 3 restarts in 46 s (not Ready for 58 s)
      remedy: \`kubectl -n trouble logs mended-dcc56b678-d9hbm -c main --previous\` shows the whole log

    Deployment/spoilt: 0 of 1 pods Ready
    hopeless: Pod trouble/spoilt-76c94cd7d8-xlw8h: container main keeps crashing: exit code 3, 3 restarts in 42 s (not Ready for 55 s)
      remedy: \`kubectl -n trouble logs spoilt-76c94cd7d8-xlw8h -c main --previous\` shows the whole log"
  `)
})

test('objects that the API server refuses', async () => {
  const { answers, helm } = await readRecording<Refusals>('refusals')
  const texts = [
    ...answers.map(({ code, message }) => `${code}: ${message}`),
    ...helm.map((text) => text.trim()),
  ]
  expect(texts.map((text) => withRemedy(text, 'trouble')).join('\n\n')).toMatchInlineSnapshot(`
    "500: Internal error occurred: failed calling webhook "deaf.trouble.example": failed to call webhook: Post "https://nobody.trouble-deaf-webhook.svc:443/?timeout=3s": service "nobody" not found
      remedy: the pods behind Service trouble-deaf-webhook/nobody must be Ready: \`kubectl -n trouble-deaf-webhook get service,pods\`; \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\` shows who owns it

    422: Service "vector" is invalid: spec.ports: Required value

    404: namespaces "nowhere" not found

    422: Service "x" is invalid: spec.ports[0].nodePort: Invalid value: 31001: provided port is already allocated
      remedy: \`kubectl get services -A\` shows which; delete it, or change its port

    422: services "x" is forbidden: ValidatingAdmissionPolicy 'trouble-names' with binding 'trouble-names' denied request: expression ''owner' in object.metadata.labels' resulted in error: no such key: labels
      remedy: correct what it objects to, or change the policy: \`kubectl get validatingadmissionpolicybinding trouble-names -o yaml\`

    403: services "x" is forbidden: exceeded quota: services, requested: services=1, used: services=0, limited: services=0
      remedy: \`kubectl -n trouble edit resourcequota services\`, or lower the request

    400: admission webhook "images.trouble.example" denied the request: every image must come from registry.example
      remedy: correct what it objects to; \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\` shows who owns it

    Error: server-side apply failed for object trouble-deaf-webhook/refused-deaf-webhook /v1, Kind=Service: Internal error occurred: failed calling webhook "deaf.trouble.example": failed to call webhook: Post "https://nobody.trouble-deaf-webhook.svc:443/?timeout=3s": service "nobody" not found
      remedy: the pods behind Service trouble-deaf-webhook/nobody must be Ready: \`kubectl -n trouble-deaf-webhook get service,pods\`; \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\` shows who owns it

    Error: server-side apply failed for object trouble-policy/refused-policy /v1, Kind=Service: services "refused-policy" is forbidden: ValidatingAdmissionPolicy 'trouble-names' with binding 'trouble-names' denied request: every pod needs the label owner
      remedy: correct what it objects to, or change the policy: \`kubectl get validatingadmissionpolicybinding trouble-names -o yaml\`

    Error: server-side apply failed for object trouble-quota/refused-quota /v1, Kind=Service: services "refused-quota" is forbidden: exceeded quota: services, requested: services=1, used: services=0, limited: services=0
      remedy: \`kubectl -n trouble edit resourcequota services\`, or lower the request

    Error: server-side apply failed for object trouble-webhook/refused-webhook /v1, Kind=Service: admission webhook "images.trouble.example" denied the request: every image must come from registry.example
      remedy: correct what it objects to; \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\` shows who owns it

    Error: UPGRADE FAILED: conflict occurred while applying object trouble/settings /v1, Kind=ConfigMap: Apply failed with 2 conflicts: conflicts with "kubectl-patch" using v1:
    - .data.a.yaml
    - .data.b.yaml
      remedy: \`kubectl -n trouble delete configmap settings\`: the chart recreates it; or \`npm run clean\`, for a new cluster"
  `)
})
