import type {
  CoreV1Event,
  V1Node,
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodTemplateSpec,
  V1StorageClass,
} from '@kubernetes/client-node'

/** What is wrong with an object, and what to do about it. */
export type Cause = Readonly<{
  /** One line: what is wrong, and what shows it. */
  cause: string
  /** It will not recover by itself. */
  hopeless?: boolean
  /** What to do: a command or a setting. */
  remedy?: string
  /** The container whose log tells more. */
  container?: string
}>

/** An object that is not healthy: why, since when, and what to do. */
export type Trouble = Cause &
  Readonly<{
    /** `Pod`, or the kind of a workload. */
    kind: string
    namespace: string
    name: string
    /** For example `not Ready`. */
    state: string
    /** Milliseconds since 1970; undefined if unknown. */
    since: number | undefined
  }>

/** What the cluster reports about troubled objects besides the objects themselves. */
export type Evidence = Readonly<{
  /** Warnings, started image pulls, and all events about PersistentVolumeClaims. */
  events: readonly CoreV1Event[]
  nodes: readonly V1Node[]
  pvcs: readonly V1PersistentVolumeClaim[]
  storageClasses: readonly V1StorageClass[]
}>

/** A Deployment, StatefulSet or DaemonSet: how many pods it should have, and how many are Ready and current. */
export type Workload = Readonly<{
  kind: string
  metadata: V1ObjectMeta
  selector: Readonly<Record<string, string>>
  template: V1PodTemplateSpec | undefined
  current: boolean
  /** Its controller knows that pods of an earlier revision stay until somebody deletes them: updateStrategy OnDelete. */
  onDelete?: boolean
  desired: number
  ready: number
  /** Why a Deployment cannot create pods; the other kinds report it in events only. */
  admissionError?: Readonly<{ message: string; since: number | undefined }>
}>

/** All workloads and pods of a namespace. */
export type Namespace = Readonly<{ workloads: readonly Workload[]; pods: readonly V1Pod[] }>
