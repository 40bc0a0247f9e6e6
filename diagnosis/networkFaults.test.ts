import { expect, test } from 'vitest'
import { locateFault, locateLookupFault, locateServiceFault, type Attempts } from './networkFaults.ts'
import { readAttempt, type Attempt } from './reachability.ts'

test.each([
  ["nc: can't connect to remote host (10.244.1.2): Connection refused", 'refused'],
  ['nc: timed out', 'timed out'],
  ["nc: bad address 'shop.default'", 'name not resolved'],
  ["nc: can't connect to remote host (10.244.1.2): No route to host", 'no route'],
  ['ETIMEDOUT', 'timed out'],
  ['error trying to reach service: dial tcp 10.244.1.2:8000: i/o timeout', 'timed out'],
  ['error trying to reach service: EOF', undefined],
  ['sh: nc: not found', undefined],
] as const)('%s', (words, attempt) => {
  expect(readAttempt(words)).toBe(attempt)
})

const attempts = (
  own: Attempt,
  worker2: Attempt,
  worker3: Attempt,
  more: Partial<Attempts> = {},
): Attempts => ({
  what: 'port 8000 of Pod default/shop',
  address: '10.244.1.2:8000',
  node: 'worker',
  byNode: { worker: own, worker2, worker3 },
  apiServer: worker2,
  kubelet: 'reached',
  client: 'worker3',
  forbidden: [],
  ...more,
})
const [ok, lost, refused] = ['reached', 'timed out', 'refused'] as const
const policy =
  'NetworkPolicy default/only selects Pod default/shop and does not admit Pod monitoring/p to port 8000'

test.each([
  [
    'dropped at the pod',
    attempts(lost, lost, lost),
    /cut off at the pod's own node: no node reaches it/,
    /a firewall rule on worker drops it/,
  ],
  [
    'forbidden by a policy',
    attempts(lost, lost, lost, { forbidden: [policy] }),
    /^NetworkPolicy default\/only selects/,
    /admit it in the ingress/,
  ],
  ['nothing listens', attempts(refused, refused, refused), /nothing listens on port 8000/, /listen address/],
  [
    'dropped between nodes',
    attempts(ok, lost, lost),
    /dropped on its way to node worker: only worker reaches it/,
    /missing route on worker/,
  ],
  [
    'the node is cut off',
    attempts(ok, lost, lost, { kubelet: lost }),
    /node worker is cut off from the other nodes/,
    /docker network/,
  ],
  [
    'one node cannot reach it',
    attempts(ok, ok, lost),
    /node worker3 cannot reach it, other nodes can/,
    /the route or a rule on worker3/,
  ],
  [
    'the client is at fault',
    attempts(ok, ok, ok),
    /the fault is at the client, on worker3/,
    /rule on worker3/,
  ],
  ['it has passed', attempts(ok, ok, ok, { client: undefined }), /reaches it by now/, /try again/],
  [
    'nobody could try',
    attempts('not tried', 'not tried', 'not tried', { byNode: {} }),
    /could not be tried from anywhere/,
    /kubectl debug/,
  ],
])('which hop fails: %s', (_, one, cause, remedy) => {
  const located = locateFault(one)
  expect(located.cause).toMatch(cause)
  expect(located.remedy).toMatch(remedy)
})

test('from where an address is reached and from where not', () => {
  expect(locateFault(attempts(ok, lost, lost)).cause).toMatchInlineSnapshot(
    `"it is dropped on its way to node worker: only worker reaches it, although its kubelet answers the other nodes: port 8000 of Pod default/shop (10.244.1.2:8000), from its own node worker: reached; from node worker2: timed out; from node worker3: timed out; from the API server's proxy: timed out"`,
  )
})

const service = {
  what: 'Service default/shop',
  pod: { metadata: { name: 'shop', namespace: 'default' } },
  podPort: 8000,
  clusterIP: '10.96.1.1',
  port: 80,
  nodePort: 30080,
}

test.each([
  ['the pod', attempts(lost, lost, lost), { worker: lost }, lost, /^the port is cut off at the pod/],
  [
    'the ClusterIP on one node',
    attempts(ok, ok, ok),
    { worker: ok, worker2: lost },
    ok,
    /ClusterIP .* is not from node worker2: timed out: kube-proxy/,
  ],
  [
    'the node port',
    attempts(ok, ok, ok),
    { worker: ok },
    refused,
    /but not node port 30080 of node control-plane: refused: kube-proxy/,
  ],
  [
    'the port of this machine',
    attempts(ok, ok, ok),
    { worker: ok },
    ok,
    /between this machine and that node/,
  ],
])('the first hop of a Service that fails: %s', (_, toPod, toService, toNodePort, cause) => {
  expect(locateServiceFault(service, toPod, toService, toNodePort, 'control-plane').cause).toMatch(cause)
})

test('DNS as a whole, or one name', () => {
  expect(locateLookupFault('shop.default', 'name not resolved')).toContain('because DNS fails in the cluster')
  expect(locateLookupFault('shop.default', 'reached')).toContain(
    'shop.default does not exist, while DNS works',
  )
})
