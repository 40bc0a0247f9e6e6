import type { V1Service } from '@kubernetes/client-node'
import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { describeEvidence } from './pods.ts'
import { describeBackends, describeMissing, describeService } from './services.ts'
import { stackOf } from '../config/stacks.ts'
import { daemonSetOf, deploymentOf } from './workloads.ts'
import type { Evidence, Namespace } from './types.ts'

afterEach(() => void vi.useRealTimers())

test('what each Service lacks that does not answer at its node port', async () => {
  const { pods, evidence, of } = await readRecording('services')
  const workloads = of('Deployment').map(deploymentOf)
  const texts = of('Service').map((service) => {
    const port = service.spec?.ports?.[0]?.nodePort ?? 0
    const finding = describeService(port, service, { workloads, pods }, evidence)
    const causes = finding.troubles?.map((trouble) => describeEvidence(trouble)) ?? []
    return [finding.sentence, ...causes, `  remedy: ${finding.remedy ?? 'as above'}`].join('\n')
  })
  expect(texts.join('\n\n')).toMatchInlineSnapshot(`
    "Service trouble/no-such-name (node port 31006) forwards to port metrics of its pods, which declare no port of this name: trouble/web-5db765d48f-cvjzl has http 8080
      remedy: correct targetPort of the Service, or the ports of the container, where values/ or manifests/ set them

    Service trouble/not-ready (node port 31003) has no pod that is Ready, of 1
    Pod trouble/unready-5d898b58c9-57ms4: container main runs, its readiness probe fails: GET :8080/ready: connection refused (not Ready for 3 min 43 s)
      remedy: nothing listens on port 8080 of container main: \`kubectl -n trouble logs unready-5d898b58c9-57ms4 -c main\` says how far it has come, else correct the port
      remedy: as above

    Service trouble/right-port (node port 31005) is healthy: it forwards to port 8080 of Pod trouble/web-5db765d48f-cvjzl, which is Ready
      remedy: check that the program answers within the cluster: \`kubectl get --raw /api/v1/namespaces/trouble/pods/web-5db765d48f-cvjzl:8080/proxy/\`; check that the port of this machine is mapped: \`docker port trouble-control-plane 31005/tcp\` (extraPortMappings of kind-config.yaml, applied when the cluster is created)

    Service trouble/scaled-down (node port 31002) has no pod: Deployment/scaled-down wants no pods
    Deployment trouble/scaled-down: it is scaled to 0 (without pods)
      remedy: \`kubectl -n trouble scale deployment scaled-down --replicas=1\`
      remedy: as above

    Service trouble/selects-nothing (node port 31001) selects no pod: its selector is app=web, tier=front; the closest is Pod trouble/web-5db765d48f-cvjzl, which has tier=frontend
      remedy: correct the selector of the Service, or the labels of the pods, where values/ or manifests/ set them

    Service trouble/wrong-port (node port 31004) forwards to port 9090 of its pods, which do not declare it: trouble/web-5db765d48f-cvjzl has http 8080
      remedy: correct targetPort of the Service, or the ports of the container, where values/ or manifests/ set them"
  `)
})

test('a node port that no Service has', async () => {
  const { of } = await readRecording('services')
  const services = of('Service')
  const texts = [stackOf('opensearch'), undefined].map((wanted) => describeMissing(30920, services, wanted))
  expect(texts).toMatchInlineSnapshot(`
    [
      {
        "remedy": "\`helm -n monitoring status opensearch\` shows the state of its release; \`E2E_KEEP=1 npm test\` upgrades it if it differs",
        "sentence": "no Service has node port 30920; values/opensearch.yaml asks for one, in namespace monitoring; the existing node ports are: 31001 trouble/selects-nothing, 31002 trouble/scaled-down, 31003 trouble/not-ready, 31004 trouble/wrong-port, 31005 trouble/right-port, 31006 trouble/no-such-name",
      },
      {
        "remedy": "set it where values/ describe the Service: \`service: { type: NodePort, nodePort: 30920 }\`",
        "sentence": "no Service has node port 30920; the existing node ports are: 31001 trouble/selects-nothing, 31002 trouble/scaled-down, 31003 trouble/not-ready, 31004 trouble/wrong-port, 31005 trouble/right-port, 31006 trouble/no-such-name",
      },
    ]
  `)
})

