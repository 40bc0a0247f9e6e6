import { expect } from 'vitest'
import { few } from '../lib/messages.ts'
import { podName } from '../diagnosis/pods.ts'
import { area, expectNone, type Clients } from './support/claim.ts'
import { futureLogs } from '../diagnosis/containerLogs.ts'
import { podsOf } from '../diagnosis/componentPods.ts'
import { isDeletedDay, oldestDay } from '../diagnosis/logDays.ts'
import { fieldShortfalls, marked } from '../diagnosis/logs.ts'
import { sampleLineId, readSampleLines } from './support/sampleLogs.ts'

const testClaim = area('logs', ['vector', 'opensearch'])

// values/vector.yaml renames labels in the same way.
const loggedLabels = (labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [
      `kubernetes.labels.${key.replaceAll(/[./]/g, '_')}`,
      value,
    ]),
  )

testClaim(
  'logs-shape',
  'documents name namespace, pod, container, labels and node of the pod that wrote them',
  { items: [7], within: 'logs' },
  async ({ kubernetes, opensearch }, run) => {
    const [sampleLines, hits, { items: pods }] = await Promise.all([
      readSampleLines(run),
      opensearch.searchLogs(marked(`e2e-plant=${run.id}`)),
      kubernetes.core.listPodForAllNamespaces(),
    ])
    const documents = new Map(hits.map(({ document }) => [sampleLineId(document.message), document]))
    const missing = sampleLines.filter(({ id }) => !documents.has(id))
    if (missing.length > 0) {
      throw new Error(
        `${missing.length} of ${sampleLines.length} sample lines are not found: ${missing.map(({ id }) => id).join(', ')}`,
      )
    }
    const expectations = sampleLines.flatMap(({ id, namespace, pod, container, labels }) => {
      const document = documents.get(id)
      const node = pods.find((one) => podName(one) === `${namespace}/${pod}`)?.spec?.nodeName
      if (!node) throw new Error(`Pod ${namespace}/${pod} no longer exists`)
      const expected = {
        '@timestamp': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
        'kubernetes.namespace_name': namespace,
        'kubernetes.pod_name': pod,
        'kubernetes.container_name': container,
        'kubernetes.pod_node_name': node,
        ...loggedLabels(labels),
      }
      return document ? [{ id, document, expected }] : []
    })
    expectNone(fieldShortfalls(expectations))
  },
)

/**
 * Nodes without a document that is older than their pod of Vector. What the pods of a node wrote before Vector started
 * can only have an earlier time if it is the time of the event.
 */
const nodesWithProcessingTime = async ({
  kubernetes,
  opensearch,
  components,
}: Pick<Clients, 'kubernetes' | 'opensearch' | 'components'>): Promise<readonly string[]> => {
  const pods = await podsOf(kubernetes, components.vector)
  const found = pods.map(async ({ spec, status }) => {
    const node = spec?.nodeName ?? ''
    const started = status?.containerStatuses?.[0]?.state?.running?.startedAt
    if (!started) return [{ node, started }]
    const before = { range: { '@timestamp': { lt: new Date(started).toISOString() } } }
    // Without our index template it is a text field, which has no term of the whole name.
    const ofNode = { match_phrase: { 'kubernetes.pod_node_name': node } }
    const earlier = await opensearch.searchLogs({ bool: { filter: [before, ofNode] } }, 1)
    return earlier.length > 0 ? [] : [{ node, started }]
  })
  const without = (await Promise.all(found)).flat()
  const oldest = without.length > 0 ? oldestDay(await opensearch.indices()) : undefined
  return without.flatMap(({ node, started }) => {
    if (!started) return [`Vector does not run on node ${node}`]
    if (isDeletedDay(new Date(started).getTime(), oldest)) return []
    return [
      `no document of node ${node} is older than Vector there: @timestamp is the time of processing\n` +
        "  remedy: keep the event's own time, which log_schema.timestamp_key names, in transform shape of values/vector.yaml",
    ]
  })
}

// Enough to show a wrong index; OpenSearch chooses the documents.
const sampleSize = 200

testClaim(
  'logs-event-time',
  '@timestamp and the daily index are those of the event, not of its processing',
  { items: [7], within: 'logs' },
  async (clients) => {
    const withoutTimestamp = { bool: { must_not: [{ exists: { field: '@timestamp' } }] } }
    const [hits, [timeless]] = await Promise.all([
      clients.opensearch.searchLogs({ match_all: {} }, sampleSize),
      clients.opensearch.searchLogs(withoutTimestamp, 1),
    ])
    expect(hits.length, 'documents').toBeGreaterThan(0)
    if (timeless) {
      const fields = Object.keys(timeless.document).join(', ')
      throw new Error(`some documents lack @timestamp, the time field of Dashboards; they have: ${fields}`)
    }
    expectNone(
      hits
        .filter(({ index, document }) => index !== `logs-${document['@timestamp']?.slice(0, 10)}`)
        .slice(0, 10)
        .map(({ index, document }) => `a document of ${document['@timestamp']} is in index ${index}`),
    )
    const inFuture = await futureLogs(clients.kubernetes, clients.opensearch)
    expectNone([
      ...(inFuture.length > 0 ? [few(inFuture, 5, '\n')] : []),
      ...(await nodesWithProcessingTime(clients)),
    ])
  },
)
