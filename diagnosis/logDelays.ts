import type { V1Pod } from '@kubernetes/client-node'
import type { LogDelays, LogDocument, QueryClause } from '../clients/opensearch.ts'
import { timeOf } from './evidence.ts'
import { refreshObstacle } from './logIndexSettings.ts'
import { describeCause } from './remedies.ts'
import type { VectorConfig } from './vectorConfig.ts'

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/**
 * The lines that were written while Vector ran on their node, since a time: those of before had to wait for it.
 * @param since milliseconds since 1970
 */
export const linesSince = (vectorPods: readonly V1Pod[], since: number): QueryClause => ({
  bool: {
    minimum_should_match: 1,
    should: vectorPods.flatMap(({ spec, status }) => {
      const started = timeOf(status?.containerStatuses?.[0]?.state?.running?.startedAt)
      if (started === undefined) return []
      const gte = new Date(Math.max(started, since)).toISOString()
      const ofNode = { term: { 'kubernetes.pod_node_name': spec?.nodeName } }
      return [{ bool: { filter: [ofNode, { range: { '@timestamp': { gte } } }] } }]
    }),
  },
})

/** `p50 1.2 s, p99 2.9 s, slowest 3.4 s of 1,204 lines; found at the next refresh, up to 1.0 s later` */
export const describeDelays = ({ documents, p50, p99, slowest }: LogDelays, refresh: number): string =>
  `p50 ${seconds(p50)}, p99 ${seconds(p99)}, slowest ${seconds(slowest[0]?.ms ?? 0)} of ${documents.toLocaleString('en')} lines; ` +
  `found at the next refresh, up to ${seconds(refresh)} later`

const nameOf = ({ kubernetes }: LogDocument) =>
  `Pod ${kubernetes?.namespace_name}/${kubernetes?.pod_name}, container ${kubernetes?.container_name} on node ${kubernetes?.pod_node_name}`

/** Why lines took longer than the bound, as far as settings show it. */
const whySlow = (boundMs: number, refresh: number, { sources }: VectorConfig): readonly string[] => {
  const cooldown = Math.min(...sources.map(({ cooldownMs }) => cooldownMs))
  return [
    ...(refresh >= boundMs ? [`  cause: ${describeCause(refreshObstacle(refresh))}`] : []),
    ...(cooldown >= boundMs
      ? [
          `  cause: Vector looks for new files every ${seconds(cooldown)} (glob_minimum_cooldown_ms), so the first lines of a new pod wait that long\n` +
            '  remedy: lower glob_minimum_cooldown_ms of the source in values/vector.yaml',
        ]
      : []),
  ]
}

/** The slowest lines, if they took longer than the bound from the event until they were searchable. */
export const delayShortfalls = (
  delays: LogDelays,
  boundMs: number,
  refresh: number,
  config: VectorConfig,
): readonly string[] => {
  const { late, documents, slowest, unknown } = delays
  const arrival =
    unknown > 0
      ? [
          `${unknown} documents do not say when they arrived: they have no event.ingested\n` +
            '  remedy: `E2E_KEEP=1 npm test` creates the ingest pipeline and makes it the default of the logs indices',
        ]
      : []
  if (late === 0 && refresh < boundMs) return arrival
  const lines = slowest
    .filter(({ ms }) => ms + refresh > boundMs)
    .slice(0, 3)
    .map(
      ({ ms, document }) =>
        `${seconds(ms)}: ${nameOf(document)}, line of ${document['@timestamp']}: ${document.message.slice(0, 100)}`,
    )
  return [
    ...arrival,
    [
      `${late} of ${documents} lines took longer than ${seconds(boundMs)} from the event until they were searchable`,
      ...lines.map((line) => `  ${line}`),
      ...whySlow(boundMs, refresh, config),
    ].join('\n'),
  ]
}
