import { logTemplateName } from '../clients/logTemplate.ts'
import type { OpenSearch } from '../clients/opensearch.ts'
import type { Server } from '../config/endpoints.ts'
import { few, utcDay } from '../lib/messages.ts'
import { curlOf, resetFloodStage } from './remedies.ts'
import type { Cause } from './types.ts'

/** An index setting that keeps new log lines out of OpenSearch or out of search results, and how to correct it. */
export type IndexObstacle = Required<Pick<Cause, 'cause' | 'remedy'>> &
  Readonly<{
    /** False for a pipeline, which may leave a line alone. */
    isCertain: boolean
  }>

/** The settings of each index that are set, by flat name. */
type Settings = Awaited<ReturnType<OpenSearch['logSettings']>>

/** Milliseconds until documents are found after OpenSearch took them, by its settings; undefined: never. */
export const refreshMs = (interval: string | undefined): number | undefined => {
  if (interval === undefined) return 1000
  const [, number = '', unit = ''] = /^(-?[\d.]+)(ms|s|m|h|d)?$/.exec(interval) ?? []
  if (number.startsWith('-')) return undefined
  return Number(number) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 1)
}

/** @param refresh milliseconds; Infinity: never */
export const refreshObstacle = (refresh: number): IndexObstacle => ({
  cause: Number.isFinite(refresh)
    ? `index.refresh_interval is ${(refresh / 1000).toFixed(1)} s: a new line is not searchable until then`
    : 'index.refresh_interval is -1, which disables refreshes: new lines are not searchable',
  remedy: 'remove index.refresh_interval from the indices and the template',
  isCertain: true,
})

const dayMs = 86_400_000

/** Whether new lines go into an index: an older one may be read-only on purpose. */
const isWritten = (index: string, now: number): boolean =>
  !/\d{4}-\d\d-\d\d$/.test(index) || [now, now - dayMs].some((time) => index.endsWith(utcDay(time)))

/**
 * Index settings that keep new lines from being stored, or from being searchable in time.
 * @param boundMs within which a line must be searchable
 * @param now milliseconds since 1970
 * @see https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/index-settings/
 */
export const indexObstacles = (
  settings: Settings,
  boundMs: number,
  server: Server,
  now: number,
): readonly IndexObstacle[] => {
  const indices = Object.entries(settings).filter(([index]) => isWritten(index, now))
  const put = (names: readonly string[], body: object) =>
    `\`${curlOf(server)} -X PUT -H 'content-type: application/json' -d '${JSON.stringify(body)}' '${server.url}/${names.join(',')}/_settings'\``
  const indicesWith = (setting: string, isWrong: (value: string) => boolean) => [
    ...Map.groupBy(
      indices.flatMap(([index, { [setting]: value }]) =>
        value !== undefined && isWrong(value) ? [{ index, value }] : [],
      ),
      ({ value }) => value,
    ),
  ]
  const blocks = [
    'index.blocks.read_only_allow_delete',
    'index.blocks.read_only',
    'index.blocks.write',
  ].flatMap((setting) =>
    indicesWith(setting, (value) => value === 'true').map(([, found]) => {
      const names = found.map(({ index }) => index)
      return {
        cause: `${setting} is true: OpenSearch rejects all writes to ${few(names)}`,
        remedy: setting.endsWith('allow_delete')
          ? resetFloodStage(server, names.join(','))
          : `${put(names, { [setting]: null })} removes the block`,
        isCertain: true,
      }
    }),
  )
  const pipelines = ['index.default_pipeline', 'index.final_pipeline'].flatMap((setting) =>
    indicesWith(setting, (value) => value !== logTemplateName && value !== '_none').map(([value, found]) => {
      const names = found.map(({ index }) => index)
      const usual = setting === 'index.default_pipeline' ? logTemplateName : null
      return {
        cause: `${setting} of ${few(names)} is ${value}, an ingest pipeline that may drop or change lines`,
        remedy: `\`${curlOf(server)} '${server.url}/_ingest/pipeline/${value}'\` shows what it does; ${put(names, { [setting]: usual })} ${usual === null ? 'removes it' : 'restores the one of this harness'}`,
        isCertain: false,
      }
    }),
  )
  const slowest = Math.max(
    0,
    ...indices.map(([, one]) => refreshMs(one['index.refresh_interval']) ?? Infinity),
  )
  return [...blocks, ...(slowest >= boundMs ? [refreshObstacle(slowest)] : []), ...pipelines]
}

/** Empty if OpenSearch does not answer: other claims report that. */
export const readIndexObstacles = async (
  opensearch: OpenSearch,
  boundMs: number,
  server: Server,
): Promise<readonly IndexObstacle[]> =>
  indexObstacles(await opensearch.logSettings().catch(() => ({})), boundMs, server, Date.now())
