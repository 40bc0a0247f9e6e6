import { expect, test } from 'vitest'
import type { OpenSearch } from '../../clients/opensearch.ts'
import { logStoreSettings, recentLogs } from './logStore.ts'

const opensearch = (created: string, policy: object) =>
  ({
    logSettings: async () => ({
      'logs-2026-11-27': { 'index.number_of_replicas': '2', 'index.uuid': 'a' },
      'logs-2026-11-28': { 'index.number_of_replicas': '1', 'index.uuid': created },
    }),
    nextIndex: async () => ({
      simulated: {
        settings: { index: { number_of_replicas: '1' } },
        mappings: { properties: { message: { type: 'text' } } },
      },
      pipelines: ['logs'],
      templates: [
        { name: 'logs', index_template: { index_patterns: ['logs-*'] } },
        { name: '.plugin', index_template: { index_patterns: ['.x'] } },
      ],
    }),
    retention: async () => ({
      settings: { 'plugins.index_state_management.template_migration.control': '-1', 'action.a': 'true' },
      repositories: { nightly: { type: 'fs' } },
      snapshotPolicies: { daily: policy },
      statePolicies: {},
      managedBy: { 'logs-2026-11-28': 'keep-10d' },
    }),
  }) as unknown as OpenSearch

test('reads the newest index of each series, the next one, snapshots and ISM policies', async () => {
  const settings = await logStoreSettings(opensearch('b', { enabled: true, last_updated_time: 1 }))
  expect(settings).toMatchObject({
    'OpenSearch index logs-*': { 'index.number_of_replicas': '1' },
    'OpenSearch index of tomorrow': {
      'field message': 'text',
      'index.number_of_replicas': '1',
      'ingest pipeline logs': 'exists',
    },
    OpenSearch: {
      'ISM policy of index logs-*': 'keep-10d',
      'cluster setting action.a': 'true',
      'snapshot policy daily': expect.stringMatching(/^enabled/),
      'snapshot repository nightly': '{"type":"fs"}',
    },
  })
  expect(Object.keys(settings['OpenSearch'] ?? {})).toHaveLength(5)
  // A new index of the same template, and the server's own notes in a policy, are no difference.
  expect(await logStoreSettings(opensearch('c', { last_updated_time: 2, enabled: true }))).toEqual(settings)
})

test('when policies delete, and the priority of templates', async () => {
  const states = (age: string) => [
    { name: 'hot', transitions: [{ state_name: 'gone', conditions: { min_index_age: age } }] },
    { name: 'gone', actions: [{ delete: {} }] },
  ]
  const server = {
    ...opensearch('a', {}),
    nextIndex: async () => ({
      simulated: {},
      pipelines: [],
      templates: [{ name: 'logs', index_template: { index_patterns: ['logs-*'], priority: 100 } }],
    }),
    retention: async () => ({
      settings: {},
      repositories: {},
      snapshotPolicies: {
        daily: {
          creation: { schedule: { cron: { expression: '0 8 * * *' } } },
          deletion: { condition: { max_age: '7d' } },
        },
      },
      statePolicies: { logs: { states: states('30d') } },
      managedBy: { 'logs-2026-11-28': 'logs' },
    }),
  } as unknown as OpenSearch
  expect((await logStoreSettings(server))['OpenSearch']).toEqual({
    'ISM policy logs': expect.stringMatching(/^enabled, deletes after 30d \(\w+\)$/),
    'ISM policy of index logs-*': 'logs, deletes after 30d',
    'index template logs': expect.stringMatching(/^for logs-\*, priority 100 \(\w+\)$/),
    'snapshot policy daily': expect.stringMatching(/^enabled, at 0 8 \* \* \*, deletes after 7d \(\w+\)$/),
  })
})

test('the share of documents that have each field; labels count as one field', async () => {
  const documents = [
    { message: 'a', kubernetes: { labels: { app: 'x' }, pod_name: 'p' } },
    { message: 'b', kubernetes: { pod_name: 'q' } },
  ]
  const searchLogs = async () => documents.map((document) => ({ index: 'logs', document }))
  expect(await recentLogs({ searchLogs } as unknown as OpenSearch, '')).toEqual({
    documents: 2,
    fields: { 'kubernetes.labels': 0.5, 'kubernetes.pod_name': 1, message: 1 },
  })
})
