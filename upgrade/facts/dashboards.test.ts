import { expect, test } from 'vitest'
import type { Dashboards } from '../../clients/dashboards.ts'
import { NoAnswerError } from '../../clients/http.ts'
import { barePattern, observeDashboards } from './dashboards.ts'

const field = (name: string) => ({ name, type: 'date', searchable: true, aggregatable: true })
const server = (fields: Dashboards['fields']) =>
  ({
    indexPatterns: async () => [
      { ...barePattern, fields: [] },
      { id: 'old', title: 'old-*', timeField: 'time', fields: [] },
    ],
    defaultIndex: async () => 'logs',
    countSaved: async (type: string) => type.length,
    fields,
  }) as unknown as Dashboards

test('a pattern without a field list is usable if the server finds its fields', async () => {
  const found = await observeDashboards(
    server(async (title) => (title === barePattern.title ? [field('@timestamp')] : [field('other')])),
  )
  expect(found).toEqual({
    indexPatterns: {
      [barePattern.id]: { title: 'logs-2*', timeField: '@timestamp', answer: 'data' },
      old: { title: 'old-*', timeField: 'time', answer: 'error: no field time' },
    },
    settings: {
      'OpenSearch Dashboards': {
        'default index pattern': 'logs',
        'saved objects of type dashboard': '9',
        'saved objects of type search': '6',
        'saved objects of type visualization': '13',
      },
    },
  })
})

test('without OpenSearch Dashboards the observation is empty', async () => {
  const refused = async () => {
    throw new NoAnswerError('GET /', 'http://127.0.0.1:30561', new Error('ECONNREFUSED'))
  }
  const none = { ...server(async () => []), indexPatterns: refused } as unknown as Dashboards
  expect(await observeDashboards(none)).toEqual({ indexPatterns: {}, settings: {} })
})
