import { logTemplateName } from '../clients/logTemplate.ts'
import type { OpenSearch } from '../clients/opensearch.ts'
import type { Server } from '../config/endpoints.ts'
import { few } from '../lib/messages.ts'
import { curlOf } from './remedies.ts'
import type { Cause } from './types.ts'

/** Something that keeps log lines out of OpenSearch or from being found, and what to do. */
export type IndexObstacle = Required<Pick<Cause, 'cause' | 'remedy'>>

/** Settings of each index that are set, by flat name. */
type Settings = Awaited<ReturnType<OpenSearch['logSettings']>>

/** Milliseconds until documents are found after OpenSearch took them, by its settings; undefined: never. */
export const refreshMs = (interval: string | undefined): number | undefined => {
  if (interval === undefined) return 1000
  const [, number = '', unit = ''] = /^(-?[\d.]+)(ms|s|m|h|d)?$/.exec(interval) ?? []
  if (number.startsWith('-')) return undefined
  return Number(number) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 1)
}

/** @param refresh milliseconds; Infinity: never */
export const slowRefresh = (refresh: number): IndexObstacle => ({
  cause: Number.isFinite(refresh)
    ? `index.refresh_interval is ${(refresh / 1000).toFixed(1)} s: a new line is not searchable until then`
    : 'index.refresh_interval is -1, which disables refreshes: new lines are not searchable',
  remedy: 'remove index.refresh_interval from the indices and the template',
})

const floodStage = 'index.blocks.read_only_allow_delete'

/**
 * What the settings of the logs indices keep from being taken or found.
 * @param boundMs within which a line must be searchable
 * @see https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/index-settings/
 */
export const indexObstacles = (
  settings: Settings,
  boundMs: number,
  server: Server,
): readonly IndexObstacle[] => {
  const indices = Object.entries(settings)
  const pathTo = (path: string) => `${server.url}/${path}`
  const reset = (setting: string) =>
    `\`${curlOf(server)} -X PUT -H 'content-type: application/json' -d '{"${setting}":null}' '${pathTo('logs-*/_settings')}'\``
  const having = (setting: string, isWrong: (value: string) => boolean) => {
    const found = indices.flatMap(([index, { [setting]: value }]) =>
      value !== undefined && isWrong(value) ? [{ index, value }] : [],
    )
    return found[0] && { value: found[0].value, where: few(found.map(({ index }) => index)) }
  }
  const blocks = [floodStage, 'index.blocks.read_only', 'index.blocks.write'].flatMap((setting) => {
    const found = having(setting, (value) => value === 'true')
    if (!found) return []
    const disk =
      setting === floodStage ? 'the disk was fuller than the flood-stage watermark: free space, then ' : ''
    return [
      {
        cause: `${setting} is true: OpenSearch takes no documents for ${found.where}`,
        remedy: `${disk}${reset(setting)}`,
      },
    ]
  })
  const pipelines = ['index.default_pipeline', 'index.final_pipeline'].flatMap((setting) => {
    const found = having(setting, (value) => value !== logTemplateName && value !== '_none')
    if (!found) return []
    return [
      {
        cause: `${setting} of ${found.where} is ${found.value}, an ingest pipeline that may drop or change lines`,
        remedy: `\`${curlOf(server)} '${pathTo(`_ingest/pipeline/${found.value}`)}'\` shows what it does; ${reset(setting)} removes it`,
      },
    ]
  })
  const slowest = Math.max(
    0,
    ...indices.map(([, one]) => refreshMs(one['index.refresh_interval']) ?? Infinity),
  )
  return [...blocks, ...pipelines, ...(slowest >= boundMs ? [slowRefresh(slowest)] : [])]
}

export const describeObstacle = ({ cause, remedy }: IndexObstacle): string => `${cause}\n  remedy: ${remedy}`

/** None if OpenSearch does not answer: that is the claim of others. */
export const readIndexObstacles = async (
  opensearch: OpenSearch,
  boundMs: number,
  server: Server,
): Promise<readonly IndexObstacle[]> =>
  indexObstacles(await opensearch.logSettings().catch(() => ({})), boundMs, server)
