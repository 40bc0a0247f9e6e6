import { parse } from 'yaml'
import { isObject } from '../lib/json.ts'
import { durationSeconds } from '../lib/promql.ts'

const powers = 'BKMGTPE'

/** Prometheus prints 60s as 1m and 15MB as 15MiB. */
const normal = (value: unknown): string => {
  const text = String(value)
  if (/^(\d+(ms|[smhdwy]))+$/.test(text)) return `${Math.round(durationSeconds(text) * 1000)} ms`
  const [, count, power = ''] = /^(\d+)([KMGTPE]?)i?B$/.exec(text) ?? []
  if (count !== undefined) return `${Number(count) * 1024 ** powers.indexOf(power || 'B')} B`
  return text
}

/** What Prometheus leaves out when it prints its configuration. */
const isZero = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  [false, 0, '', '0s'].includes(value as string) ||
  (typeof value === 'object' && Object.values(value).every(isZero))

// Secrets are masked, and the reloader puts in the values of environment variables.
const isUnknown = (wanted: unknown, loaded: unknown): boolean =>
  loaded === '<secret>' || (typeof wanted === 'string' && /\$\(\w+\)/.test(wanted))

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

/** Where what is loaded lacks what is wanted; what is loaded besides are defaults. */
const differences = (wanted: unknown, loaded: unknown, path: string): readonly string[] => {
  if ((isZero(wanted) && isZero(loaded)) || isUnknown(wanted, loaded)) return []
  if (isObject(wanted) && isObject(loaded))
    return Object.entries(wanted).flatMap(([key, value]) =>
      // Prometheus prints bearer_token and bearer_token_file as `authorization`.
      key.startsWith('bearer_token')
        ? []
        : differences(value, loaded[key], path === '' ? key : `${path}.${key}`),
    )
  if (Array.isArray(wanted) && Array.isArray(loaded) && wanted.length === loaded.length)
    return wanted.flatMap((value, index) => differences(value, loaded[index], `${path}[${index}]`))
  return normal(wanted) === normal(loaded) ? [] : [`${path} is ${show(loaded)}, not ${show(wanted)}`]
}

type Jobs = Readonly<Record<string, unknown>>
type Config = Readonly<Record<string, unknown>>
const jobsOf = ({ scrape_configs: list }: Config): Jobs =>
  Object.fromEntries(
    ((list ?? []) as readonly Readonly<{ job_name: string }>[]).map((job) => [job.job_name, job]),
  )

// Parsing takes 50 ms, and both texts rarely change from one try to the next.
const mostKept = 4
const parsed = new Map<string, Config>()
const parseConfig = (yaml: string): Config => {
  const config = parsed.get(yaml) ?? ((parse(yaml) ?? {}) as Config)
  parsed.set(yaml, config)
  for (const oldest of [...parsed.keys()].slice(0, -mostKept)) parsed.delete(oldest)
  return config
}

/** How the configuration that Prometheus runs with differs from the one that was written for it. */
export type ConfigDifferences = Readonly<{
  /** Jobs that are only in one of them: no matter of how Prometheus prints a value. */
  jobs: readonly string[]
  values: readonly string[]
}>

export const configDifferences = (writtenYaml: string, loadedYaml: string): ConfigDifferences => {
  const [written, loaded] = [parseConfig(writtenYaml), parseConfig(loadedYaml)]
  const [wanted, have] = [jobsOf(written), jobsOf(loaded)]
  // Everything else is rare and printed under other names.
  const sections = ['global', 'rule_files', 'alerting']
  return {
    jobs: [
      ...Object.keys(wanted)
        .filter((job) => !(job in have))
        .map((job) => `it lacks job ${job}`),
      ...Object.keys(have)
        .filter((job) => !(job in wanted))
        .map((job) => `it still has job ${job}`),
    ],
    values: [
      ...sections.flatMap((name) => differences(written[name], loaded[name], name)),
      ...Object.keys(wanted).flatMap((job) =>
        job in have ? differences(wanted[job], have[job], '').map((text) => `job ${job}: ${text}`) : [],
      ),
    ],
  }
}
