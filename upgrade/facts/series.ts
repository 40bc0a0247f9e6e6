import type { Metadata, Sample } from '../../clients/prometheus.ts'
import type { Observation } from '../observation.ts'
import { distinct, named } from './named.ts'
import { rounded } from './statistics.ts'

const byName = (samples: readonly Sample[]) => Map.groupBy(samples, ({ labels }) => labels['__name__'] ?? '')
const byJob = (samples: readonly Sample[]) => Map.groupBy(samples, ({ labels }) => labels['job'] ?? '')

/**
 * Labels whose values change with every restart, or depend on what runs in the cluster. How many series a metric with such
 * a label has says nothing about the version.
 */
const volatile = new Set([
  'address',
  'configmap',
  'container_id',
  'device',
  'id',
  'interface',
  'ip',
  'job_name',
  'le',
  'lease',
  'mountpoint',
  'owner_name',
  'pod_ip',
  'replicaset',
  'rule_group',
  'scrape_job',
  'secret',
  'uid',
  'volumename',
])
// These count only if they differ within one target: as target labels, they are the same in all its series.
const podLabels = ['pod', 'container']

const isVolatile = (samples: readonly Sample[]): boolean => {
  const count = (names: readonly string[]) =>
    new Set(samples.map(({ labels }) => JSON.stringify(names.map((name) => labels[name])))).size
  return (
    samples.some(({ labels }) => Object.keys(labels).some((name) => volatile.has(name))) ||
    count(['instance', ...podLabels]) > count(['instance'])
  )
}

const boundOf = (le: string) => (le === '+Inf' ? Infinity : Number(le))
/** The bounds of a histogram. They do not depend on what it has observed. */
const bounds = (samples: readonly Sample[]): readonly string[] =>
  [...new Set(samples.flatMap(({ labels }) => labels['le'] ?? []))].sort((a, b) => boundOf(a) - boundOf(b))

const unitWords: Readonly<Record<string, RegExp>> = {
  milliseconds: /\bmilli-?seconds?\b|\bms\b/i,
  microseconds: /\bmicro-?seconds?\b/i,
  nanoseconds: /\bnano-?seconds?\b/i,
  seconds: /\bseconds?\b/i,
  minutes: /\bminutes?\b/i,
  bytes: /\bbytes?\b/i,
  kilobytes: /\b(?:kilobytes?|kib|kb)\b/i,
  megabytes: /\b(?:megabytes?|mib|mb)\b/i,
}

/** The unit that a help text names; empty if it names none, or several. */
const unitIn = (help: string): string => {
  const found = Object.keys(unitWords).filter((unit) => unitWords[unit]?.test(help))
  return found.length === 1 ? (found[0] ?? '') : ''
}

// Prometheus and the exporter negotiate the format. OpenMetrics has types of its own for what the Prometheus format calls
// a gauge.
const asType = (type: string) => (['info', 'stateset'].includes(type) ? 'gauge' : type)

const familyOf = (all: readonly Metadata[]): Observation['families'][string] => {
  const types = distinct(all.map(({ type }) => asType(type)).filter((type) => type !== 'unknown'))
  const units = distinct(all.map(({ unit, help }) => unit || unitIn(help)).filter((unit) => unit !== ''))
  return { type: types.join(' or '), unit: units.length === 1 ? (units[0] ?? '') : '' }
}

/** Types and units of the metrics, how many series of each a job exposes, and the bounds of histograms. */
export const observeSeries = (
  now: readonly Sample[],
  metadata: Readonly<Record<string, readonly Metadata[]>>,
): Pick<Observation, 'families' | 'series' | 'buckets'> => {
  const metrics = [...byName(now)].map(([name, all]) => ({
    name,
    jobs: [...byJob(all)].filter(([job]) => job !== ''),
  }))
  return {
    families: named(Object.entries(metadata).map(([name, all]) => [name, familyOf(all)])),
    series: named(
      metrics.flatMap(({ name, jobs }) => {
        const steady = jobs.filter(([, all]) => !isVolatile(all))
        if (steady.length === 0) return []
        const counts = steady.map(([job, all]) => {
          const sum = all.reduce((total, { value }) => total + (Number.isFinite(value) ? value : 0), 0)
          return [job, { count: all.length, sum: rounded(sum) }] as const
        })
        return [[name, named(counts)] as const]
      }),
    ),
    buckets: named(
      metrics
        .filter(({ name }) => name.endsWith('_bucket'))
        .map(({ name, jobs }) => [name, named(jobs.map(([job, all]) => [job, bounds(all)]))]),
    ),
  }
}
