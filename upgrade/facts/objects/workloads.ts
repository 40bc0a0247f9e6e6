import type { V1Container, V1PodTemplateSpec, V1Volume } from '@kubernetes/client-node'
import type { Fields } from '../../observation.ts'
import { hash, named, prefixed } from '../named.ts'
import type { Found } from './found.ts'

export type Workload = Readonly<{
  /** Absent in a DaemonSet. */
  replicas?: number
  selector?: Readonly<{ matchLabels?: Readonly<Record<string, string>> }>
  template: V1PodTemplateSpec
  volumeClaimTemplates?: readonly Readonly<{ metadata?: Readonly<{ name?: string }> }>[]
}>
export const containersOf = ({ template }: Workload): readonly V1Container[] => [
  ...(template.spec?.initContainers ?? []),
  ...(template.spec?.containers ?? []),
]

/** What a volume is, which decides whether its data outlives the pod; undefined if it holds no data of its own. */
const volumeKind = (
  { name, persistentVolumeClaim, emptyDir, hostPath }: V1Volume,
  written: ReadonlySet<string>,
): string | undefined => {
  if (persistentVolumeClaim) return 'PersistentVolumeClaim'
  if (hostPath) return written.has(name) ? `hostPath ${hostPath.path}` : undefined
  return emptyDir && 'emptyDir'
}

/** The volumes that a container may write to. */
const writtenVolumes = (workload: Workload): ReadonlySet<string> => {
  const mounts = containersOf(workload).flatMap(({ volumeMounts = [] }) => volumeMounts)
  return new Set(mounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name))
}

const volumesOf = (workload: Workload) => {
  const { template, volumeClaimTemplates = [] } = workload
  const written = writtenVolumes(workload)
  return named([
    ...(template.spec?.volumes ?? []).flatMap((volume) => {
      const kind = volumeKind(volume, written)
      return kind === undefined ? [] : [[volume.name, kind] as const]
    }),
    ...volumeClaimTemplates.map(({ metadata }) => [metadata?.name ?? '', 'PersistentVolumeClaim'] as const),
  ])
}

const resourcesOf = ({ resources = {} }: V1Container) =>
  named([...prefixed('requests', resources.requests ?? {}), ...prefixed('limits', resources.limits ?? {})])

export const workloadFields = ({ spec }: Found): Fields => {
  const workload = spec as Workload
  const pod = workload.template.spec
  const containers = containersOf(workload)
  const { runAsUser, runAsGroup, fsGroup } = pod?.securityContext ?? {}
  const args = containers.flatMap((container) => container.args ?? [])
  const [, retention] = args.flatMap((arg) => /^--data\.retention=(.+)$/.exec(arg) ?? [])
  return {
    selector: named(Object.entries(workload.selector?.matchLabels ?? {})),
    ...(workload.replicas === undefined ? {} : { replicas: workload.replicas }),
    containers: containers.map(({ name }) => name),
    arguments: hash(JSON.stringify(containers.map(({ command, args: own }) => [command, own]))),
    serviceAccount: pod?.serviceAccountName ?? 'default',
    volumes: volumesOf(workload),
    resources: named(containers.map((container) => [container.name, resourcesOf(container)])),
    securityContext: { runAsUser, runAsGroup, fsGroup },
    ...(pod?.priorityClassName === undefined ? {} : { priorityClass: pod.priorityClassName }),
    ...(retention === undefined ? {} : { retention }),
  }
}
