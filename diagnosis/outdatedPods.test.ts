import { gzipSync } from 'node:zlib'
import type { V1ObjectMeta, V1OwnerReference, V1Pod, V1PodSpec } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { decodeRelease, helmChange, type Release } from './helmReleases.ts'
import { outdatedContainers, sourceKey } from './outdatedPods.ts'

const namespace = 'monitoring'
const time = (clock: string) => new Date(`2000-01-02T${clock}Z`)

/** A pod of a Deployment with one container, started at 10:00. */
const pod = (
  spec: Partial<V1PodSpec['containers'][number]>,
  more: Partial<V1PodSpec> = {},
  phase = 'Running',
): V1Pod => ({
  metadata: {
    namespace,
    name: 'grafana-5d4-x7k2p',
    labels: { 'pod-template-hash': '5d4' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'grafana-5d4', uid: 'u' }],
  },
  spec: { containers: [{ name: 'grafana', image: 'docker.io/grafana/grafana:13.2.0', ...spec }], ...more },
  status: {
    phase,
    containerStatuses: [
      {
        ...{ name: 'grafana', image: '', imageID: '', ready: true, restartCount: 0 },
        state: { running: { startedAt: time('10:00:00') } },
      },
    ],
  },
})

/** An object whose data was changed at this time. */
const changed = (clock: string, ownerReferences: V1OwnerReference[] = []) => ({
  ownerReferences,
  name: 'settings',
  namespace,
  creationTimestamp: time('08:00:00'),
  managedFields: [
    { manager: 'kubectl-edit', operation: 'Update', time: time(clock), fieldsV1: { 'f:data': {} } },
    { manager: 'labeller', operation: 'Update', time: time('12:00:00'), fieldsV1: { 'f:metadata': {} } },
  ],
})
const sources = (metadata: V1ObjectMeta, kind = 'ConfigMap') =>
  new Map([[sourceKey(kind, namespace, 'settings'), metadata]])

const byEnvironment = {
  env: [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } }],
}
const byFile = {
  volumeMounts: [{ name: 'settings', mountPath: '/etc/grafana/grafana.ini', subPath: 'grafana.ini' }],
}
const byFolder = { volumeMounts: [{ name: 'settings', mountPath: '/etc/grafana' }] }
const volumes = [{ name: 'settings', configMap: { name: 'settings' } }]

test.each([
  ['an environment variable', pod(byEnvironment)],
  ['the environment', pod({ envFrom: [{ configMapRef: { name: 'settings' } }] })],
  ['a single file of a volume', pod(byFile, { volumes })],
  ['a volume', pod(byFolder, { volumes })],
  [
    'a projected volume',
    pod(byFolder, {
      volumes: [{ name: 'settings', projected: { sources: [{ configMap: { name: 'settings' } }] } }],
    }),
  ],
])('a ConfigMap that is read at the start, through %s', (_, own) => {
  expect(outdatedContainers(own, sources(changed('10:05:00')))).toMatchObject([
    { container: 'grafana', change: { by: 'kubectl-edit' } },
  ])
  expect(outdatedContainers(own, sources(changed('09:59:00')))).toEqual([])
})

test('an object that was created anew', () => {
  const metadata = { name: 'settings', namespace, creationTimestamp: time('10:05:00') }
  expect(outdatedContainers(pod(byEnvironment), sources(metadata))).toHaveLength(1)
})

const reloader = { name: 'reloader', image: 'quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1' }
test.each<[string, V1Pod, V1ObjectMeta]>([
  [
    'a volume that a sidecar reloads',
    pod(byFolder, {
      volumes,
      containers: [
        { name: 'grafana', ...byFolder },
        { ...reloader, ...byFolder },
      ],
    }),
    changed('10:05:00'),
  ],
  [
    'a volume of CoreDNS',
    pod({ ...byFolder, image: 'registry.k8s.io/coredns/coredns:v1.12.1' }, { volumes }),
    changed('10:05:00'),
  ],
  [
    "an object of the operator's",
    pod(byFile, { volumes }),
    changed('10:05:00', [
      { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'x', uid: 'u' },
    ]),
  ],
  ['a pod that ends', pod(byFile, { volumes }, 'Succeeded'), changed('10:05:00')],
])('%s is not outdated', (_, own, metadata) => {
  expect(outdatedContainers(own, sources(metadata))).toEqual([])
})

test('a single file stays old even if a sidecar reloads the volume', () => {
  const own = pod(byFile, {
    volumes,
    containers: [
      { name: 'grafana', ...byFile },
      { ...reloader, ...byFolder },
    ],
  })
  expect(outdatedContainers(own, sources(changed('10:05:00')))).toHaveLength(1)
})

test('an upgrade that writes an object without changing its data', () => {
  const release = (at: string, level: string) => {
    const manifest = `kind: ConfigMap\nmetadata: {name: settings, labels: {at: "${at}"}}\ndata: {level: ${level}}\n`
    const json = JSON.stringify({ info: { last_deployed: time(at).toISOString() }, manifest })
    return Buffer.from(gzipSync(json).toString('base64')).toString('base64')
  }
  const releases = [
    release('09:00:00', 'info'),
    release('09:30:00', 'debug'),
    release('10:05:00', 'debug'),
  ].map((text) => decodeRelease(text) as Release)
  const source = { kind: 'ConfigMap', name: 'settings' } as const
  expect(helmChange(releases, source)).toBe(time('09:30:00').getTime())
  expect(helmChange([], source)).toBeUndefined()
  const ofAnotherChart = {
    info: { last_deployed: time('09:45:00').toISOString() },
    manifest: 'kind: Secret\nmetadata: {name: x}\n',
  }
  expect(helmChange([...releases, ofAnotherChart], source)).toBe(time('09:30:00').getTime())
})

test('a certificate that cert-manager renews is loaded again, unless it is mounted as a single file', () => {
  const renewed = sources(
    { ...changed('11:00:00'), annotations: { 'cert-manager.io/certificate-name': 'grafana' } },
    'Secret',
  )
  const secrets = [{ name: 'settings', secret: { secretName: 'settings' } }]
  expect(outdatedContainers(pod(byFolder, { volumes: secrets }), renewed)).toEqual([])
  expect(outdatedContainers(pod(byFile, { volumes: secrets }), renewed)).toHaveLength(1)
})