const backends = (service: V1Service, found: Namespace, evidence: Evidence) =>
  describeBackends(service, found, evidence)
    .flatMap(({ sentence, troubles = [], remedy }) => [
      sentence,
      ...troubles.map((trouble) => describeEvidence(trouble)),
      ...(remedy === undefined ? [] : [`  remedy: ${remedy}`]),
    ])
    .join('\n')

test('how many pods a Service has, and what keeps others from it', async () => {
  const { pods, evidence, of } = await readRecording('services')
  const workloads = of('Deployment').map(deploymentOf)
  const texts = of('Service').map((service) => backends(service, { workloads, pods }, evidence))
  expect(texts.join('\n\n')).toMatchInlineSnapshot(`
    "Service trouble/no-such-name has 1 pod that is Ready, Deployment/web asks for 1
      remedy: if that is too few, \`kubectl -n trouble scale deployment web --replicas=2\`

    Service trouble/not-ready has 0 of 1 pod Ready
    Pod trouble/unready-5d898b58c9-57ms4: container main runs, its readiness probe fails: GET :8080/ready: connection refused (not Ready for 3 min 43 s)
      remedy: nothing listens on port 8080 of container main: \`kubectl -n trouble logs unready-5d898b58c9-57ms4 -c main\` says how far it has come, else correct the port

    Service trouble/right-port has 1 pod that is Ready, Deployment/web asks for 1
      remedy: if that is too few, \`kubectl -n trouble scale deployment web --replicas=2\`

    Service trouble/scaled-down has no pod: Deployment/scaled-down wants no pods
    Deployment trouble/scaled-down: it is scaled to 0 (without pods)
      remedy: \`kubectl -n trouble scale deployment scaled-down --replicas=1\`

    Service trouble/selects-nothing selects no pod: its selector is app=web, tier=front; the closest is Pod trouble/web-5db765d48f-cvjzl, which has tier=frontend
      remedy: correct the selector of the Service, or the labels of the pods, where values/ or manifests/ set them

    Service trouble/wrong-port has 1 pod that is Ready, Deployment/web asks for 1
      remedy: if that is too few, \`kubectl -n trouble scale deployment web --replicas=2\`"
  `)
})

test('a Service without a selector, whose endpoints somebody else keeps', async () => {
  const { pods, evidence } = await readRecording('services')
  const kubelet = { metadata: { name: 'kubelet', namespace: 'kube-system' }, spec: { clusterIP: 'None' } }
  expect(backends(kubelet, { workloads: [], pods }, evidence)).toBe('')
})

test('a Service whose DaemonSet is kept from a node', async () => {
  const { pods, evidence } = await readRecording('services')
  const [pod] = pods.filter(({ metadata }) => metadata?.labels?.['app'] === 'web')
  const labels = { app: 'web' }
  const term = (...values: string[]) => ({
    matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values }],
  })
  const daemonSet = daemonSetOf({
    metadata: { name: 'web', namespace: 'trouble', generation: 2 },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [],
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [term('trouble-worker3')],
              },
            },
          },
        },
      },
    },
    // As with updateStrategy OnDelete: the pods that there are go on as they were.
    status: {
      observedGeneration: 2,
      desiredNumberScheduled: 1,
      updatedNumberScheduled: 0,
      numberReady: 1,
      currentNumberScheduled: 1,
      numberMisscheduled: 0,
    },
  })
  const service = { metadata: { name: 'web', namespace: 'trouble' }, spec: { selector: labels } }
  const node = (name: string) => ({ metadata: { name, labels: { 'kubernetes.io/hostname': name } } })
  const nodes = [node(pod?.spec?.nodeName ?? ''), node('trouble-worker3')]
  const found = { workloads: [daemonSet], pods: pod ? [pod] : [] }
  expect(backends(service, found, { ...evidence, nodes })).toMatchInlineSnapshot(`
    "node trouble-worker3 has no pod of DaemonSet trouble/web: the node affinity of DaemonSet web requires kubernetes.io/hostname not in trouble-worker3
      remedy: correct its affinity where values/ or manifests/ set it"
  `)
})
