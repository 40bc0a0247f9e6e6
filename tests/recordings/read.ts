import { readFile } from 'node:fs/promises'
import type {
  CoreV1Event,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1Service,
  V1StatefulSet,
  V1StorageClass,
} from '@kubernetes/client-node'
import { vi } from 'vitest'
import type { Evidence } from '../../diagnosis/types.ts'

type Kinds = Readonly<{
  DaemonSet: V1DaemonSet
  Deployment: V1Deployment
  Event: CoreV1Event
  Job: V1Job
  Node: V1Node
  PersistentVolumeClaim: V1PersistentVolumeClaim
  Pod: V1Pod
  Service: V1Service
  StatefulSet: V1StatefulSet
  StorageClass: V1StorageClass
}>

/** What a live cluster gave, cut down to what the analyser may look at. */
export type Recording<Extra> = Extra &
  Readonly<{
    /** The last lines of logs by the name of the pod or Job; all are of the run before, where there was one. */
    logs: Readonly<Record<string, readonly string[]>>
    of: <Kind extends keyof Kinds>(kind: Kind) => readonly Kinds[Kind][]
    pods: readonly V1Pod[]
    evidence: Evidence
  }>

/** Reads a recording, and sets the clock to when it was made: the caller gives the clock back. */
export const readRecording = async <Extra = unknown>(name: string): Promise<Recording<Extra>> => {
  const text = await readFile(`tests/recordings/${name}.json`, 'utf8')
  const { objects, recordedAt, logs, ...extra } = JSON.parse(text) as {
    objects: Kinds[keyof Kinds][]
    recordedAt: string
    logs?: Record<string, string[]>
  }
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(recordedAt) })
  const of = <Kind extends keyof Kinds>(wanted: Kind) =>
    objects.filter(({ kind }) => kind === wanted) as Kinds[Kind][]
  return {
    ...(extra as Extra),
    logs: logs ?? {},
    of,
    pods: of('Pod'),
    evidence: {
      events: of('Event'),
      nodes: of('Node'),
      pvcs: of('PersistentVolumeClaim'),
      storageClasses: of('StorageClass'),
    },
  }
}
