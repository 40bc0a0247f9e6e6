import { expect } from 'vitest'
import type { Dashboards } from '../clients/dashboards.ts'
import { logIndices } from '../clients/logTemplate.ts'
import type { Run } from '../setup/global.ts'
import { translateDql } from '../lib/dql.ts'
import { area, expectNone, type Probe } from './support/claim.ts'
import { emittedLines, marked } from '../diagnosis/logs.ts'
import { countOf, few } from '../lib/messages.ts'
import { sampleLineId, readSampleLines, type SampleLine } from './support/sampleLogs.ts'

const testClaim = area('log queries', ['vector', 'opensearch-dashboards', 'index-pattern'])

const indexPattern = async (dashboards: Dashboards) => {
  const pattern = (await dashboards.indexPatterns()).find(({ title }) => title === logIndices)
  if (!pattern)
    throw new Error(
      `OpenSearch Dashboards has no index pattern ${logIndices}, which is needed to translate queries`,
    )
  return pattern
}

/** Searches the lines with the marker as the Discover page would. */
const discover = async (dashboards: Dashboards, dql: string, marker: string) => {
  const query = translateDql(dql, await indexPattern(dashboards))
  return dashboards.search(logIndices, { bool: { must: [query], filter: [marked(marker)] } }, 10_000)
}

const foundSampleLines = async (dashboards: Dashboards, { id }: Run, dql: string) =>
  (await discover(dashboards, dql, `e2e-plant=${id}`))
    .flatMap(({ document }) => sampleLineId(document.message) ?? [])
    .sort()

/** Throws which sample lines a query should find and does not, and which it finds and should not. */
const expectSame = (dql: string, found: readonly string[], wanted: readonly string[]): void => {
  const missing = wanted.filter((id) => !found.includes(id))
  const others = found.filter((id, index) => !wanted.includes(id) || found.indexOf(id) < index)
  expectNone([
    ...(missing.length > 0
      ? [
          `\`${dql}\` does not find ${missing.length} of ${countOf(wanted.length, 'sample line')}: ${few(missing)}`,
        ]
      : []),
    ...(others.length > 0 ? [`\`${dql}\` should not find, or finds twice: ${few(others)}`] : []),
  ])
}

/** The query finds exactly the sample lines for which `finds` is true. */
const findsExactly =
  (dql: string, finds: (line: SampleLine) => boolean): Probe =>
  async ({ dashboards }, run) => {
    const lines = await readSampleLines(run)
    const idsOf = (some: readonly SampleLine[]) => some.map(({ id }) => id).sort()
    expectSame('message: *', await foundSampleLines(dashboards, run, 'message: *'), idsOf(lines))
    expectSame(dql, await foundSampleLines(dashboards, run, dql), idsOf(lines.filter(finds)))
  }

const ofLogs = { items: [7], within: 'logs' } as const

testClaim(
  'dql-pod-name',
  'query 1 finds pods by a part of their name',
  ofLogs,
  findsExactly('kubernetes.pod_name: *prometheus*', ({ pod }) => pod.includes('prometheus')),
)

testClaim(
  'dql-namespace-error',
  'query 2 finds errors of namespace monitoring',
  ofLogs,
  findsExactly(
    'kubernetes.namespace_name: "monitoring" AND message: *error*',
    ({ namespace, text }) => namespace === 'monitoring' && /error/i.test(text),
  ),
)

testClaim(
  'dql-container',
  'query 3 finds container grafana, and not its sidecars',
  ofLogs,
  findsExactly(
    'kubernetes.container_name: "grafana" AND kubernetes.namespace_name: "monitoring"',
    ({ container, namespace }) => container === 'grafana' && namespace === 'monitoring',
  ),
)

testClaim(
  'dql-any-case-error',
  'query 4 finds errors in any case of namespace default',
  ofLogs,
  findsExactly(
    'kubernetes.namespace_name: "default" AND (message: *ERROR* OR message: *error* OR message: *Error*)',
    ({ namespace, text }) => namespace === 'default' && /error/i.test(text),
  ),
)

testClaim(
  'dql-several-pods',
  'query 5 finds pods by one of three parts of a name',
  ofLogs,
  findsExactly('kubernetes.pod_name: (*vector* OR *opensearch* OR *grafana*)', ({ pod }) =>
    /vector|opensearch|grafana/.test(pod),
  ),
)

// The query returns whole documents, so it asks only for the last few lines.
const linesSince = 20

testClaim(
  'dql-since',
  'query 6 finds the lines since an instant',
  ofLogs,
  async ({ dashboards, opensearch }, run) => {
    const lines = (await emittedLines(opensearch, run.id)).flatMap(({ document }) =>
      document['@timestamp'] === undefined
        ? []
        : [{ message: document.message, time: document['@timestamp'] }],
    )
    const times = lines.map(({ time }) => time.slice(0, 19)).sort()
    const instant = times[Math.max(Math.floor(times.length / 2), times.length - linesSince)]
    if (instant === undefined || instant === times[0]) {
      throw new Error('the emitters do not yet have two lines with an @timestamp a second apart')
    }
    const found = await discover(dashboards, `@timestamp >= "${instant}"`, `e2e-run=${run.id}`)
    const messages = new Set(found.map(({ document }) => document.message))
    const since = lines.filter(({ time }) => time >= instant).map(({ message }) => message)
    const earlier = lines.filter(({ time }) => time < instant).map(({ message }) => message)
    expect(
      since.filter((message) => !messages.has(message)),
      `lines since ${instant} that are not found`,
    ).toEqual([])
    expect(
      earlier.filter((message) => messages.has(message)),
      `lines before ${instant} that are found`,
    ).toEqual([])
  },
)

testClaim(
  'dql-not-exporter',
  'query 7 leaves out the exporters',
  ofLogs,
  findsExactly(
    'kubernetes.namespace_name: "monitoring" AND NOT kubernetes.pod_name: *exporter* AND message: *started*',
    ({ namespace, pod, text }) =>
      namespace === 'monitoring' && !pod.includes('exporter') && text.includes('started'),
  ),
)

const labelled = ({ namespace, labels }: SampleLine) => namespace === 'default' && 'app' in labels

testClaim(
  'dql-has-label',
  'query 8 finds documents that have kubernetes.labels.app',
  ofLogs,
  findsExactly('kubernetes.labels.app: * AND kubernetes.namespace_name: "default"', labelled),
)

// Some guides use this Lucene syntax. DQL takes it for a field named _exists_, which no document has.
testClaim(
  'dql-exists',
  '_exists_: finds nothing in DQL where field: * finds documents',
  ofLogs,
  findsExactly('_exists_: kubernetes.labels.app AND kubernetes.namespace_name: "default"', () => false),
)
