import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import type { Overlay } from '../config/overlay.ts'
import {
  describeObject,
  identityOf,
  namespaceOf,
  readManifests,
  type ManifestObject,
} from '../config/overlayManifests.ts'
import { waitForWorkloads } from '../diagnosis/workloads.ts'
import { eventually, WaitError } from '../lib/eventually.ts'
import { messageOf } from '../lib/messages.ts'
import { applyObjects } from './manifests.ts'

type Installing = Readonly<{
  kubernetes: Kubernetes
  /** Whether the cluster has been used before. */
  reused: boolean
  /** Milliseconds for one object, and for all workloads. */
  within: Readonly<{ install: number; ready: number }>
  waiting: Omit<Parameters<typeof waitForWorkloads>[2], 'within'>
}>

/** The ConfigMap that lists the objects of the overlay in a cluster. */
const record = { name: 'observability-e2e-overlay', namespace: 'kube-system' }

const recordOf = (objects: readonly ManifestObject[]): ManifestObject => {
  const references = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
  }))
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: record,
    data: { objects: JSON.stringify(references) },
  }
}

/** The objects that an overlay has in the cluster. */
export const recordedObjects = async ({ core }: Kubernetes): Promise<readonly ManifestObject[]> => {
  try {
    const { data } = await core.readNamespacedConfigMap(record)
    return JSON.parse(data?.['objects'] ?? '[]') as ManifestObject[]
  } catch (error) {
    if (apiStatus(error) === 404) return []
    throw error
  }
}

// The client's error for a kind whose definition is gone, together with all its objects.
const noSuchKind = 'Unrecognized API version and kind'

/** Deletes an object with everything that it owns. */
const removeObject = (kubernetes: Kubernetes, object: ManifestObject, within: number): Promise<void> =>
  eventually(
    `${describeObject(object)} is gone`,
    async () => {
      try {
        // A copy, because the client's type is not readonly.
        const reference = { ...object, metadata: { ...object.metadata } }
        await kubernetes.objects().delete(reference, undefined, undefined, undefined, undefined, 'Foreground')
      } catch (error) {
        if (apiStatus(error) === 404 || messageOf(error).includes(noSuchKind)) return
        throw error
      }
      throw new Error('it still exists')
    },
    { within, every: 500 },
  )

// The API server's errors for a change that a Pod, a Job or a StatefulSet does not allow.
const cannotChange = /immutable|may not change fields|updates to statefulset spec/

const applyOne = async (
  { kubernetes, reused, within: { install: within } }: Installing,
  object: ManifestObject,
): Promise<void> => {
  const applied = () => applyObjects(kubernetes, [object], { within, reused: false })
  await applied().catch(async (error: unknown) => {
    if (!reused || !(error instanceof WaitError) || !cannotChange.test(error.message)) throw error
    await removeObject(kubernetes, object, within)
    await applied()
  })
}

const isFirst = ({ kind }: ManifestObject) => kind === 'Namespace' || kind === 'CustomResourceDefinition'
const isWorkload = ({ kind }: ManifestObject) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind)

const hasPods = ({ spec }: ManifestObject) => (spec as { replicas?: number } | undefined)?.replicas !== 0

/** Applies the workloads of a namespace, and waits until their pods are Ready. */
const installWorkloads = async (
  installing: Installing,
  namespace: string,
  objects: readonly ManifestObject[],
): Promise<void> => {
  const { kubernetes, waiting, within } = installing
  await allOf(objects.map((object) => applyOne(installing, object)))
  const workloads = objects.filter(hasPods).map(({ kind, metadata }) => `${kind}/${metadata.name}`)
  if (workloads.length > 0)
    await waitForWorkloads(kubernetes, { namespace, workloads }, { ...waiting, within: within.ready })
}

/**
 * Waits for all of the work, so that one failure does not hide another.
 * @throws Error with every failure
 */
const allOf = async (work: readonly Promise<void>[]): Promise<void> => {
  const settled = await Promise.allSettled(work)
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []))
  if (failures.length > 0) throw new Error([...new Set(failures)].join('\n'))
}

/**
 * Applies the manifests of the overlay, its namespaces first and the rest as soon as the API server knows its kind, and
 * waits for its workloads. Deletes what an earlier overlay left in a kept cluster.
 * @param former the objects that are recorded in the cluster
 * @throws Error with everything that failed
 */
export const installOverlay = async (
  installing: Installing,
  overlay: Overlay | undefined,
  former: readonly ManifestObject[],
): Promise<void> => {
  const { kubernetes, within } = installing
  const objects = overlay ? readManifests(overlay).objects.map(({ object }) => object) : []
  const wanted = new Set(objects.map((object) => identityOf(object)))
  const left = former.filter((object) => !wanted.has(identityOf(object)))
  const note = (noted: readonly ManifestObject[]) =>
    applyObjects(kubernetes, [recordOf(noted)], { within: within.install, reused: false })
  // First, so that an interrupted run leaves no object that is not recorded.
  if (objects.length > 0) await note([...objects, ...left])
  await allOf(left.map((object) => removeObject(kubernetes, object, within.install)))
  if (left.length > 0) await note(objects)
  await allOf(objects.filter(isFirst).map((object) => applyOne(installing, object)))
  const others = objects.filter((object) => !isFirst(object))
  const workloads = Map.groupBy(others.filter(isWorkload), (object) => namespaceOf(object) ?? '')
  await allOf([
    ...others.filter((object) => !isWorkload(object)).map((object) => applyOne(installing, object)),
    ...[...workloads].map(([namespace, own]) => installWorkloads(installing, namespace, own)),
  ])
}
