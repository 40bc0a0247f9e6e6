import type { V1NodeSelectorRequirement, V1PodSpec, V1Taint } from '@kubernetes/client-node'
import { afterEach, expect, test, vi } from 'vitest'
import { stackOf } from '../config/stacks.ts'
import { readRecording } from '../tests/recordings/read.ts'
import { whyNoPod } from './nodes.ts'
import { describeBackends, describeMissing, describeService } from './services.ts'
import { daemonSetOf, deploymentOf } from './workloads.ts'

afterEach(() => void vi.useRealTimers())

const recorded = async (name: string) => {
  const { pods, evidence, of } = await readRecording('services')
  const [service] = of('Service').filter(({ metadata }) => metadata?.name === name)
  if (!service) throw new Error(`services.json has no Service ${name}`)
  return { service, found: { workloads: of('Deployment').map(deploymentOf), pods }, evidence }
}

test.each([
  ['no-such-name', 'forwards to port metrics of its pods', 'targetPort'],
  ['selects-nothing', 'its selector is app=web, tier=front; the closest is Pod trouble/web', 'selector'],
  ['wrong-port', 'forwards to port 9090 of its pods', 'targetPort'],
])('why a Service does not answer: %s', async (name, sentence, remedy) => {
  const { service, found, evidence } = await recorded(name)
  const finding = describeService(service.spec?.ports?.[0]?.nodePort ?? 0, service, found, evidence)
  expect(finding.sentence).toContain(`Service trouble/${name} (node port 3100`)
  expect(finding.sentence).toContain(sentence)
  expect(finding.remedy).toContain(remedy)
})

test('a Service that is healthy: the network is left', async () => {
  const { service, found, evidence } = await recorded('right-port')
  const finding = describeService(31005, service, found, evidence)
  expect(finding.sentence).toContain('is healthy: it forwards to port 8080')
  expect(finding.silent).toMatchObject({ what: 'Service trouble/right-port', podPort: 8080, nodePort: 31005 })
})

test.each([
  ['not-ready', 'has 0 of 1 pod Ready', 'readiness probe fails: GET :8080/ready'],
  ['scaled-down', 'has no pod: Deployment/scaled-down wants no pods', 'it is scaled to 0'],
])('a Service whose pods have the trouble: %s', async (name, sentence, cause) => {
  const { service, found, evidence } = await recorded(name)
  const finding = describeService(31000, service, found, evidence)
  expect(finding.sentence).toContain(sentence)
  expect(finding.troubles).toMatchObject([{ cause: expect.stringContaining(cause) }])
})

test.each([
  [stackOf('opensearch'), 'values/opensearch.yaml asks for one', 'helm -n monitoring status opensearch'],
  [undefined, 'no Service has node port 30920', 'nodePort: 30920'],
])('a node port that no Service has, row %#', async (stack, sentence, remedy) => {
  const { service } = await recorded('right-port')
  const finding = describeMissing(30920, [service], stack)
  expect(finding.sentence).toContain(sentence)
  expect(finding.sentence).toContain('31005 trouble/right-port')
  expect(finding.remedy).toContain(remedy)
})

test.each([
  ['right-port', '1 pod that is Ready, Deployment/web asks for 1', 'scale deployment web --replicas=2', []],
  ['not-ready', '0 of 1 pod Ready', undefined, ['Pod']],
  ['scaled-down', 'has no pod: Deployment/scaled-down wants no pods', undefined, ['Deployment']],
  ['selects-nothing', 'selects no pod', 'selector', []],
])('how many pods a Service has: %s', async (name, sentence, remedy, kinds) => {
  const { service, found, evidence } = await recorded(name)
  const [finding, ...others] = describeBackends(service, found, evidence)
  expect(others).toEqual([])
  expect(finding?.sentence).toContain(sentence)
  if (remedy === undefined) expect(finding?.remedy).toBeUndefined()
  else expect(finding?.remedy).toContain(remedy)
  expect((finding?.troubles ?? []).map(({ kind }) => kind)).toEqual(kinds)
})

test('a Service without a selector has endpoints that are managed elsewhere', async () => {
  const { found, evidence } = await recorded('right-port')
  const kubelet = { metadata: { name: 'kubelet', namespace: 'kube-system' }, spec: { clusterIP: 'None' } }
  expect(describeBackends(kubelet, found, evidence)).toEqual([])
})

const labels = { app: 'web' }
const daemonSet = (spec: Partial<V1PodSpec>) =>
  daemonSetOf({
    metadata: { name: 'web', namespace: 'trouble', generation: 2 },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [], ...spec } },
    },
    // As with updateStrategy OnDelete: the existing pods keep running.
    status: {
      observedGeneration: 2,
      desiredNumberScheduled: 1,
      updatedNumberScheduled: 0,
      numberReady: 1,
      currentNumberScheduled: 1,
      numberMisscheduled: 0,
    },
  })
const requiring = (...matchExpressions: V1NodeSelectorRequirement[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  },
})
const node = (name: string, taints: V1Taint[] = []) => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  spec: { taints },
})
const notOnWorker3 = { key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['trouble-worker3'] }
const manyCores = { key: 'cores', operator: 'Gt', values: ['8'] }
const hasDisk = { key: 'disk', operator: 'Exists' }
const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
const controlPlane = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }

test.each([
  [{}, [cordoned, controlPlane], 'its taint node-role.kubernetes.io/control-plane:NoSchedule', 'toleration'],
  [{ nodeSelector: { disk: 'ssd' } }, [], 'nodeSelector of DaemonSet web requires disk in', 'nodeSelector'],
  [requiring(notOnWorker3, hasDisk), [], 'hostname not in trouble-worker3 and disk to exist', 'affinity'],
  [requiring(manyCores), [], 'node affinity of DaemonSet web requires cores above 8', 'affinity'],
  [{}, [cordoned], 'no taint, nodeSelector or affinity', 'describe daemonset web'],
])('why a DaemonSet has no pod on a node: %j', (spec, taints, cause, remedy) => {
  expect(whyNoPod(node('trouble-worker3', taints), daemonSet(spec))).toEqual({
    cause: expect.stringContaining(cause),
    remedy: expect.stringContaining(remedy),
  })
})

test('a Service whose DaemonSet has no pod on a node', async () => {
  const { found, evidence } = await recorded('right-port')
  const pods = found.pods.filter(({ metadata }) => metadata?.labels?.['app'] === 'web')
  const service = { metadata: { name: 'web', namespace: 'trouble' }, spec: { selector: labels } }
  const nodes = [node(pods[0]?.spec?.nodeName ?? ''), node('trouble-worker3')]
  const workloads = [daemonSet(requiring(notOnWorker3))]
  expect(describeBackends(service, { workloads, pods }, { ...evidence, nodes })).toMatchObject([
    { sentence: expect.stringMatching(/^node trouble-worker3 has no pod of DaemonSet trouble\/web: /) },
  ])
})
