import type { V1Pod } from '@kubernetes/client-node'
import { expect } from 'vitest'
import { messageOf } from '../lib/messages.ts'
import { podName } from '../diagnosis/pods.ts'
import { area, expectNone } from './support/claim.ts'
import { vectorPods } from '../diagnosis/vectorErrors.ts'
import { fieldShortfalls, marked } from '../diagnosis/logs.ts'
import { sampleLineId, readSampleLines } from './support/sampleLogs.ts'

const testClaim = area('logs', ['vector', 'opensearch'])

// As values/vector.yaml renames them.
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
      readSampleLines(run.id),
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

testClaim(
  'logs-event-time',
  '@timestamp and the daily index are those of the event, not of its processing',
  { items: [7], within: 'logs' },
  async ({ kubernetes, opensearch }) => {
    const hits = await opensearch.searchLogs({ match_all: {} })
    expect(hits.length, 'documents').toBeGreaterThan(0)
    const timeless = hits.find(({ document }) => document['@timestamp'] === undefined)
    if (timeless) {
      const fields = Object.keys(timeless.document).join(', ')
      throw new Error(
        `there are documents without @timestamp, by which Dashboards searches; they have: ${fields}`,
      )
    }
    expectNone(
      hits
        .filter(({ index, document }) => index !== `logs-${document['@timestamp']?.slice(0, 10)}`)
        .slice(0, 10)
        .map(({ index, document }) => `a document of ${document['@timestamp']} is in index ${index}`),
    )

    // What a node's pods wrote before Vector ran there can only carry a time before that if it is the event's own.
    const pods = await vectorPods(kubernetes)
    const late = await Promise.all(
      pods.map(async ({ spec, status }) => {
        const node = spec?.nodeName ?? ''
        const started = status?.containerStatuses?.[0]?.state?.running?.startedAt
        if (!started) return [`Vector does not run on node ${node}`]
        const before = { range: { '@timestamp': { lt: new Date(started).toISOString() } } }
        const earlier = await opensearch.searchLogs(
          { bool: { filter: [before, { term: { 'kubernetes.pod_node_name': node } }] } },
          1,
        )
        return earlier.length > 0
          ? []
          : [
              `no document of node ${node} is older than Vector there: @timestamp is the time of processing\n` +
                "  remedy: let transform shape of values/vector.yaml keep the event's own, which log_schema.timestamp_key names",
            ]
      }),
    )
    expectNone(late.flat())
  },
)

testClaim(
  'logs-namespaces',
  'every namespace whose pods write has documents',
  { items: [7], within: 'logs' },
  async ({ kubernetes, opensearch }) => {
    const [{ items: pods }, counts] = await Promise.all([
      kubernetes.core.listPodForAllNamespaces(),
      opensearch.countLogsBy('kubernetes.namespace_name'),
    ])
    // Vector leaves its own pods out.
    const collected = pods.filter(({ metadata }) => metadata?.labels?.['vector.dev/exclude'] !== 'true')
    const silent = Object.entries(
      Object.groupBy(collected, ({ metadata }) => metadata?.namespace ?? ''),
    ).filter(([namespace]) => !counts[namespace])
    const lastLine = ({ metadata, spec }: V1Pod) =>
      kubernetes.core
        .readNamespacedPodLog({
          namespace: metadata?.namespace ?? '',
          name: metadata?.name ?? '',
          container: spec?.containers[0]?.name ?? '',
          tailLines: 1,
        })
        .catch(messageOf)
    const shortfalls = await Promise.all(
      silent.map(async ([namespace, own = []]) => {
        const lines = await Promise.all(own.map(lastLine))
        const wrote = own.flatMap(({ metadata }, index) =>
          lines[index] ? [`${metadata?.name}: ${lines[index]}`] : [],
        )
        return wrote.length === 0
          ? []
          : [`namespace ${namespace} has no document, and its pods wrote: ${wrote.join('; ')}`]
      }),
    )
    expectNone(shortfalls.flat())
  },
)
