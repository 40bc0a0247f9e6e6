import { isDeepStrictEqual } from 'node:util'
import { matchesGlob } from 'node:path'
import { logTemplate, logTemplateName } from '../clients/logTemplate.ts'
import type { IndexTemplate, NextIndex } from '../clients/opensearch.ts'
import type { Server } from '../config/endpoints.ts'
import { leavesOf } from '../lib/json.ts'
import { few, utcDay } from '../lib/messages.ts'
import { curlOf } from './remedies.ts'

/** The logs index of the day after. */
export const indexOfTomorrow = (now: number): string => `logs-${utcDay(now + 24 * 3600 * 1000)}`

/** The command that gives a cluster setting its default. */
const unsetter = (server: Server) => (name: string) => {
  const body = JSON.stringify({ persistent: { [name]: null }, transient: { [name]: null } })
  return `\`${curlOf(server)} -X PUT -H 'content-type: application/json' -d '${body}' '${server.url}/_cluster/settings'\``
}
const recreate = '`E2E_KEEP=1 npm test` creates it again'

/** Something that keeps the server from creating the index. */
export type Obstacle = Readonly<{
  cause: string
  remedy: string
  /** The server says so itself when it is asked to create the index. */
  refuses: boolean
}>

/**
 * Whether a document may create the index: `true`, `false`, or patterns of which the first that matches decides.
 * @see https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/index-settings/
 */
const mayAutoCreate = (setting: string, name: string): boolean => {
  if (setting === 'true' || setting === 'false') return setting === 'true'
  const patterns = setting.split(',').map((pattern) => pattern.trim())
  const decisive = patterns.find((pattern) => matchesGlob(name, pattern.replace(/^[+-]/, '')))
  return decisive !== undefined && !decisive.startsWith('-')
}

const shardsOf = ({ simulated }: NextIndex): number => {
  const { index = {} } = (simulated.settings ?? {}) as { index?: Record<string, string> }
  return Number(index['number_of_shards'] ?? 1) * (1 + Number(index['number_of_replicas'] ?? 1))
}

/** How many open shards there may be. */
const shardLimit = ({ settings, dataNodes }: NextIndex): number => {
  const perNode = Number(settings['cluster.max_shards_per_node'] ?? 1000) * dataNodes
  const total = Number(settings['cluster.routing.allocation.total_shards_limit'] ?? -1)
  return total > 0 ? Math.min(perNode, total) : perNode
}

/** What keeps the server from creating the index when a document for it comes, as far as its settings show it. */
export const obstaclesTo = (next: NextIndex, server: Server): readonly Obstacle[] => {
  const unset = unsetter(server)
  const { settings, shards, name, dataNodes } = next
  const limit = shardLimit(next)
  const added = shardsOf(next)
  const full = {
    cause: `it adds ${added} shards to ${shards} in use, and ${limit} are allowed (cluster.max_shards_per_node ${settings['cluster.max_shards_per_node']}, ${dataNodes} data nodes)`,
    remedy: `delete old indices (\`${curlOf(server)} '${server.url}/_cat/indices?v&s=index'\` lists them), or raise the limit: ${unset('cluster.max_shards_per_node')} sets the default of 1000`,
    refuses: true,
  }
  const blocks = [
    'cluster.blocks.create_index',
    'cluster.blocks.read_only',
    'cluster.blocks.read_only_allow_delete',
  ]
  const autoCreate = settings['action.auto_create_index'] ?? 'true'
  const allocation = settings['cluster.routing.allocation.enable'] ?? 'all'
  return [
    ...(shards + added > limit ? [full] : []),
    ...blocks
      .filter((block) => settings[block] === 'true')
      .map((block) => ({
        cause: `${block} is true`,
        remedy: `free disk space if it is above the high watermark, then ${unset(block)}`,
        refuses: true,
      })),
    ...(mayAutoCreate(autoCreate, name)
      ? []
      : [
          {
            cause: `action.auto_create_index is ${autoCreate}, so no document creates it`,
            remedy: unset('action.auto_create_index'),
            refuses: false,
          },
        ]),
    ...(allocation === 'none'
      ? [
          {
            cause: 'cluster.routing.allocation.enable is none, so no node gets its primary shard',
            remedy: unset('cluster.routing.allocation.enable'),
            refuses: false,
          },
        ]
      : []),
  ]
}

const patternMatches = (name: string) => (pattern: string) => matchesGlob(name, pattern)
const priorityOf = ({ index_template }: IndexTemplate) => index_template.priority ?? 0

/** The template that decides: the one with the highest priority of those whose pattern matches. */
const decisiveTemplate = ({ templates, name }: NextIndex): IndexTemplate | undefined =>
  templates
    .filter(({ index_template }) => index_template.index_patterns.some(patternMatches(name)))
    .sort((a, b) => priorityOf(b) - priorityOf(a))[0]

// What somebody else may add to the template, with which documents are refused or find no node.
const harmful =
  /^(mappings\.|index\.(blocks\.|routing\.allocation\.|mapping\.|default_pipeline|final_pipeline|hidden|refresh_interval))/

const short = (value: unknown) => JSON.stringify(value).slice(0, 60)

/** Where the simulated index differs from what the template of the logs asks for. */
export const templateShortfalls = (next: NextIndex, server: Server): readonly string[] => {
  const decisive = decisiveTemplate(next)
  if (!decisive) return [`no index template matches it\n  remedy: ${recreate}`]
  const { settings: wantedSettings, mappings } = logTemplate.template
  const wanted = leavesOf({ ...wantedSettings, mappings })
  const found = new Map(leavesOf({ ...next.simulated.settings, mappings: next.simulated.mappings ?? {} }))
  const differing = wanted
    .filter(([path, leaf]) => !isDeepStrictEqual(found.get(path), leaf))
    .map(
      ([path, leaf]) =>
        `${path} is ${found.has(path) ? short(found.get(path)) : 'not set'}, not ${short(leaf)}`,
    )
  const foreign = [...found]
    .filter(([path]) => harmful.test(path) && !wanted.some(([known]) => known === path))
    .map(([path, leaf]) => `${path} is ${short(leaf)}, which the template of the logs does not set`)
  const stream = decisive.index_template.data_stream
    ? ['it would be a data stream, which refuses what Vector sends']
    : []
  const all = [...stream, ...foreign, ...differing]
  if (all.length === 0) return []
  const others = next.templates.find(({ name }) => name === logTemplateName)
  const which =
    decisive.name === logTemplateName
      ? `template ${logTemplateName} was changed`
      : `template ${decisive.name} with priority ${priorityOf(decisive)} decides` +
        (others ? `, before template ${logTemplateName} with ${priorityOf(others)}` : '')
  const remedy =
    decisive.name === logTemplateName
      ? recreate
      : `give it another pattern or a lower priority, or \`${curlOf(server)} -X DELETE ${server.url}/_index_template/${decisive.name}\``
  return [`${which}: ${few(all, 5, '; ')}\n  remedy: ${remedy}`]
}

/** A pipeline that an index uses but that does not exist: every document is refused. */
export const pipelineShortfalls = ({ pipelines, simulated }: NextIndex): readonly string[] => {
  const { index = {} } = (simulated.settings ?? {}) as { index?: Record<string, string> }
  return ['default_pipeline', 'final_pipeline']
    .flatMap((setting) => index[setting] ?? [])
    .filter((name) => name !== '_none' && !pipelines.includes(name))
    .map(
      (name) =>
        `its ingest pipeline ${name} does not exist, so every document is refused\n  remedy: ${recreate}`,
    )
}
