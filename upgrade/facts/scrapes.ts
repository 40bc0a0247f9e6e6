import type { Target } from '../../clients/prometheus.ts'
import { durationSeconds } from '../../lib/promql.ts'
import type { Observation, Scrape } from '../observation.ts'
import { distinct, flatten, named } from './named.ts'

type ScrapeConfig = Readonly<Record<string, unknown>> & Readonly<{ job_name: string }>
export type ScrapeConfiguration = Readonly<{ scrape_configs?: readonly ScrapeConfig[] | null }>

/**
 * Settings that decide which samples a scrape yields and how they are labelled, with their defaults. Relabelings are
 * compared in the monitors, because the operator adds its own, which differ between its versions.
 */
const defaults = {
  scrape_timeout: '10s',
  scheme: 'http',
  honor_labels: false,
  honor_timestamps: true,
  sample_limit: 0,
  label_limit: 0,
  target_limit: 0,
  body_size_limit: '0B',
  always_scrape_classic_histograms: false,
  convert_classic_histograms_to_nhcb: false,
}

// A restart of the pod does not change the values of these.
const constantLabels = ['namespace', 'service', 'container']

const labelValues = (targets: readonly Target[]) =>
  constantLabels.flatMap((label) => {
    const values = distinct(targets.flatMap(({ labels }) => labels[label] ?? []))
    return values.length === 0 ? [] : [[`label ${label}`, values.join(', ')] as const]
  })

const keyOf = ({ labels, scrapeUrl }: Target): string => {
  const { port, pathname } = new URL(scrapeUrl)
  return `${labels['job']} ${labels['endpoint'] ?? port}${pathname}`
}

const scrapeOf = (targets: readonly Target[]): Scrape => ({
  job: targets[0]?.labels['job'] ?? '',
  targets: targets.length,
  hosts: distinct(targets.map(({ scrapeUrl }) => new URL(scrapeUrl).hostname)).length,
  interval: Math.max(...targets.map(({ scrapeInterval }) => durationSeconds(scrapeInterval))),
  labels: distinct(targets.flatMap(({ labels }) => Object.keys(labels))),
})

/** How each endpoint of each job is scraped. */
export const scrapesOf = (targets: readonly Target[]): Observation['scrapes'] =>
  named([...Map.groupBy(targets, keyOf)].map(([key, own]) => [key, scrapeOf(own)]))

/** By the jobs that scrape them: how many URLs are scraped more than once. */
export const sharedTargetsOf = (targets: readonly Target[]): Observation['sharedTargets'] => {
  const shared = [...Map.groupBy(targets, ({ scrapeUrl }) => scrapeUrl).values()]
    .filter((twins) => twins.length > 1)
    .map((twins) => distinct(twins.map(({ labels }) => labels['job'] ?? '')).join(' and '))
  return named([...Map.groupBy(shared, (jobs) => jobs)].map(([jobs, urls]) => [jobs, urls.length]))
}

/** The effective settings of each scrape. */
export const scrapeSettings = (
  { scrape_configs }: ScrapeConfiguration,
  targets: readonly Target[],
): Observation['settings'] => {
  const byPool = new Map((scrape_configs ?? []).map((config) => [config.job_name, config]))
  return named(
    [...Map.groupBy(targets, keyOf)].map(([key, targetsOfKey]) => {
      const config = byPool.get(targetsOfKey[0]?.scrapePool ?? '') ?? {}
      const own = Object.entries(config).filter(([name]) => name in defaults)
      return [
        `scrape of ${key}`,
        flatten({ ...defaults, ...Object.fromEntries([...own, ...labelValues(targetsOfKey)]) }),
      ] as const
    }),
  )
}
