export const logIndices = 'logs-*'
export const logTemplateName = 'logs'

/** Adds the time at which OpenSearch took a document: with the time of the event, it shows how long a line was on its way. */
export const arrivalPipeline = {
  description: 'the time at which a log line arrives',
  processors: [{ set: { field: 'event.ingested', value: '{{{_ingest.timestamp}}}' } }],
} as const

/** Names are keywords: a query for a name finds exactly that name, not every name that contains it as a word. */
export const logTemplate = {
  index_patterns: [logIndices],
  priority: 100,
  template: {
    settings: {
      index: { number_of_shards: '1', number_of_replicas: '1', default_pipeline: logTemplateName },
    },
    mappings: {
      dynamic_templates: [
        { labels: { path_match: 'kubernetes.labels.*', mapping: { type: 'keyword' } } },
        { names: { path_match: 'kubernetes.*', match_mapping_type: 'string', mapping: { type: 'keyword' } } },
      ],
      properties: {
        '@timestamp': { type: 'date' },
        message: { type: 'text' },
        event: { properties: { ingested: { type: 'date' } } },
      },
    },
  },
} as const
