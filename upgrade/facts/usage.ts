import type { V1Node } from '@kubernetes/client-node'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { Labels, Prometheus, Sample } from '../../clients/prometheus.ts'
import { quantityOf } from '../../lib/quantities.ts'
import type { Named, Observation } from '../observation.ts'
import { named } from './named.ts'
import { readList } from './objects.ts'

const nameIn = (workload: string): string => workload.split('/').at(-1) ?? ''

/** The workload of a pod, which is named after it. If several match, the longest name is the right one. */
const workloadOf = ({ namespace, pod = '' }: Labels, workloads: readonly string[]): string | undefined => {
  const [longest] = workloads
    .filter((workload) => workload.split(/[ /]/)[1] === namespace)
    .filter((workload) => pod.startsWith(`${nameIn(workload)}-`))
    .sort((a, b) => nameIn(b).length - nameIn(a).length)
  return longest
}

/** The highest use by any pod of a workload, by `Kind namespace/name: container`. */
const byContainer = (samples: readonly Sample[], images: Named<string>): Named<number> => {
  const workloads = [...new Set(Object.keys(images).map((name) => name.replace(/: [^:]+$/, '')))]
  const found = samples.flatMap(({ labels, value }) => {
    const workload = workloadOf(labels, workloads)
    return workload === undefined ? [] : [[`${workload}: ${labels['container']}`, value] as const]
  })
  return named(
    [...Map.groupBy(found, ([name]) => name)].map(([name, own]) => [
      name,
      Math.max(...own.map(([, value]) => value)),
    ]),
  )
}

type Limits = Pick<Observation, 'objects' | 'images'>

const limitOf = (
  container: string,
  resource: string,
  objects: Observation['objects'],
): string | undefined => {
  const [workload = '', name = ''] = container.split(/: (?=[^:]+$)/)
  const resources = objects[workload]?.['resources'] as Named<Named<string>> | undefined
  return resources?.[name]?.[`limits ${resource}`]
}

const containers = 'container!="",container!="POD",pod!=""'

/**
 * CPU, memory and volumes in use, each with its limit. A container without a limit can use what the smallest node has.
 */
export const observeUsage = async (
  kubernetes: Kubernetes,
  prometheus: Prometheus,
  { objects, images }: Limits,
  windowSeconds: number,
): Promise<Observation['usage']> => {
  // The median, because the load while a pod starts is not typical.
  const range = `${Math.max(windowSeconds, 120)}s:15s`
  const [nodes, memory, cpu, used, capacity] = await Promise.all([
    readList<V1Node>(kubernetes, '/api/v1/nodes'),
    prometheus.query(
      `max by (namespace, pod, container) (container_memory_working_set_bytes{${containers}})`,
    ),
    prometheus.query(
      `max by (namespace, pod, container) (quantile_over_time(0.5, rate(container_cpu_usage_seconds_total{${containers}}[1m])[${range}]))`,
    ),
    prometheus.query('max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes)'),
    prometheus.query('max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes)'),
  ])
  const smallest = (resource: string) =>
    Math.min(...nodes.map(({ status }) => quantityOf(status?.allocatable?.[resource] ?? '0')))
  const of = (what: string, samples: readonly Sample[], resource: string) =>
    Object.entries(byContainer(samples, images)).map(([name, used]) => {
      const limit = limitOf(name, resource, objects)
      return [
        `${what} of ${name}`,
        { used, limit: limit === undefined ? smallest(resource) : quantityOf(limit) },
      ] as const
    })
  const claim = ({ labels }: Sample) => `${labels['namespace']}/${labels['persistentvolumeclaim']}`
  const capacities = new Map(capacity.map((sample) => [claim(sample), sample.value]))
  return named([
    ...of('memory', memory, 'memory'),
    ...of('CPU', cpu, 'cpu'),
    ...used.map(
      (sample) =>
        [
          `volume ${claim(sample)}`,
          { used: sample.value, limit: capacities.get(claim(sample)) ?? 0 },
        ] as const,
    ),
  ])
}
