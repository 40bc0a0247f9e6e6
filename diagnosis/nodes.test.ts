import type { V1NodeSelectorRequirement, V1PodSpec, V1Taint } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { daemonSetOf } from './workloads.ts'
import { whyNoPod } from './nodes.ts'

const labels = { 'kubernetes.io/hostname': 'kind-worker3', cores: '4' }
const daemonSet = (spec: Partial<V1PodSpec>) =>
  daemonSetOf({
    metadata: { name: 'vector', namespace: 'monitoring' },
    spec: { selector: {}, template: { spec: { containers: [], ...spec } } },
  })
const why = (spec: Partial<V1PodSpec>, taints: V1Taint[] = []) => {
  const node = { metadata: { name: 'kind-worker3', labels }, spec: { taints } }
  const { cause, remedy } = whyNoPod(node, daemonSet(spec))
  return `${cause}\n  remedy: ${remedy}`
}
const wanting = (...terms: V1NodeSelectorRequirement[][]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
      },
    },
  },
})
const notHere = { key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['kind-worker3'] }

test('a taint, but none of those that every DaemonSet tolerates', () => {
  const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
  const controlPlane = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }
  expect(why({}, [cordoned, controlPlane])).toMatchInlineSnapshot(`
    "DaemonSet vector does not tolerate its taint node-role.kubernetes.io/control-plane:NoSchedule
      remedy: add a toleration for the taint where values/ or manifests/ set tolerations"
  `)
})

test('a nodeSelector', () => {
  expect(why({ nodeSelector: { 'kubernetes.io/hostname': 'kind-worker3', disk: 'ssd' } }))
    .toMatchInlineSnapshot(`
      "DaemonSet vector requires nodes labelled disk=ssd
        remedy: correct its nodeSelector where values/ or manifests/ set it, or \`kubectl label node kind-worker3 disk=ssd\`"
    `)
})

test('a node affinity', () => {
  expect(why(wanting([notHere]))).toMatchInlineSnapshot(`
    "the node affinity of DaemonSet vector requires kubernetes.io/hostname not in kind-worker3
      remedy: correct its affinity where values/ or manifests/ set it"
  `)
  const large = { key: 'cores', operator: 'Gt', values: ['8'] }
  const named = { key: 'disk', operator: 'Exists' }
  expect(why(wanting([notHere, named], [large]))).toMatchInlineSnapshot(`
    "the node affinity of DaemonSet vector requires kubernetes.io/hostname not in kind-worker3 and disk to exist, or cores above 8
      remedy: correct its affinity where values/ or manifests/ set it"
  `)
})

test('nothing that is seen', () => {
  const small = { key: 'cores', operator: 'Lt', values: ['8'] }
  expect(why(wanting([notHere], [small]))).toMatchInlineSnapshot(`
    "no taint, nodeSelector or affinity prevents one
      remedy: \`kubectl -n monitoring describe daemonset vector\` shows its events"
  `)
})
