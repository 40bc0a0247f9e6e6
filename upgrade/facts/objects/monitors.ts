import type { Fields } from '../../observation.ts'
import { hash, numbered } from '../named.ts'
import type { Found } from './found.ts'

type Relabeling = Readonly<{
  action?: string
  regex?: string
  sourceLabels?: readonly string[]
  targetLabel?: string
  replacement?: string
}>
type Relabelings = Readonly<{
  relabelings?: readonly Relabeling[]
  metricRelabelings?: readonly Relabeling[]
}>
type MonitorEndpoint = Relabelings & Readonly<{ port?: string; path?: string }>
type MonitorSpec = Relabelings &
  Readonly<{
    endpoints?: readonly MonitorEndpoint[]
    podMetricsEndpoints?: readonly MonitorEndpoint[]
  }>

const shownRegex = 120
const shortRegex = (regex: string) =>
  regex.length > shownRegex ? `${regex.slice(0, shownRegex)}… (${hash(regex)})` : regex

const describeRelabeling = ({
  action = 'replace',
  regex = '.*',
  sourceLabels = [],
  targetLabel,
  replacement = '$1',
}: Relabeling): readonly [string, string] => [
  `${action} ${shortRegex(regex)}`,
  `${sourceLabels.join(';')}${targetLabel === undefined ? '' : ` → ${targetLabel}="${replacement}"`}`,
]

/**
 * What each relabeling does and on which labels: `drop container_network_.*;cali.*`. Metric relabelings apply to scraped
 * series, relabelings to targets before the scrape.
 */
const relabelingFields = ({ relabelings = [], metricRelabelings = [] }: Relabelings) =>
  numbered([
    ...metricRelabelings.map(describeRelabeling),
    ...relabelings
      .map(describeRelabeling)
      .map(([name, value]) => [`before the scrape: ${name}`, value] as const),
  ])

/** The relabelings of a ServiceMonitor or PodMonitor by endpoint. A Probe or ScrapeConfig counts as one endpoint. */
export const monitorFields = ({ spec }: Found): Fields => {
  const { endpoints, podMetricsEndpoints, ...own } = spec as MonitorSpec
  const all = endpoints ?? podMetricsEndpoints ?? [{ ...own, port: 'every target' }]
  return numbered(
    all.map(({ port = 'any port', path = '/metrics', ...relabelings }) => [
      `${port} ${path}`,
      relabelingFields(relabelings),
    ]),
  )
}
