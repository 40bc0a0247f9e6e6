import type { KubernetesObject } from '@kubernetes/client-node'
import type { Client } from '@opensearch-project/opensearch'
import jsonpointer from 'jsonpointer'
import { parseAllDocuments } from 'yaml'
import type { Dashboards } from '../clients/dashboards.ts'
import type { Grafana } from '../clients/grafana.ts'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { eventually } from '../lib/eventually.ts'

/** The live cluster that faults are injected into. */
export type Live = Readonly<{
  kubernetes: Kubernetes
  opensearch: Client
  dashboards: Dashboards
  grafana: Grafana
  /** Name of the kind cluster. */
  cluster: string
  /** Milliseconds for one change to show. */
  within: number
}>
export type Undo = () => Promise<void>
/** Breaks one thing, and returns how to undo it. */
export type Injection = (live: Live) => Promise<Undo>

export type Reference = Readonly<{
  apiVersion: string
  kind: string
  metadata: Readonly<{ name: string; namespace: string }>
}>
export const reference =
  (apiVersion: string, kind: string, namespace: string) =>
  (name: string): Reference => ({ apiVersion, kind, metadata: { name, namespace } })

/** A new value, or a function of the old one; undefined removes the value. */
type Value = string | number | boolean | object | undefined | ((old: never) => unknown)
/** Values by JSON pointer (RFC 6901). */
type Changes = Readonly<Record<string, Value>>

const describe = ({ kind, metadata }: Reference) => `${kind} ${metadata.namespace}/${metadata.name}`

const read = async ({ kubernetes }: Live, object: Reference) => kubernetes.objects().read({ ...object })

/** Reads, edits and writes an object; tries again where a controller wrote it in between. */
const edit = (live: Live, object: Reference, change: (object: KubernetesObject) => void): Promise<void> =>
  eventually(
    `${describe(object)} is changed`,
    async () => {
      const current = await read(live, object)
      change(current)
      await live.kubernetes.objects().replace(current)
    },
    { within: live.within, evenWhenInterrupted: true },
  )

/**
 * Returns fields to their former managers: helm refuses to set a field that another manager owns. A request of its own,
 * since whoever changes a value owns it.
 */
const returnOwnership = (live: Live, object: Reference, { metadata }: KubernetesObject): Promise<void> =>
  edit(live, object, ({ metadata: current }) => {
    if (current) current.managedFields = metadata?.managedFields ?? []
  })

/** Sets values of an object. */
export const change =
  (object: Reference, changes: Changes): Injection =>
  async (live) => {
    const before = await read(live, object)
    const old = Object.fromEntries(
      Object.keys(changes).map((pointer) => [pointer, jsonpointer.get(before, pointer) as unknown]),
    )
    const wanted = Object.entries(changes).map(([pointer, value]) => {
      const next: unknown = typeof value === 'function' ? value(old[pointer] as never) : value
      if (JSON.stringify(next) === JSON.stringify(old[pointer]))
        throw new Error(`${describe(object)} has ${JSON.stringify(next)} at ${pointer} already`)
      return [pointer, next] as const
    })
    const set = (values: readonly (readonly [string, unknown])[]) =>
      edit(live, object, (current) => {
        for (const [pointer, value] of values) jsonpointer.set(current, pointer, value)
      })
    await set(wanted)
    return async () => {
      await set(Object.entries(old))
      await returnOwnership(live, object, before)
    }
  }

const waitUntilGone = (live: Live, object: Reference) =>
  eventually(
    `${describe(object)} is gone`,
    async () => {
      try {
        await read(live, object)
      } catch (error) {
        if (apiStatus(error) === 404) return
        throw error
      }
      throw new Error('it is still there')
    },
    { within: live.within, every: 300, evenWhenInterrupted: true },
  )

const create = (live: Live, object: KubernetesObject) => live.kubernetes.objects().create(object)

/** Deletes an object, and creates it again. */
export const remove =
  (object: Reference): Injection =>
  async (live) => {
    const before = await read(live, object)
    const { metadata, ...rest } = before
    await live.kubernetes.objects().delete({ ...object })
    await waitUntilGone(live, object)
    const { name = '', namespace = '', labels = {}, annotations = {} } = metadata ?? {}
    return async () => {
      await create(live, { ...rest, metadata: { name, namespace, labels, annotations } })
      await returnOwnership(live, object, before)
    }
  }

/** Creates the objects of a YAML text, and deletes them. */
export const add =
  (yaml: string): Injection =>
  async (live) => {
    const objects = parseAllDocuments(yaml).map((document) => document.toJS() as Reference)
    for (const object of objects) await create(live, object)
    return async () => {
      for (const object of objects)
        await live.kubernetes.objects().delete({ ...object }, undefined, undefined, 0)
      await Promise.all(objects.map((object) => waitUntilGone(live, object)))
    }
  }

/** Returns the result of the work; where it fails, undoes what was done before, since nobody else can. */
const orUndo = async <T>(work: Promise<T>, undo: Undo): Promise<T> => {
  try {
    return await work
  } catch (error) {
    await undo()
    throw error
  }
}

/** Runs injections in order, and undoes them in reverse order. */
export const all =
  (...injections: readonly Injection[]): Injection =>
  async (live) => {
    const undos: Undo[] = []
    const undoAll = async () => {
      for (const undo of undos) await undo()
    }
    for (const inject of injections) undos.unshift(await orUndo(inject(live), undoAll))
    return undoAll
  }

type Action = (live: Live) => Promise<void>

/** Does something after the injection and after its undo, by default the same: what makes the change take effect. */
export const followedBy =
  (injection: Injection, action: Action, actionAfterUndo: Action = action): Injection =>
  async (live) => {
    const undo = await injection(live)
    await orUndo(action(live), undo)
    return async () => {
      await undo()
      await actionAfterUndo(live)
    }
  }

/** Kills pods with one second of grace: without any, their containers may still write after the pods are gone. */
export const killPods =
  (namespace: string, labelSelector: string) =>
  async ({ kubernetes: { core } }: Live): Promise<void> => {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector })
    const names = items.flatMap(({ metadata }) => metadata?.name ?? [])
    await Promise.all(
      names.map((name) => core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 1 })),
    )
  }
