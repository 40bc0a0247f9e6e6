import { fieldTypesOf, type NextIndex, type OpenSearch, type Retention } from '../../clients/opensearch.ts'
import { indexOfTomorrow } from '../../diagnosis/nextIndex.ts'
import { isObject } from '../../lib/json.ts'
import type { Named, Observation } from '../observation.ts'
import { flatten, hash, named } from './named.ts'
import { withoutDate } from './opensearch.ts'

// These differ between two indices of the same template.
const perIndex = /^index\.(uuid|creation_date|provided_name|version\.)/

const settingsOf = (settings: object): Named<string> =>
  named(Object.entries(flatten(settings)).filter(([name]) => !perIndex.test(name)))

/** The settings of the newest index of each series of daily indices. */
const ofIndices = (byIndex: Named<Named<string>>): Observation['settings'] => {
  const newest = new Map(
    Object.keys(byIndex)
      .sort()
      .map((index) => [withoutDate(index), index]),
  )
  return named(
    [...newest].map(([name, index]) => [`OpenSearch index ${name}`, settingsOf(byIndex[index] ?? {})]),
  )
}

/** The setting `dynamic`, and each dynamic template as JSON. */
const dynamicTemplates = (mappings: object): readonly (readonly [string, string])[] => {
  const { dynamic_templates = [], dynamic = 'true' } = mappings as {
    dynamic_templates?: readonly object[]
    dynamic?: unknown
  }
  const rules = dynamic_templates.flatMap((template) => Object.entries(template))
  return [
    ['dynamic mapping', String(dynamic)],
    ...rules.map(([name, rule]) => [`dynamic template ${name}`, JSON.stringify(rule)] as const),
  ]
}

const ofNextIndex = ({ simulated, pipelines }: NextIndex): Named<string> => {
  const { settings = {}, mappings = {} } = simulated
  const fields = Object.entries(fieldTypesOf(mappings))
  return named([
    ...Object.entries(settingsOf(settings)),
    ...fields.map(([field, type]) => [`field ${field}`, type] as const),
    ...dynamicTemplates(mappings),
    ...pipelines.map((pipeline) => [`ingest pipeline ${pipeline}`, 'exists'] as const),
  ])
}

const templateOf = ({ index_template }: NextIndex['templates'][number]): string =>
  `for ${index_template.index_patterns.join(', ')}, priority ${index_template.priority ?? 0} (${hash(JSON.stringify(index_template))})`

// OpenSearch itself updates these fields of a policy.
const bookkeeping = /^(last_updated_time|schema_version|enabled_time|schedule|policy_id|error_notification)$/
type StatePolicy = Readonly<{
  states?: readonly Readonly<{
    name?: string
    actions?: readonly object[]
    transitions?: readonly Readonly<{
      state_name?: string
      conditions?: Readonly<{ min_index_age?: string }>
    }>[]
  }>[]
}>
type SnapshotPolicy = Readonly<{
  creation?: Readonly<{ schedule?: Readonly<{ cron?: Readonly<{ expression?: string }> }> }>
  deletion?: Readonly<{ condition?: Readonly<{ max_age?: string }> }>
}>

/** The conditions of transitions into a state that deletes the index: `30d`. */
const deletions = ({ states = [] }: StatePolicy): readonly string[] => {
  const deleting = states
    .filter(({ actions = [] }) => actions.some((action) => 'delete' in action))
    .map(({ name }) => name)
  return states
    .flatMap(({ transitions = [] }) => transitions)
    .filter(({ state_name: name }) => deleting.includes(name))
    .map(({ conditions = {} }) => conditions.min_index_age ?? JSON.stringify(conditions))
}

/** What a policy does, and when: `deletes after 30d`. */
const effectOf = (policy: StatePolicy & SnapshotPolicy): string =>
  [
    ...(policy.creation?.schedule?.cron?.expression === undefined
      ? []
      : [`at ${policy.creation.schedule.cron.expression}`]),
    ...[...deletions(policy), ...[policy.deletion?.condition?.max_age ?? []].flat()].map(
      (age) => `deletes after ${age}`,
    ),
  ].join(', ')

const policyText = (policy: unknown): string => {
  if (!isObject(policy)) return ''
  const state = policy['enabled'] === false ? 'disabled' : 'enabled'
  const own = named(Object.entries(policy).filter(([name]) => !bookkeeping.test(name)))
  return `${[state, effectOf(policy)].filter(Boolean).join(', ')} (${hash(JSON.stringify(own))})`
}

// Index State Management sets this once, some time after OpenSearch has started.
const templateMigration = 'template_migration'

const retentionOf = (retention: Retention): Named<string> =>
  named([
    ...Object.entries(flatten(retention.settings))
      .filter(([name]) => !name.includes(templateMigration))
      .map(([name, value]) => [`cluster setting ${name}`, value] as const),
    ...Object.entries(retention.repositories).map(
      ([name, repository]) => [`snapshot repository ${name}`, JSON.stringify(repository)] as const,
    ),
    ...Object.entries(retention.snapshotPolicies).map(
      ([name, policy]) => [`snapshot policy ${name}`, policyText(policy)] as const,
    ),
    ...Object.entries(retention.statePolicies).map(
      ([name, policy]) => [`ISM policy ${name}`, policyText(policy)] as const,
    ),
    ...Object.entries(retention.managedBy).map(([index, policy]) => {
      const effect = effectOf(retention.statePolicies[policy] ?? {})
      return [
        `ISM policy of index ${withoutDate(index)}`,
        [policy, effect].filter(Boolean).join(', '),
      ] as const
    }),
  ])

// Plugins create templates of their own.
const isOwn = (name: string) => !name.startsWith('.') && !/^(ss4o|top_queries|opensearch)/.test(name)

/** Settings of the log indices and of the next one, snapshots and ISM policies. */
export const logStoreSettings = async (opensearch: OpenSearch): Promise<Observation['settings']> => {
  const [settings, next, retention] = await Promise.all([
    opensearch.logSettings(),
    opensearch.nextIndex(indexOfTomorrow(Date.now())),
    opensearch.retention(),
  ])
  const templates = next.templates.filter(({ name }) => isOwn(name))
  return {
    ...ofIndices(settings),
    'OpenSearch index of tomorrow': ofNextIndex(next),
    OpenSearch: named([
      ...Object.entries(retentionOf(retention)),
      ...templates.map((template) => [`index template ${template.name}`, templateOf(template)] as const),
    ]),
  }
}

type Json = Readonly<Record<string, unknown>>
// Fields below `labels` come and go with the pods that have them.
const pathsOf = (document: Json, path = ''): readonly string[] =>
  Object.entries(document).flatMap(([name, value]) => {
    const own = `${path}${name}`
    return isObject(value) && !name.endsWith('labels') ? pathsOf(value, `${own}.`) : [own]
  })

const sampleSize = 1000

/** The fields of a sample of log documents since a time, with the share of documents that have each. */
export const recentLogs = async (
  opensearch: OpenSearch,
  since: string,
): Promise<Observation['recentLogs']> => {
  const hits = await opensearch.searchLogs({ range: { '@timestamp': { gte: since } } }, sampleSize)
  const paths = hits.flatMap(({ document }) => pathsOf(document as unknown as Json))
  const byPath = Map.groupBy(paths, (path) => path)
  return {
    documents: hits.length,
    fields: named(
      [...byPath].map(([path, all]) => [path, Math.round((100 * all.length) / hits.length) / 100]),
    ),
  }
}
