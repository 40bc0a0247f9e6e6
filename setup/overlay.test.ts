import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { listOverlay } from '../config/overlayFolder.ts'
import { identityOf, type ManifestObject } from '../config/overlayManifests.ts'
import { messageOf } from '../lib/messages.ts'
import { installOverlay, recordedObjects } from './overlay.ts'
import { renderedObjects } from './preflight/overlay.ts'

const apiError = (code: number, message: string) => Object.assign(new Error(message), { code })

/** A cluster that keeps what is applied, and in which a Job cannot be changed. */
const startCluster = () => {
  const objects = new Map<string, ManifestObject>()
  const done: string[] = []
  const kubernetes = {
    apply: async (object: ManifestObject) => {
      const old = objects.get(identityOf(object))
      if (old && object.kind === 'Job' && JSON.stringify(old) !== JSON.stringify(object))
        throw apiError(422, 'spec.template: field is immutable')
      objects.set(identityOf(object), object)
      done.push(`applied ${object.kind}`)
    },
    objects: () => ({
      delete: async (object: ManifestObject) => {
        if (!objects.delete(identityOf(object))) throw apiError(404, 'not found')
        done.push(`deleted ${object.kind}`)
      },
    }),
    core: {
      readNamespacedConfigMap: async (metadata: ManifestObject['metadata']) => {
        const found = objects.get(identityOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata }))
        if (!found) throw apiError(404, 'not found')
        return found
      },
    },
  } as unknown as Kubernetes
  return { kubernetes, objects, done }
}

const overlayOf = async (manifest: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'overlay-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'manifests'))
  await writeFile(join(folder, 'manifests/shop.yaml'), manifest)
  return listOverlay(folder)
}

const job = (image: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: { name: seed, namespace: shop }\nspec: { image: ${image} }\n---\n` +
  'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n'

test('an overlay is applied, changed and removed', async () => {
  const { kubernetes, objects, done } = startCluster()
  const install = async (manifest: string | undefined, reused: boolean) => {
    const read = async () => ({ pods: [], workloads: [] })
    const waiting = { read, allNodesSince: () => 0 }
    const within = { install: 2000, ready: 2000 }
    const overlay = manifest === undefined ? undefined : await overlayOf(manifest)
    const former = await recordedObjects(kubernetes)
    done.length = 0
    await installOverlay({ kubernetes, reused, within, waiting }, overlay, former)
    return done.filter((one) => !one.endsWith('ConfigMap'))
  }
  expect(await install(job('a'), false)).toEqual(['applied Namespace', 'applied Job'])
  expect(await install(job('a'), true)).toEqual(['applied Namespace', 'applied Job'])
  expect(await install(job('b'), true)).toEqual(['applied Namespace', 'deleted Job', 'applied Job'])
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: key }'
  expect((await install(secret, true)).toSorted()).toEqual([
    'applied Secret',
    'deleted Job',
    'deleted Namespace',
  ])
  expect(await install(undefined, true)).toEqual(['deleted Secret'])
  expect(await recordedObjects(kubernetes)).toEqual([])
  expect([...objects.values()].map(({ kind }) => kind)).toEqual(['ConfigMap'])
})

test('an object that the API server refuses is named, at once, and the rest is installed', async () => {
  const { kubernetes, objects } = startCluster()
  const overlay = await overlayOf(`apiVersion: v1\nkind: Secret\nmetadata: { name: key }\n---\n${job('a')}`)
  const refusing = {
    ...kubernetes,
    apply: async (object: ManifestObject) => {
      await kubernetes.apply(object, '')
      if (object.kind === 'Secret') throw apiError(403, 'admission webhook "rules" denied the request: no')
    },
  } as unknown as Kubernetes
  const waiting = { read: async () => ({ pods: [], workloads: [] }), allNodesSince: () => 0 }
  const installing = { kubernetes: refusing, reused: false, within: { install: 9000, ready: 9000 }, waiting }
  const text = await installOverlay(installing, overlay, []).catch(messageOf)
  expect(text).toMatch(
    /^Secret key is accepted: gave up after .*: this will not recover by itself\n.*denied the request: no/,
  )
  expect([...objects.values()].map(({ kind }) => kind)).toContain('Job')
})

test('the objects in what helm renders', () => {
  const rendered = `---
# Source: chart/templates/rule.yaml
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  labels: { name: other }
  name: "general.rules"
spec:
  name: inner
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: inner
  namespace: 'default'
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: grafana
`
  expect(renderedObjects(rendered).map((one) => identityOf(one, 'monitoring'))).toEqual([
    'monitoring.coreos.com PrometheusRule monitoring general.rules',
    ' ConfigMap default inner',
    'rbac.authorization.k8s.io ClusterRole  grafana',
  ])
})
