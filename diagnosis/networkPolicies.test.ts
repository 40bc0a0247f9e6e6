import type {
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyIngressRule,
  V1NetworkPolicySpec,
  V1Pod,
} from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { forbiddingPolicies } from './networkPolicies.ts'

const pod = (
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  podIP: string,
): V1Pod => ({
  metadata: { namespace, name, labels },
  spec: { containers: [{ name: 'main', ports: [{ name: 'metrics', containerPort: 8000 }] }] },
  status: { podIP },
})
const shop = pod('default', 'shop', { app: 'shop' }, '10.244.1.2')
const prometheus = pod('monitoring', 'prometheus-0', { app: 'prometheus' }, '10.244.2.3')
const namespaces: readonly V1Namespace[] = ['default', 'monitoring'].map((name) => ({
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
}))

const policy = (spec: V1NetworkPolicySpec, namespace = 'default'): V1NetworkPolicy => ({
  metadata: { name: 'only', namespace },
  spec,
})
const toShop = (ingress: readonly V1NetworkPolicyIngressRule[]) =>
  policy({ podSelector: { matchLabels: { app: 'shop' } }, ingress: [...ingress] })

const forbidden = (...policies: readonly V1NetworkPolicy[]) =>
  forbiddingPolicies(policies, { from: prometheus, to: shop, port: 8000, namespaces })

test.each([
  ['without rules', [], 1],
  ['that admits everything', [{}], 0],
  ['that admits other ports', [{ ports: [{ port: 5000 }] }], 1],
  ['that admits the port by number', [{ ports: [{ port: 8000 }] }], 0],
  ['that admits the port by name', [{ ports: [{ port: 'metrics' }] }], 0],
  ['that admits a range', [{ ports: [{ port: 7000, endPort: 9000 }] }], 0],
  ['that admits UDP', [{ ports: [{ port: 8000, protocol: 'UDP' }] }], 1],
  ['that admits pods of its own namespace', [{ _from: [{ podSelector: {} }] }], 1],
  [
    'that admits the namespace of the client',
    [{ _from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }] }],
    0,
  ],
  [
    'that admits other pods of that namespace',
    [{ _from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'grafana' } } }] }],
    1,
  ],
  ['that admits the address', [{ _from: [{ ipBlock: { cidr: '10.244.0.0/16' } }] }], 0],
  [
    'that excepts the address',
    [{ _from: [{ ipBlock: { cidr: '10.244.0.0/16', except: ['10.244.2.0/24'] } }] }],
    1,
  ],
])('a policy %s', (_, ingress, count) => {
  expect(forbidden(toShop(ingress))).toHaveLength(count)
})

test('what is said of the policies of either end', () => {
  expect(forbidden(toShop([]))).toEqual([
    'NetworkPolicy default/only selects Pod default/shop and does not admit Pod monitoring/prometheus-0 to port 8000',
  ])
  const egress = policy(
    { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 53 }] }] },
    'monitoring',
  )
  expect(forbidden(egress)).toEqual([
    'NetworkPolicy monitoring/only selects Pod monitoring/prometheus-0 and does not let it reach port 8000 of Pod default/shop',
  ])
})

test('policies add up, and those of other pods do not count', () => {
  expect(forbidden(toShop([]), toShop([{}]))).toEqual([])
  expect(forbidden(policy({ podSelector: { matchLabels: { app: 'other' } } }))).toEqual([])
  expect(forbidden(policy({ podSelector: {} }, 'monitoring'))).toEqual([])
})
